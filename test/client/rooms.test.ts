// What a client of rooms says and shows, against a far end that says what the test says.

import { describe, expect, test } from 'vitest';
import type { RoomReceipt } from '../../src/client/room-handle.js';
import type { RoomGap } from '../../src/model/room.js';
import { createRoomsWorld, limits, ME, messageFrame, type RoomsWorld } from './rooms-world.js';

const watch = (world: RoomsWorld, room: string): (() => void) => world.client.room(room).subscribe(() => {});
const offsets = (world: RoomsWorld, room: string): readonly (number | null)[] =>
  world.client
    .room(room)
    .getSnapshot()
    .messages.map(({ offset }) => offset);

/** A world in which a room is joined, with nothing in it. */
async function joinedWorld(room = 'a', options = {}): Promise<RoomsWorld & { readonly leave: () => void }> {
  const world = createRoomsWorld(options);
  const leave = watch(world, room);
  world.welcome();
  await world.settle();
  world.joined(room);
  await world.settle();
  return { ...world, leave };
}

describe('hello', () => {
  test('comes first, with a version and a key; nothing else until the welcome', async () => {
    const world = createRoomsWorld();
    watch(world, 'a');
    world.far.last.accept();
    await world.settle();
    expect(world.said()).toEqual([{ t: 'hello', v: 1, key: expect.stringMatching(/^[\w-]{22}$/), n: 0 }]);
    expect(world.client.connection.getSnapshot().status).toBe('connecting');
  });

  test('carries the token, and the same key on each wire', async () => {
    let tokens = 0;
    const reasons: string[] = [];
    const world = createRoomsWorld({
      auth: {
        getToken: (reason) => {
          reasons.push(reason);
          return `t${++tokens}`;
        },
      },
    });
    watch(world, 'a');
    world.welcome();
    world.cut();
    world.far.last.accept();
    const hellos = world.saidEver('hello');
    expect(hellos.map(({ token }) => token)).toEqual(['t1', 't2']);
    expect(new Set(hellos.map(({ key }) => key)).size).toBe(1);
    expect(reasons).toEqual(['connect', 'refresh']);
  });

  test('has a larger number on each wire, also where the clock has not moved', async () => {
    const world = createRoomsWorld();
    watch(world, 'a');
    world.welcome();
    for (let again = 0; again < 2; again++) {
      void world.client.reconnect();
      world.welcome();
    }
    expect(world.saidEver('hello').map(({ n }) => n)).toEqual([0, 1, 2]);
  });

  test('each wire is a session of its own', () => {
    const world = createRoomsWorld();
    watch(world, 'a');
    world.welcome();
    world.cut();
    const sessions = world.far.dials.map(({ dial }) => dial.session);
    expect(sessions).toHaveLength(2);
    expect(new Set(sessions).size).toBe(2);
    expect(sessions[0]).toMatch(/^[\w-]{22}$/);
  });

  test('a server of another protocol is not asked again and again', () => {
    const world = createRoomsWorld();
    watch(world, 'a');
    world.far.last.accept();
    world.far.last.frame('<html>');
    expect(world.client.connection.getSnapshot()).toMatchObject({ status: 'failed', error: { kind: 'protocol' } });
    expect(world.far.dials).toHaveLength(1);
  });

  test.each([
    [4401, 'failed', 1],
    [4403, 'failed', 1],
    [4406, 'failed', 1],
    [4409, 'failed', 1],
    [4429, 'connecting', 2],
    [1012, 'connecting', 2],
  ])('an answer of close %i: %s', (code, status, dials) => {
    const world = createRoomsWorld();
    watch(world, 'a');
    world.far.last.accept();
    world.tell({ t: 'close', code, reason: 'no' });
    world.host.clock.advance(60_000);
    expect(world.client.connection.getSnapshot().status).toBe(status);
    expect(world.far.dials.length).toBeGreaterThanOrEqual(dials);
    if (dials === 1) expect(world.far.dials).toHaveLength(1);
  });

  test('a close later on ends the wire too', async () => {
    const world = await joinedWorld();
    world.tell({ t: 'close', code: 4403, reason: 'banned' });
    expect(world.far.live).toBe(0);
    expect(world.client.connection.getSnapshot()).toMatchObject({ status: 'failed', error: { code: 4403 } });
  });
});

