// What a client of rooms makes of a server that is odd: says no and later yes, goes back, forgets, lies, asks for too much.

import { describe, expect, test } from 'vitest';
import type { ServerEvent } from '../../src/protocol/rooms-frames.js';
import { createRoomsWorld, messageFrame, type RoomsWorld } from './rooms-world.js';

const watch = (world: RoomsWorld, room: string): (() => void) => world.client.room(room).subscribe(() => {});
async function joinedWorld(options = {}): Promise<RoomsWorld & { readonly leave: () => void }> {
  const world = createRoomsWorld(options);
  const leave = watch(world, 'a');
  world.welcome();
  await world.settle();
  world.joined('a');
  await world.settle();
  return { ...world, leave };
}
async function comeBack(world: RoomsWorld): Promise<void> {
  world.cut();
  world.welcome();
  await world.settle();
}
const frames = (...offsets: readonly number[]) => offsets.map((offset) => messageFrame(offset));
/** An error about the room; with fields that no type allows. */
const refuse = (world: RoomsWorld, fields: object): void =>
  world.tell({ t: 'error', code: 'forbidden', message: 'no', room: 'a', ...fields } as ServerEvent);
function heardIn(world: RoomsWorld): readonly (number | null)[] {
  const heard: (number | null)[] = [];
  world.client.room('a').on('message', ({ offset }) => void heard.push(offset));
  return heard;
}
const tellMessage = (world: RoomsWorld, offset: number, fields = {}): void =>
  world.tell({ t: 'message', room: 'a', ...messageFrame(offset, fields) });

describe('resync', () => {
  async function resynced(world: RoomsWorld, times: number): Promise<void> {
    for (let each = 0; each < times; each++) {
      world.tell({ t: 'resync', room: 'a' });
      await world.settle();
      world.joined('a');
      await world.settle();
    }
  }

  test('the fourth within ten seconds is not forgotten: joined again later, once', async () => {
    const world = await joinedWorld();
    await resynced(world, 3);
    expect(world.said('join')).toHaveLength(4);
    world.tell({ t: 'resync', room: 'a' });
    world.host.clock.advance(5_000);
    world.tell({ t: 'resync', room: 'a' });
    await world.settle();
    expect(world.said('join')).toHaveLength(4);
    world.host.clock.advance(5_000); // what comes again does not put it off
    await world.settle();
    expect(world.said('join')).toHaveLength(5);
    world.joined('a');
    world.host.clock.advance(60_000);
    await world.settle();
    expect(world.said('join')).toHaveLength(5);
  });

  test.each([
    ['left', (world: RoomsWorld & { readonly leave: () => void }) => world.leave()],
    ['cut off', (world: RoomsWorld) => world.far.last.drop()],
    ['denied', (world: RoomsWorld) => refuse(world, { join: 4 })],
  ])('nor joined where it was %s meanwhile', async (_name, end) => {
    const world = await joinedWorld({ retry: { delayMs: 100_000 } });
    const other = world.client.retain();
    await resynced(world, 3);
    world.tell({ t: 'resync', room: 'a' });
    end(world);
    world.host.clock.advance(50_000);
    await world.settle();
    expect(world.saidEver('join')).toHaveLength(4);
    other();
  });
});

describe('"not now"', () => {
  test('said twice of one join: asked again once, and not after the room was left', async () => {
    const world = createRoomsWorld();
    const leave = watch(world, 'a');
    world.client.retain();
    world.welcome();
    await world.settle();
    for (let twice = 0; twice < 2; twice++) refuse(world, { code: 'unavailable', join: 1, retryAfterMs: 5_000 });
    leave();
    world.host.clock.advance(20_000);
    await world.settle();
    expect(world.said('join')).toHaveLength(1);
    expect([...world.client.getSnapshot().rooms.keys()]).toEqual([]);
  });

  test('said of a room that is joined: no longer joined, nothing is said there, and all of it afterwards', async () => {
    const world = await joinedWorld();
    const room = world.client.room('a');
    refuse(world, { code: 'unavailable', join: 1 });
    expect(room.getSnapshot().status).toBe('rejoining');
    expect(room.send('x').verdict).toBe('queued');
    room.enter({ x: 1 });
    await world.settle();
    expect([world.said('presence'), world.said('publish')]).toEqual([[], []]);
    world.host.clock.advance(2_000);
    await world.settle();
    expect(world.said('join').at(-1)).toMatchObject({ since: { epoch: 'e1', offset: 0 }, presence: { x: 1 } });
    world.joined('a');
    await world.settle();
    expect(room.getSnapshot().status).toBe('joined');
    expect(world.said('publish')).toMatchObject([{ data: 'x' }]);
    expect(world.said('presence')).toEqual([]);
  });

  test('0 is no join: neither an answer to it nor a refusal of it counts', async () => {
    const world = await joinedWorld();
    refuse(world, { code: 'unavailable', join: 1 });
    world.joined('a', { join: 0 });
    refuse(world, { join: 0 });
    expect(world.client.room('a').getSnapshot().status).toBe('rejoining');
    world.host.clock.advance(2_000);
    await world.settle();
    expect(world.said('join')).toHaveLength(2);
  });
});

