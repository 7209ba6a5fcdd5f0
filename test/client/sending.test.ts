// What becomes of a message on its way out: its size, its end, and what may be promised of one that may have left.

import { describe, expect, test } from 'vitest';
import type { ServerEvent } from '../../src/protocol/rooms-frames.js';
import { createRoomsWorld, limits, type RoomsWorld } from './rooms-world.js';

async function joinedWorld(): Promise<RoomsWorld & { readonly leave: () => void }> {
  const world = createRoomsWorld();
  const leave = world.client.room('a').subscribe(() => {});
  world.welcome();
  await world.settle();
  world.joined('a');
  await world.settle();
  return { ...world, leave };
}
const bytesOf = (frame: unknown): number => new TextEncoder().encode(String(frame)).length;
async function untilJoin(world: RoomsWorld): Promise<void> {
  world.cut();
  world.welcome();
  await world.settle();
}
/** The next wire, whose server takes less. */
async function comeBack(world: RoomsWorld, maxMessageBytes: number): Promise<void> {
  world.cut();
  world.far.last.accept();
  world.tell({
    ...{ t: 'welcome', v: 1, user: { id: 'me' }, connection: 'me/2', heartbeatMs: 25_000 },
    limits: { ...limits, maxMessageBytes },
  } as ServerEvent);
  await world.settle();
  world.joined('a');
  await world.settle();
}

describe('size', () => {
  test('is counted in bytes, not in characters', async () => {
    const world = await joinedWorld();
    const large = world.client.room('a').send('é'.repeat(600));
    expect(large.verdict).toBe('dropped');
    expect((await large.done).error).toMatchObject({ kind: 'too-large' });
    expect(world.client.room('a').getSnapshot().messages).toMatchObject([{ state: 'failed' }]);
    expect(world.client.room('a').send('é'.repeat(400)).verdict).toBe('sent');
  });

  test.each(['x', 'é'])('what is said in one tick (%s) is cut into frames that the server takes', async (letter) => {
    const world = await joinedWorld();
    for (let each = 0; each < 40; each++) world.client.room('a').send(letter.repeat(10 * each));
    await world.settle();
    expect(world.said('publish')).toHaveLength(40);
    expect(Math.max(...world.far.last.sent.map(bytesOf))).toBeLessThanOrEqual(limits.maxMessageBytes);
  });

  test('a frame is filled to the last byte, brackets and commas included', async () => {
    const world = await joinedWorld();
    const room = world.client.room('a');
    const bare = JSON.stringify({ t: 'publish', room: 'a', id: '1', data: '' }).length;
    const fill = 1_000 - 3 - 2 * bare; // two events, two brackets, one comma
    const framesOf = async (filled: number): Promise<number> => {
      const before = world.far.last.sent.length;
      room.send('', { id: '1' });
      room.send('x'.repeat(filled), { id: '2' });
      await world.settle();
      for (const id of ['1', '2']) world.tell({ t: 'error', code: 'forbidden', message: '', room: 'a', id });
      return world.far.last.sent.length - before;
    };
    expect([await framesOf(fill), await framesOf(fill + 1)]).toEqual([1, 2]);
  });

  test('what another server would not take is not said to it: the rest goes on', async () => {
    const world = await joinedWorld();
    const room = world.client.room('a');
    const left = room.send('x'.repeat(600));
    await world.settle();
    world.far.last.drop();
    const waited = room.send('y'.repeat(600));
    room.send('z');
    await comeBack(world, 300);
    expect(world.said('publish').map(({ data }) => data)).toEqual(['z']);
    expect(await waited.done).toMatchObject({ status: 'dropped', error: { kind: 'too-large' } });
    expect(await left.done).toMatchObject({ status: 'timed-out', error: { kind: 'too-large' } });
  });
});

