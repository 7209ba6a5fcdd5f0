// "Not now" from the server, for as long as what its rooms stand on is away: nothing is lost, overtaken, or said again by the thousand.

import { expect, test } from 'vitest';
import type { RealtimeClientOptions } from '../../src/client/realtime-client.js';
import type { ServerEvent } from '../../src/protocol/rooms-frames.js';
import { createRoomsWorld, type RoomsWorld } from './rooms-world.js';

async function joinedWorld(options?: Partial<RealtimeClientOptions>): Promise<RoomsWorld> {
  const world = createRoomsWorld(options);
  world.client.room('a').subscribe(() => {});
  await comeIn(world);
  return world;
}
async function comeIn(world: RoomsWorld): Promise<void> {
  world.welcome();
  await world.settle();
  world.joined('a');
  await world.settle();
}

const refusal = (id: string, code: 'unavailable' | 'rate-limited'): ServerEvent => ({
  ...{ t: 'error', code, message: 'Not now: try again.', room: 'a', id },
  ...(code === 'rate-limited' ? { retryAfterMs: 1_000 } : {}),
});

/** A server that answers each publish as `isThere` says, and keeps what it takes. */
function createFarEnd(world: RoomsWorld) {
  const taken: string[] = [];
  const asked: string[] = [];
  let dial = world.far.last;
  let read = 0;
  return {
    taken,
    /** What was said since this was last read. */
    asked: () => asked.splice(0),
    async answer(isThere: boolean): Promise<void> {
      await world.settle();
      if (dial !== world.far.last) [dial, read] = [world.far.last, 0];
      const said = world.said('publish').map(({ id }) => String(id));
      for (const id of said.slice(read)) {
        asked.push(id);
        if (isThere) taken.push(id);
        world.tell(
          isThere ? { t: 'ack', room: 'a', id, epoch: 'e1', offset: taken.length, at: 1 } : refusal(id, 'unavailable'),
        );
      }
      read = said.length;
      await world.settle();
    },
  };
}

const ids = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, n) => `m${from + n}`);

test('an outage of 100 s: nothing is lost, all is in order, and one message a second asks whether it is over', async () => {
  const world = await joinedWorld();
  const far = createFarEnd(world);
  const room = world.client.room('a');
  const all = ids(0, 200);
  const done = all.slice(0, 100).map((id) => room.send(id, { id }).done);
  await far.answer(false);
  expect(far.asked()).toEqual(all.slice(0, 100)); // before anybody knew
  for (let second = 0; second < 100; second++) {
    const id = `m${100 + second}`;
    done.push(room.send(id, { id }).done);
    world.host.clock.advance(1_000);
    await far.answer(false);
    expect(far.asked()).toEqual(['m0']);
  }
  world.host.clock.advance(1_000);
  await far.answer(true);
  await far.answer(true);
  expect(far.taken).toEqual(all);
  expect((await Promise.all(done)).map(({ status }) => status)).toEqual(all.map(() => 'acknowledged'));
  expect(world.host.clock.pending).toBe(0);
});

test('it ends with `ttlMs`, in the words of the server', async () => {
  const world = await joinedWorld({ outbox: { ttlMs: 5_000 } });
  const far = createFarEnd(world);
  const { done } = world.client.room('a').send('x', { id: 'm0' });
  for (let second = 0; second < 5; second++) {
    await far.answer(false);
    world.host.clock.advance(1_000);
  }
  expect(await done).toMatchObject({
    status: 'timed-out',
    error: { kind: 'timeout', message: expect.stringMatching(/unavailable.*it may have arrived/) },
  });
});

test.each<[string, (world: RoomsWorld, cancel: () => boolean) => unknown]>([
  ['given up by its sender', (_, cancel) => cancel()],
  ['out of time', (world) => world.host.clock.advance(1_000)],
  [
    'refused for good',
    (world) => world.tell({ t: 'error', code: 'too-large', message: 'no', room: 'a', id: 'm0' } as ServerEvent),
  ],
])('the one that asks is %s: the next one does', async (_, end) => {
  const world = await joinedWorld();
  const far = createFarEnd(world);
  const room = world.client.room('a');
  const { cancel } = room.send(0, { id: 'm0', timeoutMs: 2_000 });
  for (const id of ids(1, 4)) room.send(id, { id });
  await far.answer(false);
  world.host.clock.advance(1_000);
  await world.settle(); // m0 asks, and is not answered
  far.asked();
  end(world, cancel);
  world.host.clock.advance(1);
  await far.answer(false);
  expect(far.asked()).toEqual(['m0', 'm1']);
  world.host.clock.advance(1_000);
  await far.answer(true);
  await far.answer(true);
  expect(far.taken).toEqual(['m1', 'm2', 'm3']);
});

test('on a new wire one asks first, too', async () => {
  const world = await joinedWorld();
  const far = createFarEnd(world);
  for (const id of ids(0, 4)) world.client.room('a').send(id, { id });
  await far.answer(false);
  world.host.clock.advance(1_000);
  await world.settle();
  far.asked();
  world.cut();
  await comeIn(world);
  await far.answer(false);
  expect(far.asked()).toEqual(['m0']);
  world.host.clock.advance(1_000);
  await far.answer(true);
  await far.answer(true);
  expect(far.taken).toEqual(ids(0, 4));
});

test('whoever is only too fast asks with all that is due', async () => {
  const world = await joinedWorld();
  for (const id of ids(0, 4)) world.client.room('a').send(id, { id });
  await world.settle();
  world.tell(...ids(0, 4).map((id) => refusal(id, 'rate-limited')));
  world.host.clock.advance(1_000);
  await world.settle();
  expect(world.said('publish').map(({ id }) => id)).toEqual([...ids(0, 4), ...ids(0, 4)]);
});

test('what may not wait does not go while one asks, and takes nobody’s place', async () => {
  const world = await joinedWorld();
  const far = createFarEnd(world);
  const room = world.client.room('a');
  room.send(0, { id: 'm0' });
  await far.answer(false);
  const kept = room.send(1, { id: 'm1', key: 'k' });
  world.host.clock.advance(1_000);
  await world.settle();
  expect(room.send(2, { volatile: true, key: 'k' }).verdict).toBe('dropped');
  await far.answer(true);
  await far.answer(true);
  expect(await kept.done).toMatchObject({ status: 'acknowledged' });
});