describe('denied', () => {
  async function deniedWorld(): Promise<RoomsWorld & { readonly leave: () => void }> {
    const world = createRoomsWorld();
    const leave = watch(world, 'a');
    world.welcome();
    await world.settle();
    refuse(world, { join: 1 });
    return { ...world, leave };
  }

  test('watched anew: asked again, also before it was let go', async () => {
    const world = await deniedWorld();
    expect(world.client.room('a').getSnapshot().status).toBe('denied');
    world.leave();
    watch(world, 'a');
    await world.settle();
    expect(world.said('join')).toHaveLength(2);
    expect(world.client.room('a').getSnapshot()).toMatchObject({ status: 'joining', error: null });
    world.joined('a');
    expect(world.client.room('a').getSnapshot().status).toBe('joined');
  });

  test('watched anew while cut off: asked once, on the next wire', async () => {
    const world = await deniedWorld();
    world.far.last.drop();
    world.leave();
    watch(world, 'a');
    await world.settle();
    world.host.clock.advance(600);
    world.welcome();
    await world.settle();
    expect(world.said().map(({ t }) => t)).toEqual(['hello', 'join']);
    expect(world.client.room('a').getSnapshot().status).toBe('joining');
  });

  test('what is sent asks nobody: it is dropped', async () => {
    const world = await deniedWorld();
    expect((await world.client.room('a').send('x').done).status).toBe('dropped');
    await world.settle();
    expect(world.said('join')).toHaveLength(1);
  });

  test('an answer to no join at all lets nobody in', async () => {
    const world = await deniedWorld();
    const heard = heardIn(world);
    world.joined('a', { join: 0 });
    tellMessage(world, 1);
    expect(heard).toEqual([]);
    expect(world.client.room('a').getSnapshot()).toMatchObject({ status: 'denied', messages: [] });
  });
});

describe('null is as absent', () => {
  test.each([
    ['of a join', { join: 1, id: null, request: null, retryAfterMs: null }, 'denied'],
    ['of the room alone', { join: null, id: null, request: null }, 'joined'],
  ])('in an error %s', async (_name, fields, status) => {
    const world = await joinedWorld();
    refuse(world, fields);
    expect(world.client.room('a').getSnapshot().status).toBe(status);
    expect(world.errors).toHaveLength(status === 'joined' ? 1 : 0);
  });

  test('in an error of no room', async () => {
    const world = await joinedWorld();
    refuse(world, { room: null });
    expect(world.errors).toMatchObject([{ kind: 'forbidden' }]);
  });

  test('in messages, alone and in lists', async () => {
    const world = createRoomsWorld();
    watch(world, 'a');
    world.welcome();
    await world.settle();
    const odd = { type: null, from: null } as unknown as { readonly from: null };
    world.joined('a', { offset: 1, messages: [messageFrame(1, odd)], gap: null as unknown as undefined });
    tellMessage(world, 2, odd);
    const shown = { type: 'message', from: null };
    expect(world.client.room('a').getSnapshot()).toMatchObject({ gap: null, messages: [shown, shown] });
  });

  test('but not in data', async () => {
    const world = await joinedWorld();
    tellMessage(world, 1, { data: null });
    expect(world.client.room('a').getSnapshot().messages).toMatchObject([{ data: null }]);
  });
});

