// "Not now" from the server, for as long as what its rooms stand on is away: nothing is lost, overtaken, or said again by the thousand.

import { describe, expect, test } from 'vitest';
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

describe('one that was put off is no more', () => {
  test.each(['unavailable', 'rate-limited'] as const)('%s: who takes its place waits as long', async (code) => {
    const world = await joinedWorld();
    const room = world.client.room('a');
    const first = room.send(0, { id: 'm0', timeoutMs: 500 });
    await world.settle();
    world.tell(refusal('m0', code));
    for (const id of ids(1, 4)) room.send(id, { id });
    world.host.clock.advance(500);
    expect((await first.done).status).toBe('timed-out');
    world.host.clock.advance(499);
    await world.settle();
    expect(world.said('publish')).toHaveLength(1);
    world.host.clock.advance(1);
    await world.settle();
    // the one after it asks in its place; whoever was only too fast asks with all that is due
    expect(world.said('publish').map(({ id }) => id)).toEqual(code === 'unavailable' ? ['m0', 'm1'] : ids(0, 4));
  });

  test('too fast: a newer value of its key waits as long', async () => {
    const world = await joinedWorld();
    const room = world.client.room('a');
    const first = room.send(0, { id: 'm0', key: 'k' });
    await world.settle();
    world.tell(refusal('m0', 'rate-limited'));
    room.send(1, { id: 'm1', key: 'k' });
    expect((await first.done).status).toBe('cancelled');
    world.host.clock.advance(999);
    await world.settle();
    expect(world.said('publish')).toHaveLength(1);
    world.host.clock.advance(1);
    await world.settle();
    expect(world.said('publish').map(({ id }) => id)).toEqual(['m0', 'm1']);
  });
});

test('what was perhaps taken all the same is not called back by a newer value of its key', async () => {
  const world = await joinedWorld();
  const far = createFarEnd(world);
  const room = world.client.room('a');
  const done = ids(0, 1).map((id) => room.send(id, { id, key: 'k' }).done);
  await far.answer(false);
  done.push(...ids(1, 3).map((id) => room.send(id, { id, key: 'k' }).done));
  world.host.clock.advance(1_000);
  await far.answer(true);
  await far.answer(true);
  expect(far.taken).toEqual(['m0', 'm2']);
  expect((await Promise.all(done)).map(({ status }) => status)).toEqual(['acknowledged', 'cancelled', 'acknowledged']);
});

test('what may not wait, and is too fast: for as long as the server says none of it is said', async () => {
  const world = await joinedWorld();
  const room = world.client.room('a');
  const send = () => room.send('v', { volatile: true });
  send();
  await world.settle();
  world.tell(refusal(String(world.said('publish')[0]?.['id']), 'rate-limited'));
  for (let frame = 0; frame < 50; frame++) {
    expect(send().verdict).toBe('dropped');
    world.host.clock.advance(20);
  }
  expect(send().verdict).toBe('sent');
});

test.each(['unavailable', 'rate-limited'] as const)('what may not wait: %s', async (code) => {
  const world = await joinedWorld();
  const room = world.client.room('a');
  const volatile = room.send('v', { id: 'v0', volatile: true });
  room.send(0, { id: 'm0' });
  await world.settle();
  world.tell(refusal('v0', code), refusal('m0', code));
  expect(await volatile.done).toMatchObject({ status: 'refused', error: { reason: code } });
  const kept = room.send(1, { id: 'm1', key: 'k' });
  // behind one that has to wait it cannot go, and takes nobody's place
  expect(room.send('v', { id: 'v1', volatile: true, key: 'k' }).verdict).toBe('dropped');
  for (let told = 2; told < 4;) {
    world.host.clock.advance(1_000);
    await world.settle();
    const said = world.said('publish').slice(told);
    for (const { id } of said)
      world.tell({ t: 'ack', room: 'a', id: String(id), epoch: 'e1', offset: ++told - 2, at: 1 });
    await world.settle();
  }
  expect(await kept.done).toMatchObject({ status: 'acknowledged' });
  expect(world.said('publish').map(({ id }) => id)).toEqual(['v0', 'm0', 'm0', 'm1']);
});

test('joined anew on the same wire, nothing is said twice: its answer is on its way', async () => {
  const world = await joinedWorld();
  for (const id of ids(0, 3)) world.client.room('a').send(id, { id });
  await world.settle();
  world.tell(refusal('m0', 'rate-limited'));
  world.tell({ t: 'resync', room: 'a' });
  await world.settle();
  world.joined('a');
  world.host.clock.advance(1_000);
  await world.settle();
  expect(world.said('publish').map(({ id }) => id)).toEqual(['m0', 'm1', 'm2', 'm0']);
});