describe('demand 16: joins', () => {
  test('three users of one room and one of another: one join each, and one again after a cut', async () => {
    const world = createRoomsWorld();
    for (const room of ['x', 'x', 'x', 'y']) watch(world, room);
    world.welcome();
    await world.settle();
    expect(world.said('join').map(({ room }) => room)).toEqual(['x', 'y']);
    world.joined('x', { offset: 7, epoch: 'e' });
    world.joined('y');
    world.cut();
    world.welcome();
    await world.settle();
    expect(world.said('join')).toMatchObject([
      { room: 'x', since: { epoch: 'e', offset: 7 } },
      { room: 'y', since: { epoch: 'e1', offset: 0 } },
    ]);
  });

  test('the last leave says leave, once, after the linger; then the connection goes', async () => {
    const world = createRoomsWorld();
    const leaves = [watch(world, 'a'), watch(world, 'a')];
    world.welcome();
    await world.settle();
    for (const leave of leaves) {
      leave();
      leave();
    }
    world.host.clock.advance(249);
    await world.settle();
    expect(world.said('leave')).toEqual([]);
    world.host.clock.advance(1);
    await world.settle();
    expect(world.said('leave')).toMatchObject([{ room: 'a' }]);
    world.host.clock.advance(1);
    expect(world.far.live).toBe(0);
    expect(world.host.clock.pending).toBe(0);
    expect(world.host.watchers).toBe(0);
  });

  test('join, leave, join in one tick ends joined', async () => {
    const world = createRoomsWorld({ lingerMs: 0 });
    watch(world, 'a')();
    watch(world, 'a');
    world.welcome();
    await world.settle();
    world.joined('a');
    expect(world.client.room('a').getSnapshot().status).toBe('joined');
    expect(world.said('leave')).toEqual([]);
  });

  test('left and joined again on one wire: the answer to the older join changes nothing', async () => {
    const world = createRoomsWorld({ lingerMs: 0 });
    const other = watch(world, 'b'); // keeps the connection
    const leave = watch(world, 'a');
    world.welcome();
    await world.settle();
    const older = world.said('join').find(({ room }) => room === 'a')?.['join'] as number;
    leave();
    world.host.clock.advance(1);
    watch(world, 'a');
    await world.settle();
    expect(world.said().map(({ t }) => t)).toEqual(['hello', 'join', 'join', 'leave', 'join']);
    world.joined('a', { join: older, messages: [messageFrame(1)], offset: 1 });
    world.tell({ t: 'message', room: 'a', ...messageFrame(2) });
    expect(world.client.room('a').getSnapshot()).toMatchObject({ status: 'joining', count: 0 });
    world.joined('a', { messages: [messageFrame(5)], offset: 5 });
    expect(offsets(world, 'a')).toEqual([5]);
    other();
  });

  test('a refused join is told, and not tried again on the next wire', async () => {
    const world = createRoomsWorld();
    watch(world, 'secret');
    watch(world, 'b');
    world.welcome();
    await world.settle();
    const { join } = world.said('join')[0] as unknown as { readonly join: number };
    world.tell({ t: 'error', code: 'forbidden', message: 'not you', room: 'secret', join });
    expect(world.client.room('secret').getSnapshot()).toMatchObject({ status: 'denied', error: { kind: 'forbidden' } });
    world.cut();
    world.welcome();
    await world.settle();
    expect(world.said('join').map(({ room }) => room)).toEqual(['b']);
  });

  test('"not now" is tried again, later', async () => {
    const world = createRoomsWorld();
    watch(world, 'a');
    world.welcome();
    await world.settle();
    world.tell({ t: 'error', code: 'unavailable', message: 'wait', room: 'a', join: 1, retryAfterMs: 2_000 });
    await world.settle();
    expect(world.said('join')).toHaveLength(1);
    world.host.clock.advance(4_000);
    await world.settle();
    expect(world.said('join')).toHaveLength(2);
  });

  test('a room that nobody joined is nobody’s: what the server says of it changes nothing', async () => {
    const world = await joinedWorld();
    const before = world.client.getSnapshot();
    world.tell({ t: 'message', room: 'other', ...messageFrame(1) });
    world.tell({ t: 'presence', room: '__proto__', seq: 1, changes: [] });
    expect(world.client.getSnapshot()).toBe(before);
    expect(world.errors).toEqual([]);
  });
});