describe('members', () => {
  const entered = (seq: number): ServerEvent => ({
    ...{ t: 'presence', room: 'a', seq },
    changes: [{ op: 'enter', entry: { user: 'u', connection: 'c', n: seq, data: {}, joinedAt: 1 } }],
  });
  const members = (seq: number): ServerEvent => ({ t: 'members', room: 'a', seq, members: [] });
  async function holedWorld(): Promise<RoomsWorld & { readonly leave: () => void }> {
    const world = await joinedWorld();
    world.tell(members(0));
    world.tell(entered(5));
    await world.settle();
    expect(world.said('members')).toHaveLength(1);
    return world;
  }

  test.each([
    ['refused', (world: RoomsWorld) => refuse(world, { code: 'unavailable' })],
    ['unanswered', () => {}],
  ])('a question that is %s is asked again, though nothing else happens', async (_name, answer) => {
    const world = await holedWorld();
    answer(world);
    world.host.clock.advance(9_999);
    await world.settle();
    expect(world.said('members')).toHaveLength(1);
    world.host.clock.advance(1);
    await world.settle();
    expect(world.said('members')).toHaveLength(2);
    world.tell(members(5));
    world.host.clock.advance(60_000);
    await world.settle();
    expect(world.said('members')).toHaveLength(2);
    expect(world.client.room('a').getSnapshot().synced).toBe(true);
  });

  test('answers that leave the hole are not asked for without pause, and not given up', async () => {
    const world = await holedWorld();
    for (let each = 0; each < 50; each++) {
      world.tell(members(0));
      world.tell(entered(5));
      await world.settle();
    }
    expect(world.said('members')).toHaveLength(3);
    world.host.clock.advance(10_000);
    await world.settle();
    expect(world.said('members')).toHaveLength(4);
  });

  test.each([
    ['left', (world: RoomsWorld & { readonly leave: () => void }) => world.leave()],
    ['joined anew', (world: RoomsWorld) => world.tell({ t: 'resync', room: 'a' })],
    ['denied', (world: RoomsWorld) => refuse(world, { join: 1 })],
    ['put off', (world: RoomsWorld) => refuse(world, { join: 1, retryAfterMs: 100_000 })],
  ])('nobody asks on for a room that was %s', async (_name, end) => {
    const world = await holedWorld();
    const release = world.client.retain();
    end(world);
    world.host.clock.advance(30_000);
    await world.settle();
    expect(world.said('members')).toHaveLength(1);
    release();
  });
});

describe('places', () => {
  test('an answer from further back in the same stream: nothing is heard twice', async () => {
    const world = await joinedWorld();
    const heard = heardIn(world);
    for (const offset of [1, 2, 3]) tellMessage(world, offset);
    await comeBack(world);
    world.joined('a', { offset: 1, messages: [] });
    for (const offset of [2, 3, 4]) tellMessage(world, offset);
    expect(heard).toEqual([1, 2, 3, 4]);
    expect(world.client.room('a').getSnapshot()).toMatchObject({ cursor: { offset: 4 }, gap: null });
  });

  test('messages past the place that an answer names count', async () => {
    const world = await joinedWorld();
    const heard = heardIn(world);
    await comeBack(world);
    world.joined('a', { offset: 1, messages: frames(1, 2) });
    for (const offset of [2, 3]) tellMessage(world, offset);
    expect(heard).toEqual([1, 2, 3]);
  });

  test('another stream begins where it says, also further back', async () => {
    const world = await joinedWorld();
    for (const offset of [1, 2, 3]) tellMessage(world, offset);
    await comeBack(world);
    world.joined('a', { epoch: 'e2', offset: 1, messages: frames(1) });
    const heard = heardIn(world);
    tellMessage(world, 2);
    expect(heard).toEqual([2]);
  });

  test('what is sent while the answer is heard is said once, after what waited', async () => {
    const world = await joinedWorld();
    const room = world.client.room('a');
    room.on('message', ({ data }) => void room.send(`re ${String(data)}`));
    world.far.last.drop();
    room.send('waited');
    world.host.clock.advance(600);
    world.welcome();
    await world.settle();
    world.joined('a', { offset: 1, messages: frames(1) });
    await world.settle();
    expect(world.said('publish').map(({ data }) => data)).toEqual(['waited', 're 1']);
  });
});