describe('the end', () => {
  test('a message that never left is dropped when its time is over; one that left timed out', async () => {
    const world = createRoomsWorld();
    const room = world.client.room('a');
    room.subscribe(() => {});
    const queued = room.send('x');
    world.host.clock.advance(120_000);
    expect(await queued.done).toMatchObject({
      status: 'dropped',
      error: { kind: 'timeout', message: 'Not sent within 120000 ms.' },
    });
    expect(room.getSnapshot().messages).toMatchObject([{ state: 'failed', error: { kind: 'timeout' } }]);
  });

  test('dropped too, where it was only in the line for a busy wire', async () => {
    const world = await joinedWorld();
    world.far.last.block(true);
    world.client.room('a').send('first');
    await world.settle();
    const { done } = world.client.room('a').send('x', { timeoutMs: 1_000 });
    world.host.clock.advance(1_000);
    expect((await done).status).toBe('dropped');
    world.far.last.block(false);
    await world.settle();
    expect(world.said('publish').map(({ data }) => data)).toEqual(['first']);
  });

  test('timed out, though it waits once more: it had left on the wire before', async () => {
    const world = await joinedWorld();
    const { done } = world.client.room('a').send('x');
    await world.settle();
    world.far.last.drop();
    world.host.clock.advance(120_000);
    expect((await done).status).toBe('timed-out');
  });

  test.each(['before', 'after'] as const)(
    'timed out and tried again: an answer to the first is one to the second, and the room has it once, its echo %s',
    async (when) => {
      const world = await joinedWorld();
      const room = world.client.room('a');
      const heard: unknown[] = [];
      room.on('message', ({ id }) => void heard.push(id));
      const first = room.send('x');
      const { id } = first;
      await world.settle();
      world.host.clock.advance(120_000);
      expect((await first.done).status).toBe('timed-out');
      const second = room.retry(id);
      await world.settle();
      expect(world.said('publish').map((each) => each['id'])).toEqual([id, id]);

      const ack: ServerEvent = { t: 'ack', room: 'a', id, epoch: 'e1', offset: 1, at: 1 };
      const echo: ServerEvent = { t: 'message', room: 'a', offset: 1, id, from: 'me', data: 'x', at: 1 };
      const inOrder = when === 'before' ? [echo, ack] : [ack, echo];
      for (const event of inOrder) world.tell(event);
      expect(await second.done).toMatchObject({ status: 'acknowledged', offset: 1 });
      world.tell(ack); // to the second
      expect(room.getSnapshot().messages).toMatchObject([{ id, state: 'sent', offset: 1 }]);
      expect(heard).toEqual([id]);
      expect(() => room.retry(id)).toThrow(/no failed message/);
      await untilJoin(world);
      world.joined('a', { offset: 1 });
      await world.settle();
      expect(world.said('publish')).toEqual([]);
      expect(world.client.getSnapshot().connection.queued).toBe(0);
    },
  );

  test('timed out, and answered before anybody tries again: it is shown as sent, and there is nothing to try', async () => {
    const world = await joinedWorld();
    const room = world.client.room('a');
    const { id, done } = room.send('x');
    await world.settle();
    world.host.clock.advance(120_000);
    expect((await done).status).toBe('timed-out');
    expect(room.getSnapshot().messages).toMatchObject([{ id, state: 'failed' }]);
    world.tell({ t: 'ack', room: 'a', id, epoch: 'e1', offset: 1, at: 1 });
    expect(room.getSnapshot().messages).toMatchObject([{ id, state: 'sent', offset: 1 }]);
    expect(() => room.retry(id)).toThrow(/no failed message/);
  });

  test('timed out and tried again, and the wire breaks: it is said once on the next one', async () => {
    const world = await joinedWorld();
    const room = world.client.room('a');
    const first = room.send('x');
    await world.settle();
    world.host.clock.advance(120_000);
    await first.done;
    const second = room.retry(first.id);
    await world.settle();
    await untilJoin(world);
    world.joined('a');
    await world.settle();
    expect(world.said('publish').map(({ id }) => id)).toEqual([first.id]);
    world.tell({ t: 'ack', room: 'a', id: first.id, epoch: 'e1', offset: 1, at: 1 });
    expect((await second.done).status).toBe('acknowledged');
  });

  test('what has left is never called back, also not on the next wire', async () => {
    const world = await joinedWorld();
    const { cancel, done } = world.client.room('a').send('x');
    await world.settle();
    await untilJoin(world);
    world.joined('a'); // and nothing has been flushed since
    expect(cancel()).toBe(false);
    expect((await done).status).toBe('timed-out');
    await world.settle();
    expect(world.said('publish')).toEqual([]); // it is not said again for all that
  });
  test('what has not left is called back, also after a cut and while it is in line again', async () => {
    const world = await joinedWorld();
    const { cancel, done } = world.client.room('a').send('x'); // in this tick's line when the wire breaks
    await untilJoin(world);
    world.joined('a');
    expect(cancel()).toBe(true);
    expect((await done).status).toBe('cancelled');
    await world.settle();
    expect(world.saidEver('publish')).toEqual([]);
  });

  test('cancelled means that no copy leaves, also after the room was joined again on a busy wire', async () => {
    const world = await joinedWorld();
    world.far.last.block(true);
    world.client.room('a').send('first');
    await world.settle();
    const { cancel } = world.client.room('a').send('x');
    await world.settle();
    world.tell({ t: 'resync', room: 'a' });
    world.tell({ t: 'joined', room: 'a', join: 2, epoch: 'e1', offset: 0, messages: [], more: false });
    await world.settle();
    expect(cancel()).toBe(true);
    world.far.last.block(false);
    await world.settle();
    expect(world.said('publish').map(({ data }) => data)).not.toContain('x');
  });

  test('what one user wrote is not sent as another', async () => {
    const world = await joinedWorld();
    const room = world.client.room('a');
    const left = room.send('left');
    await world.settle();
    world.far.last.drop();
    const waited = room.send('waited');
    world.host.clock.advance(600);
    world.welcome('somebody else');
    await world.settle();
    world.joined('a');
    room.send('mine');
    await world.settle();
    expect(world.said('publish').map(({ data }) => data)).toEqual(['mine']);
    expect([(await left.done).status, (await waited.done).status]).toEqual(['timed-out', 'dropped']);
    expect(room.getSnapshot().messages.map(({ data, state }) => [data, state])).toEqual([['mine', 'pending']]);
  });

  test('what was written before anybody knew us is ours; and so is what we wrote before a cut', async () => {
    const world = createRoomsWorld();
    const room = world.client.room('a');
    room.subscribe(() => {});
    room.send(1);
    world.welcome();
    await world.settle();
    world.joined('a');
    world.cut();
    room.send(2);
    world.welcome();
    await world.settle();
    world.joined('a');
    await world.settle();
    expect(world.said('publish').map(({ data }) => data)).toEqual([1, 2]);
  });
});