describe('messages', () => {
  test('are shown once, in order; offsets that go backwards are repeats', async () => {
    const world = await joinedWorld();
    const heard: unknown[] = [];
    world.client.room('a').on('message', ({ offset }) => void heard.push(offset));
    for (const offset of [1, 2, 2, 1, 3]) world.tell({ t: 'message', room: 'a', ...messageFrame(offset) });
    expect(offsets(world, 'a')).toEqual([1, 2, 3]);
    expect(heard).toEqual([1, 2, 3]);
  });

  test('a hole is mended by joining again with our place', async () => {
    const world = await joinedWorld();
    world.tell({ t: 'message', room: 'a', ...messageFrame(1) });
    world.tell({ t: 'message', room: 'a', ...messageFrame(4) });
    await world.settle();
    expect(world.said('join').at(-1)).toMatchObject({ since: { epoch: 'e1', offset: 1 } });
    world.joined('a', { offset: 4, messages: [2, 3, 4].map((offset) => messageFrame(offset)) });
    expect(offsets(world, 'a')).toEqual([1, 2, 3, 4]);
    expect(world.client.room('a').getSnapshot().gap).toBeNull();
  });

  test('a server that leaves holes again and again is not asked for ever: the fourth within 10 s is told as a gap', async () => {
    const world = await joinedWorld();
    const gaps: RoomGap[] = [];
    world.client.room('a').on('gap', (gap) => void gaps.push(gap));
    for (let round = 0; round < 3; round++) {
      world.tell({ t: 'message', room: 'a', ...messageFrame(10 * round + 10) });
      await world.settle();
      world.joined('a', { offset: 10 * round + 1, messages: [] });
    }
    expect(world.said('join')).toHaveLength(4);
    const before = gaps.length; // `joined` brought less than it spoke of: that was told
    world.tell({ t: 'message', room: 'a', ...messageFrame(30) });
    await world.settle();
    expect(world.said('join')).toHaveLength(4);
    expect(gaps.slice(before)).toMatchObject([{ reason: 'lost', missed: 8, before: { offset: 30 } }]);
  });

  test('demand 6: what was missed comes once, in order; nothing is said to be missing', async () => {
    const world = await joinedWorld();
    const told: unknown[] = [];
    const room = world.client.room('a');
    room.on('message', ({ offset }) => void told.push(offset));
    room.on('gap', () => void told.push('gap'));
    for (const offset of [1, 2, 3, 4, 5]) world.tell({ t: 'message', room: 'a', ...messageFrame(offset) });
    world.cut();
    expect(room.getSnapshot().status).toBe('rejoining');
    world.welcome();
    await world.settle();
    expect(world.said('join')).toMatchObject([{ since: { epoch: 'e1', offset: 5 } }]);
    world.joined('a', { offset: 9, messages: [6, 7, 8, 9].map((offset) => messageFrame(offset)) });
    expect(told).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(offsets(world, 'a')).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test.each([
    ['expired', { gap: { reason: 'expired', missed: 3 } as const, offset: 9 }, { reason: 'expired', missed: 3 }],
    ['epoch', { gap: { reason: 'epoch', missed: null } as const, epoch: 'e2', offset: 9 }, { reason: 'epoch' }],
    ['epoch, though the server did not say so', { epoch: 'e2', offset: 9 }, { reason: 'epoch', missed: null }],
  ])('demand 6: a gap (%s) is told once, before any later message', async (_name, answer, gap) => {
    const world = await joinedWorld();
    const told: unknown[] = [];
    const room = world.client.room('a');
    room.on('message', ({ offset }) => void told.push(offset));
    room.on('gap', (each) => void told.push(each));
    world.tell({ t: 'message', room: 'a', ...messageFrame(1) });
    world.cut();
    world.welcome();
    await world.settle();
    world.joined('a', { messages: [8, 9].map((offset) => messageFrame(offset)), ...answer });
    expect(told).toEqual([1, expect.objectContaining(gap), 8, 9]);
    expect(room.getSnapshot()).toMatchObject({ gap, cursor: { offset: 9 } });
  });

  test('history that was there before is shown, and is no news', async () => {
    const world = createRoomsWorld();
    const heard: unknown[] = [];
    world.client.room('a').on('message', ({ offset }) => void heard.push(offset));
    world.client.room('a', { history: 20 }).subscribe(() => {});
    world.welcome();
    await world.settle();
    expect(world.said('join')).toMatchObject([{ history: 20 }]);
    world.joined('a', { offset: 3, messages: [2, 3].map((offset) => messageFrame(offset)), more: true });
    expect(offsets(world, 'a')).toEqual([2, 3]);
    expect(heard).toEqual([]);
  });

  test('older ones on demand: from before the oldest; asked twice at once, asked once', async () => {
    const world = await joinedWorld();
    world.cut();
    world.welcome();
    await world.settle();
    world.joined('a', {
      offset: 9,
      messages: [8, 9].map((offset) => messageFrame(offset)),
      more: true,
      gap: { reason: 'expired', missed: 7 },
    });
    const room = world.client.room('a');
    const both = [room.loadOlder(2), room.loadOlder(2)];
    await world.settle();
    expect(world.said('history')).toMatchObject([{ before: 8, limit: 2, request: 1 }]);
    world.tell({
      t: 'history',
      room: 'a',
      request: 1,
      messages: [6, 7].map((offset) => messageFrame(offset)),
      more: true,
    });
    expect(await Promise.all(both)).toEqual([true, true]);
    expect(offsets(world, 'a')).toEqual([6, 7, 8, 9]);
  });

  test.each([
    ['a cut', (world: RoomsWorld) => world.cut(), 'lost'],
    ['silence', (world: RoomsWorld) => world.host.clock.advance(10_000), 'timeout'],
    [
      'a refusal',
      (world: RoomsWorld) => world.tell({ t: 'error', code: 'forbidden', message: 'no', room: 'a', request: 1 }),
      'forbidden',
    ],
  ])('older ones: %s rejects', async (_name, happen, kind) => {
    const world = await joinedWorld();
    const asked = world.client.room('a').loadOlder();
    happen(world);
    await expect(asked).rejects.toMatchObject({ kind });
  });
});

describe('demand 22: sends', () => {
  test('pending, then sent with its place; the echo is not doubled', async () => {
    const world = await joinedWorld();
    const room = world.client.room('a');
    const { id, verdict, done } = room.send({ text: 'hi' });
    expect(verdict).toBe('sent');
    expect(room.getSnapshot().messages).toMatchObject([{ id, state: 'pending', offset: null, from: ME }]);
    await world.settle();
    expect(world.said('publish')).toEqual([{ t: 'publish', room: 'a', id, data: { text: 'hi' } }]);
    world.tell({ t: 'ack', room: 'a', id, epoch: 'e1', offset: 1, at: 5 });
    world.tell({ t: 'message', room: 'a', ...messageFrame(1, { id, from: ME, data: { text: 'hi' } }) });
    expect(await done).toEqual({ status: 'acknowledged', id, offset: 1 });
    expect(room.getSnapshot().messages).toMatchObject([{ id, state: 'sent', offset: 1 }]);
  });

  /** What happens to a message that has left, and what its receipt says. */
  const ends: [string, (world: RoomsWorld, id: string) => unknown, Partial<RoomReceipt>, string?][] = [
    [
      'ack',
      (world, id) => world.tell({ t: 'ack', room: 'a', id, epoch: 'e1', offset: 1, at: 1 }),
      { status: 'acknowledged' },
    ],
    [
      'ack, twice',
      (world, id) => {
        for (let i = 0; i < 2; i++) world.tell({ t: 'ack', room: 'a', id, epoch: 'e1', offset: 1, at: 1 });
      },
      { status: 'acknowledged', offset: 1 },
    ],
    [
      'refusal',
      (world, id) => world.tell({ t: 'error', code: 'too-large', message: 'no', room: 'a', id }),
      { status: 'refused' },
      'too-large',
    ],
    ['silence', (world) => world.host.clock.advance(120_000), { status: 'timed-out' }, 'timeout'],
    ['disconnect()', (world) => world.client.disconnect(), { status: 'timed-out' }, 'lost'],
    ['close()', (world) => world.client.close(), { status: 'timed-out' }, 'lost'],
    ['a permanent end', (world) => world.tell({ t: 'close', code: 4403, reason: '' }), { status: 'timed-out' }, 'lost'],
    [
      'the room’s end',
      (world) => world.tell({ t: 'error', code: 'forbidden', message: 'no', room: 'a', join: 1 }),
      { status: 'timed-out' },
      'lost',
    ],
  ];
  test.each<[string, (world: RoomsWorld, id: string) => unknown, Partial<RoomReceipt>, string?]>(ends)(
    'settles once: %s',
    async (_name, happen, receipt, kind) => {
      const world = await joinedWorld();
      const { id, done } = world.client.room('a').send('x');
      await world.settle();
      happen(world, id);
      const found = await done;
      expect(found).toMatchObject({ id, ...receipt });
      expect(found.error?.kind).toBe(kind);
      expect(world.client.room('a').send('y', { id }).verdict).not.toBe(''); // the id is free again: nothing is left of it
    },
  );

  test('before the room is joined they wait, in order, and are said after the join', async () => {
    const world = createRoomsWorld();
    const room = world.client.room('a');
    watch(world, 'a');
    expect(room.send(1).verdict).toBe('queued');
    world.welcome();
    room.send(2);
    await world.settle();
    expect(world.said('publish')).toEqual([]);
    world.joined('a');
    await world.settle();
    expect(world.said('publish').map(({ data }) => data)).toEqual([1, 2]);
  });

  test('what was not acknowledged is said again after a cut: same ids, same order, after the join', async () => {
    const world = await joinedWorld();
    const room = world.client.room('a');
    const sent = [1, 2, 3].map((data) => room.send(data));
    await world.settle();
    world.tell({ t: 'ack', room: 'a', id: sent[0]?.id ?? '', epoch: 'e1', offset: 1, at: 1 });
    world.cut();
    room.send(4);
    world.welcome();
    await world.settle();
    expect(world.said().map(({ t }) => t)).toEqual(['hello', 'join']);
    world.joined('a', {
      offset: 2,
      messages: [1, 2].map((offset, index) => messageFrame(offset, { id: sent[index]?.id ?? '', from: ME })),
    });
    await world.settle();
    expect(world.said('publish').map(({ data }) => data)).toEqual([2, 3, 4]);
    expect(world.said('publish')[0]?.['id']).toBe(sent[1]?.id);
    expect(room.getSnapshot().messages.map(({ state }) => state)).toEqual(['sent', 'sent', 'pending', 'pending']);
  });

  test('one tick, one frame', async () => {
    const world = await joinedWorld();
    const frames = world.far.last.sent.length;
    for (let each = 0; each < 10; each++) world.client.room('a').send(each);
    await world.settle();
    expect(world.far.last.sent.length - frames).toBe(1);
    expect(world.said('publish')).toHaveLength(10);
  });

  test('a wire that takes one frame at a time gets what gathered meanwhile as the next one', async () => {
    const world = await joinedWorld();
    world.far.last.block(true);
    for (const each of [1, 2, 3]) {
      world.client.room('a').send(each);
      await world.settle();
    }
    const frames = world.far.last.sent.length;
    world.far.last.block(false);
    await world.settle();
    expect(world.far.last.sent.slice(frames).map((frame) => [JSON.parse(String(frame))].flat().length)).toEqual([1, 2]);
  });

  test('withdrawn before it leaves: cancelled, and gone from the list', async () => {
    const world = createRoomsWorld();
    watch(world, 'a');
    const room = world.client.room('a');
    const aborter = new AbortController();
    const first = room.send('x', { signal: aborter.signal });
    const second = room.send('y');
    aborter.abort();
    expect(second.cancel()).toBe(true);
    expect(second.cancel()).toBe(false);
    expect([(await first.done).status, (await second.done).status]).toEqual(['cancelled', 'cancelled']);
    expect(room.getSnapshot().messages).toEqual([]);
  });

  test('a failed message stays, with its reason, and goes again under its id', async () => {
    const world = await joinedWorld();
    const room = world.client.room('a');
    const { id } = room.send('x');
    await world.settle();
    world.tell({ t: 'error', code: 'forbidden', message: 'no', room: 'a', id });
    expect(room.getSnapshot().messages).toMatchObject([{ id, state: 'failed', error: { kind: 'forbidden' } }]);
    const again = room.retry(id);
    expect(room.getSnapshot().messages).toMatchObject([{ id, state: 'pending' }]);
    await world.settle();
    expect(world.said('publish').map((each) => each['id'])).toEqual([id, id]);
    world.tell({ t: 'ack', room: 'a', id, epoch: 'e1', offset: 1, at: 1 });
    expect((await again.done).status).toBe('acknowledged');
    expect(() => room.retry('nobody')).toThrow(/no failed message 'nobody'/);
  });

  test('too fast: said again when the server said, and those behind wait', async () => {
    const world = await joinedWorld();
    const room = world.client.room('a');
    const { id } = room.send(1);
    await world.settle();
    world.tell({ t: 'error', code: 'rate-limited', message: 'slow down', room: 'a', id, retryAfterMs: 500 });
    room.send(2);
    await world.settle();
    expect(world.said('publish').map(({ data }) => data)).toEqual([1]);
    world.host.clock.advance(500);
    await world.settle();
    expect(world.said('publish').map(({ data }) => data)).toEqual([1, 1, 2]);
  });

  test('volatile: dropped where the room is not joined', async () => {
    const world = createRoomsWorld();
    watch(world, 'a');
    const { verdict, done } = world.client.room('a').send('x', { volatile: true });
    expect(verdict).toBe('dropped');
    expect((await done).error?.kind).toBe('lost');
  });

  test('what cannot travel is thrown at the caller; what is too large is dropped, and nothing else is lost', async () => {
    const world = await joinedWorld();
    const room = world.client.room('a');
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const bad of [undefined, () => {}, 1n, cycle]) expect(() => room.send(bad)).toThrow(/JSON cannot carry/);
    expect(room.getSnapshot().messages).toEqual([]);
    const large = room.send('x'.repeat(limits.maxMessageBytes));
    expect((await large.done).error?.kind).toBe('too-large');
    expect(room.send('y').verdict).toBe('sent');
  });

  test('the room is kept until what it sent is answered, though nobody watches any more', async () => {
    const world = await joinedWorld();
    const { id, done } = world.client.room('a').send('x');
    world.leave();
    world.host.clock.advance(5_000);
    await world.settle();
    expect(world.said('leave')).toEqual([]);
    world.tell({ t: 'ack', room: 'a', id, epoch: 'e1', offset: 1, at: 1 });
    expect((await done).status).toBe('acknowledged');
    world.host.clock.advance(251);
    await world.settle();
    expect(world.said('leave')).toHaveLength(1);
  });

  test('1,000 wait at most', async () => {
    const world = createRoomsWorld();
    watch(world, 'a');
    const room = world.client.room('a');
    for (let each = 0; each < 1_000; each++) room.send(each);
    expect((await room.send('over').done).error?.kind).toBe('overflow');
  });
});

describe('presence', () => {
  test('watching shows nobody anything; entering does, and the join carries it', async () => {
    const world = createRoomsWorld();
    watch(world, 'a');
    world.client.room('b').enter({ x: 1 });
    world.welcome();
    await world.settle();
    const [a, b] = world.said('join');
    expect(a).not.toHaveProperty('presence');
    expect(b).toMatchObject({ room: 'b', presence: { x: 1 } });
  });

  test('patches are merged; at most one in 50 ms, the last value always', async () => {
    const world = await joinedWorld();
    const room = world.client.room('a');
    room.enter({ x: 0, name: 'me' });
    await world.settle();
    for (let x = 1; x <= 100; x++) room.updatePresence({ x });
    expect(room.getSnapshot().self.presence).toEqual({ x: 100, name: 'me' });
    world.host.clock.advance(49);
    await world.settle();
    expect(world.said('presence').map(({ data }) => data)).toEqual([{ x: 0, name: 'me' }]);
    world.host.clock.advance(1);
    await world.settle();
    expect(world.said('presence').map(({ data }) => data)).toEqual([
      { x: 0, name: 'me' },
      { x: 100, name: 'me' },
    ]);
    world.host.clock.advance(50);
    expect(world.host.clock.pending).toBe(0);
  });

  test('H3: two who enter are counted; the last one leaves, at once', async () => {
    const world = await joinedWorld();
    const room = world.client.room('a');
    const exits = [room.enter({ x: 1 }), room.enter({ x: 2 })];
    await world.settle();
    exits[0]?.();
    exits[0]?.();
    await world.settle();
    expect(world.said('presence')).toHaveLength(1);
    exits[1]?.();
    await world.settle();
    expect(world.said('presence').map(({ data }) => data)).toEqual([{ x: 1 }, null]);
  });

  test('D10: changed while cut off: only the last state is said, once, with the join', async () => {
    const world = await joinedWorld();
    const room = world.client.room('a');
    room.enter({ x: 1 });
    world.far.last.drop();
    for (let x = 2; x <= 9; x++) room.updatePresence({ x });
    world.host.clock.advance(60_000);
    world.welcome();
    await world.settle();
    world.host.clock.advance(1_000);
    await world.settle();
    expect(world.said('join')).toMatchObject([{ presence: { x: 9 } }]);
    expect(world.said('presence')).toEqual([]);
  });

  test('F16: left while cut off: not entered again', async () => {
    const world = await joinedWorld();
    const exit = world.client.room('a').enter({ x: 1 });
    world.far.last.drop();
    exit();
    world.host.clock.advance(60_000);
    world.welcome();
    await world.settle();
    expect(world.said('join')[0]).not.toHaveProperty('presence');
  });

  test('a hole is mended by asking for everything, once', async () => {
    const world = await joinedWorld();
    const entry = (user: string, n = 1) => ({ user, connection: `${user}/1`, n, data: {}, joinedAt: 1 });
    world.tell({ t: 'members', room: 'a', seq: 5, members: [entry('you')] });
    world.tell({ t: 'presence', room: 'a', seq: 7, changes: [{ op: 'enter', entry: entry('z') }] });
    world.tell({ t: 'presence', room: 'a', seq: 8, changes: [] });
    await world.settle();
    expect(world.said('members')).toHaveLength(1);
    world.tell({ t: 'members', room: 'a', seq: 8, members: [entry('you'), entry('z')] });
    expect([...world.client.room('a').getSnapshot().members.keys()]).toEqual(['you', 'z']);
  });
});

describe('the root', () => {
  test('connection, user and rooms in one state; the transport by its name while it is open', async () => {
    const world = await joinedWorld();
    expect(world.client.getSnapshot()).toMatchObject({
      connection: { status: 'open', transport: 'scripted' },
      user: { id: ME },
    });
    expect([...world.client.getSnapshot().rooms.keys()]).toEqual(['a']);
    world.far.last.drop();
    expect(world.client.connection.getSnapshot()).toMatchObject({ status: 'reconnecting', transport: null });
  });

  test('disconnect stays down and connect brings everything back', async () => {
    const world = await joinedWorld();
    world.client.disconnect();
    world.host.clock.advance(60_000);
    expect(world.far.dials).toHaveLength(1);
    expect(world.client.room('a').send('x').verdict).toBe('dropped');
    world.client.connect();
    world.welcome();
    await world.settle();
    expect(world.said('join')).toMatchObject([{ room: 'a', since: { epoch: 'e1', offset: 0 } }]);
  });

  test('retain keeps the connection, and nothing is left after it', async () => {
    const world = createRoomsWorld();
    const release = world.client.retain();
    world.welcome();
    world.host.clock.advance(100_000);
    expect(world.far.live).toBe(1);
    release();
    world.host.clock.advance(250);
    expect([world.far.live, world.host.clock.pending, world.host.watchers]).toEqual([0, 0, 0]);
  });
});