describe('older messages', () => {
  test('are asked for by the places of this stream', async () => {
    const world = createRoomsWorld();
    watch(world, 'a');
    world.welcome();
    await world.settle();
    world.joined('a', { offset: 12, messages: frames(11, 12), more: true });
    await comeBack(world);
    world.joined('a', { epoch: 'e2', offset: 502, messages: frames(501, 502), more: true });
    const older = world.client.room('a').loadOlder();
    await world.settle();
    expect(world.said('history')).toMatchObject([{ before: 501 }]);
    world.tell({ t: 'history', room: 'a', request: 1, messages: frames(499, 500), more: false });
    expect(await older).toBe(false);
    expect(
      world.client
        .room('a')
        .getSnapshot()
        .messages.map(({ offset }) => offset),
    ).toEqual([...[11, 12, 499, 500, 501, 502]]);
  });

  test('where nothing of this stream is kept: from its end', async () => {
    const world = createRoomsWorld();
    watch(world, 'a');
    world.welcome();
    await world.settle();
    world.joined('a', { offset: 12, messages: frames(11, 12), more: true });
    await comeBack(world);
    world.joined('a', { epoch: 'e2', offset: 5, messages: [], more: true });
    world.client
      .room('a')
      .loadOlder()
      .catch(() => {});
    await world.settle();
    expect(world.said('history')).toMatchObject([{ before: 6 }]);
  });

  test('asked for in the moment in which the client itself asks: one question, and both hear of it', async () => {
    const world = createRoomsWorld({ flush: 'microtask' });
    world.client.room('a', { history: 10 }).subscribe(() => {});
    world.welcome();
    await world.settle();
    world.client.room('a', { history: 50 }).subscribe(() => {});
    world.joined('a', { offset: 90, messages: frames(90), more: true });
    const older = world.client.room('a').loadOlder(5); // the answer to the join has not been looked at yet
    await world.settle();
    const asked = world.said('history');
    expect(asked).toHaveLength(1);
    const { request } = asked[0] as unknown as { readonly request: number };
    world.tell({ t: 'history', room: 'a', request, messages: frames(88, 89), more: true });
    expect(await older).toBe(true);
  });

  test.each([
    [Infinity, 1e6],
    [1.5, 1],
    [-1, 0],
    [NaN, 0],
  ])('a number that is none (%d) is one when it is said (%d)', async (given, said) => {
    const world = createRoomsWorld();
    world.client.room('a', { history: given }).subscribe(() => {});
    world.welcome();
    await world.settle();
    expect(world.said('join')).toMatchObject([{ history: said }]);
    world.joined('a', { offset: 9, more: false });
    world.client
      .room('a')
      .loadOlder(given)
      .catch(() => {});
    await world.settle();
    expect(world.said('history')).toMatchObject([{ limit: said }]);
  });
});

describe('codes and names', () => {
  test.each(['constructor', '__proto__', 'toString', 'of a newer version'])(
    'a code that nobody knows (%s) is a refusal',
    async (code) => {
      const world = await joinedWorld();
      const { id, done } = world.client.room('a').send('x');
      refuse(world, { code, id });
      expect(await done).toMatchObject({ status: 'refused', error: { kind: 'refused', reason: code } });
    },
  );

  test.each(['soon', -1, 0.5, 1e300])('a delay that is none (%s) is a fault of the server', async (retryAfterMs) => {
    const world = await joinedWorld();
    const { id } = world.client.room('a').send('x');
    refuse(world, { code: 'rate-limited', id, retryAfterMs });
    expect(world.errors).toMatchObject([{ kind: 'protocol' }]);
  });

  test.each(['', 'x'.repeat(129), 'a\nb'])('a name that no room has is thrown at the caller (%#)', (name) => {
    const world = createRoomsWorld();
    const config = expect.objectContaining({ kind: 'config' });
    expect(() => world.client.room(name)).toThrow(config);
    expect(() => world.client.room({ id: name })).toThrow(config);
    expect(() => world.client.room('x'.repeat(128))).not.toThrow();
    expect(() => world.client.room('a').send('x', { id: 'x'.repeat(129) })).toThrow(/1 to 128 characters/);
  });
});

describe('leaving and changing', () => {
  test('another user: what the first one wrote is not published as the second one’s', async () => {
    const world = await joinedWorld();
    world.far.last.drop({ code: 1006 });
    const { done } = world.client.room('a').send('mine');
    world.host.clock.advance(600);
    world.welcome('somebody else');
    await world.settle();
    world.joined('a');
    await world.settle();
    expect([(await done).status, world.said('publish')]).toEqual(['dropped', []]);
  });

  test('a volatile message keeps no room', async () => {
    const world = createRoomsWorld();
    const leave = watch(world, 'a');
    world.welcome();
    world.client.room('a').send('x', { volatile: true });
    leave();
    world.host.clock.advance(1_000);
    expect([[...world.client.getSnapshot().rooms.keys()], world.far.live]).toEqual([[], 0]);
  });
});