describe('volatile', () => {
  test('dropped: it does not keep the room', async () => {
    const world = createRoomsWorld();
    const leave = world.client.room('a').subscribe(() => {});
    world.welcome();
    expect(world.client.room('a').send(1, { volatile: true }).verdict).toBe('dropped');
    leave();
    world.host.clock.advance(60_000);
    expect([...world.client.getSnapshot().rooms.keys()]).toEqual([]);
    expect(world.client.getSnapshot().connection.status).toBe('idle');
  });

  test.each([
    ['too large', 'x'.repeat(limits.maxMessageBytes), {}],
    ['given up already', 'x', { signal: AbortSignal.abort() }],
  ])('and so does none that is %s', async (_name, data, options) => {
    const world = await joinedWorld();
    world.client.room('a').send(data, options);
    world.leave();
    world.host.clock.advance(60_000);
    expect([...world.client.getSnapshot().rooms.keys()]).toEqual([]);
  });

  test('dropped while a frame waits for the wire, and not said later', async () => {
    const world = await joinedWorld();
    const room = world.client.room('a');
    world.far.last.block(true);
    room.send('first');
    await world.settle();
    const { verdict, done } = room.send('now or never', { volatile: true });
    expect([verdict, (await done).error?.kind]).toEqual(['dropped', 'lost']);
    world.far.last.block(false);
    await world.settle();
    expect(room.send('now', { volatile: true }).verdict).toBe('sent');
    await world.settle();
    expect(world.said('publish').map(({ data }) => data)).toEqual(['first', 'now']);
  });
});

test.each(['', 'x'.repeat(129)])('an id that no server takes is thrown at the caller (%#)', async (id) => {
  const world = await joinedWorld();
  const send = (): unknown => world.client.room('a').send('x', { id });
  expect(send).toThrow(expect.objectContaining({ kind: 'invalid' }));
  expect(world.client.room('a').getSnapshot().messages).toEqual([]);
  expect(world.client.room('a').send('x', { id: 'x'.repeat(128) }).verdict).toBe('sent');
});
