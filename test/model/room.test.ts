// @vitest-environment node
// One room: joins and their ends, messages in the room's order and ours among them, what comes back after a cut, what nobody may break.

import { describe, expect, test } from 'vitest';
import { RealtimeError } from '../../src/base/error.js';
import type { PresenceHappening } from '../../src/model/presence.js';
import {
  initialRoom,
  reduceRoom,
  type RoomEvent,
  type RoomGap,
  type RoomModel,
  type RoomState,
  roomStateOf,
} from '../../src/model/room.js';
import type { JoinedFrame, PresenceEntry, RoomFrame } from '../../src/protocol/rooms-frames.js';
import { overSeeds } from '../support/seed.js';

const ME = 'me';
const frame = (offset: number, from: string | null = 'ann', id = `${from}-${offset}`): RoomFrame => ({
  ...{ offset, from, id },
  data: offset,
  at: offset,
});
const said = (offset: number, from?: string | null, id?: string): RoomEvent => ({
  type: 'message',
  frame: frame(offset, from, id),
});
const range = (first: number, last: number): RoomFrame[] =>
  Array.from({ length: last - first + 1 }, (_, index) => frame(first + index));
const joining = (join = 1, presence: Record<string, unknown> | null = null): RoomEvent => ({
  type: 'joining',
  join,
  presence,
});
function joined(offset: number, more: Partial<JoinedFrame> & { readonly gap?: never } = {}, gap?: RoomGap): RoomEvent {
  const given: JoinedFrame = { ...{ t: 'joined', room: 'r', join: 1, epoch: 'e', offset }, messages: [], more: false };
  return { type: 'joined', frame: { ...given, ...more }, gap };
}
const sending = (id: string): RoomEvent => ({ type: 'sending', message: { id, data: id, at: 1, type: 'message' } });
const acked = (id: string, offset: number, epoch = 'e'): RoomEvent => ({ type: 'acked', id, epoch, offset, at: 99 });
const error = new RealtimeError('timeout', 'Nobody answered.');
const failed = (id: string): RoomEvent => ({ type: 'failed', id, error });
const cut: RoomEvent = { type: 'cut' };
const self: RoomEvent = { type: 'self', user: ME, connection: 'c1' };
const entry = (user: string, data = {}): PresenceEntry => ({ user, connection: user, n: 1, data, joinedAt: 1 });
const members = (seq: number, ...users: readonly string[]): RoomEvent => ({
  type: 'presence',
  event: { type: 'members', seq, members: users.map((user) => entry(user)) },
});

function fold(events: readonly RoomEvent[], room: RoomModel = initialRoom('r'), limit = 100): RoomModel {
  return reduceRoom(room, events, limit).room;
}
const see = (events: readonly RoomEvent[], room?: RoomModel, limit?: number): RoomState =>
  roomStateOf(fold(events, room, limit));
/** `id@offset`, with a mark on what is not sent. */
const list = ({ messages }: RoomState): readonly string[] =>
  messages.map(({ id, offset, state }) => `${id}@${offset}${{ pending: '?', sent: '', failed: '!' }[state]}`);
const inRoom = fold([self, joining(), joined(0)]);

describe('joining', () => {
  test('a room is idle, joining, joined, rejoining, left', () => {
    let room = initialRoom('r');
    const statuses = [
      joining(1),
      joined(0),
      cut,
      joining(2),
      joined(0, { join: 2 }),
      joining(3),
      { type: 'left' } as const,
    ].map((event) => (room = fold([event], room)).status);
    expect(statuses).toEqual(['joining', 'joined', 'rejoining', 'rejoining', 'joined', 'rejoining', 'left']);
    expect(fold([cut], initialRoom('r')).status).toBe('idle');
    expect(fold([joining(), cut]).status).toBe('joining');
  });

  test('what answers an older join is ignored, and an answer that comes twice', () => {
    const room = fold([self, joining(1), joining(2)]);
    expect(fold([joined(5, { join: 1, messages: range(5, 5) })], room)).toBe(room);
    const there = fold([joined(5, { join: 2 })], room);
    expect(fold([joined(9, { join: 2 })], there)).toBe(there);
    const gone = fold([cut], there);
    expect(fold([joined(9, { join: 2 }), { type: 'denied', join: 2, error }], gone)).toBe(gone);
  });

  test('denied: with the reason, nobody seen, nothing shown of us', () => {
    const room = fold([self, joining(1, { x: 1 }), joined(3, { messages: range(1, 3) }), members(0, 'ann')]);
    const state = see([{ type: 'denied', join: 1, error }], room);
    expect(state).toMatchObject({ status: 'denied', error, self: { user: ME, presence: null }, synced: false });
    expect([state.members.size, state.messages.length]).toEqual([0, 3]);
    const again = see([joining(2, { x: 1 })], fold([{ type: 'denied', join: 1, error }], room));
    expect(again).toMatchObject({ status: 'joining', error: null, self: { presence: { x: 1 } } });
  });

  test('a place before the first message; older ones can be loaded if there are any', () => {
    expect(see([joining(), joined(0)])).toMatchObject({ cursor: { epoch: 'e', offset: 0 }, more: false, count: 0 });
    const state = see([joining(), joined(7, { messages: range(5, 7), more: true })]);
    expect(state).toMatchObject({ cursor: { epoch: 'e', offset: 7 }, more: true, count: 3 });
    expect(see([joining(), joined(7, { messages: range(1, 7), more: true })]).more).toBe(false);
  });

  test('a gap stays until it is cleared, or the room is left', () => {
    const gap: RoomGap = { reason: 'expired', after: { epoch: 'e', offset: 0 }, before: null, missed: 4 };
    const room = fold([cut, joining(2), joined(5, { join: 2 }, gap)], inRoom);
    expect(see([cut, joining(3), joined(5, { join: 3 })], room).gap).toBe(gap);
    expect(see([{ type: 'clear' }], room).gap).toBeNull();
    expect(see([{ type: 'left' }], room).gap).toBeNull();
    expect(see([{ type: 'gap', gap }], inRoom).gap).toBe(gap);
  });
});

describe('messages of others', () => {
  test('in order, each once, with what was left out filled in', () => {
    const plain = { offset: 1, id: 'm', data: 1, at: 5 } as unknown as RoomFrame;
    const state = see([{ type: 'message', frame: plain }, said(2), said(2), said(1), said(3)], inRoom);
    expect(list(state)).toEqual(['m@1', 'ann-2@2', 'ann-3@3']);
    expect(state.messages[0]).toEqual({
      id: 'm',
      from: null,
      data: 1,
      type: 'message',
      at: 5,
      offset: 1,
      state: 'sent',
    });
    expect(state).toMatchObject({ count: 3, cursor: { offset: 3 } });
  });

  test.each([
    ['before the answer to a join', fold([self, joining()])],
    ['while cut', fold([cut], inRoom)],
    ['after leaving', fold([{ type: 'left' }], inRoom)],
    ['in a room nobody joined', initialRoom('r')],
  ])('%s: nothing', (_name, room) => {
    expect(fold([said(1), { type: 'skipped', offset: 1 }], room)).toBe(room);
  });

  test('bounded; what falls out can be loaded again', () => {
    const state = see(
      range(1, 20).map((each) => said(each.offset)),
      inRoom,
      5,
    );
    expect(list(state).map((each) => each.split('@')[1])).toEqual(['16', '17', '18', '19', '20']);
    expect(state).toMatchObject({ count: 20, more: true });
    expect(see([said(1)], inRoom, 0)).toMatchObject({ messages: [], count: 1, cursor: { offset: 1 } });
  });

  test('one that is not shown still has its place', () => {
    const state = see([{ type: 'skipped', offset: 1 }, said(1), said(2)], inRoom);
    expect([list(state), state.count]).toEqual([['ann-2@2'], 1]);
  });

  test('a batch is folded as one, and an older state stays what it was', () => {
    const before = fold([said(1)], inRoom);
    const { messages } = roomStateOf(before);
    const after = roomStateOf(fold([said(2), sending('a')], before));
    expect(roomStateOf(before).messages).toBe(messages);
    expect(messages).toHaveLength(1);
    expect(after.messages).toBe(after.messages);
    expect(list(see([said(2, 'bob')], before))).toEqual(['ann-1@1', 'bob-2@2']);
  });

  test('messages keep their identity while other things change', () => {
    const room = fold([joining(2), joined(3, { join: 2, messages: range(1, 3) }), sending('a')], inRoom);
    const next = fold([members(0, 'ann'), { type: 'self', presence: { x: 1 } }, cut, joining(3)], room);
    expect(next).not.toBe(room);
    expect(roomStateOf(next).messages).toBe(roomStateOf(room).messages);
  });
});

describe('our messages', () => {
  test('are seen at once, from us, and replaced by their echo, once, in its place', () => {
    const room = fold([sending('a'), sending('b')], inRoom);
    expect(list(roomStateOf(room))).toEqual(['a@null?', 'b@null?']);
    expect(roomStateOf(room).messages[0]).toMatchObject({ from: ME, data: 'a', at: 1, state: 'pending' });
    const echoed = fold([said(1), said(2, ME, 'b')], room);
    expect(list(roomStateOf(echoed))).toEqual(['ann-1@1', 'b@2', 'a@null?']);
    expect(list(see([acked('b', 2), said(3, ME, 'a'), said(3, ME, 'a')], echoed))).toEqual(['ann-1@1', 'b@2', 'a@3']);
  });

  test('an answer that gives the next place makes them one of the room; the echo is a repeat', () => {
    const state = see([sending('a'), acked('a', 1), said(1, ME, 'a'), said(2)], inRoom);
    expect([list(state), state.count]).toEqual([['a@1', 'ann-2@2'], 2]);
    expect(state.messages[0]).toMatchObject({ at: 99, state: 'sent', from: ME });
  });

  test('an answer that is ahead of the room waits for it', () => {
    const room = fold([sending('a'), sending('b'), acked('a', 3), acked('b', 4)], inRoom);
    expect([list(roomStateOf(room)), room.messages.cursor?.offset]).toEqual([['a@3', 'b@4'], 0]);
    const state = see([said(1)], room);
    expect([list(state), state.cursor?.offset]).toEqual([['ann-1@1', 'a@3', 'b@4'], 1]);
    // what comes before them arrives: nobody else can have the places after it
    const next = see([said(1), said(2), said(3, ME, 'a'), said(5)], room);
    expect([list(next), next.count]).toEqual([['ann-1@1', 'ann-2@2', 'a@3', 'b@4', 'ann-5@5'], 5]);
  });

  test('answers in any order', () => {
    expect(list(see([sending('a'), sending('b'), acked('b', 2), acked('a', 1)], inRoom))).toEqual(['a@1', 'b@2']);
  });

  test('a join that passes an acknowledged one without bringing it: it stands in its place', () => {
    const room = fold([sending('a'), acked('a', 3), cut, joining(2)], fold([said(1)], inRoom));
    const state = see([joined(9, { join: 2, messages: range(7, 9) })], room);
    expect([list(state), state.count]).toEqual([['ann-1@1', 'a@3', 'ann-7@7', 'ann-8@8', 'ann-9@9'], 5]);
  });

  test('said again after a cut, and answered with the first place, which the room has passed', () => {
    const room = fold([sending('a'), cut, joining(2), joined(9, { join: 2, messages: range(7, 9) })], inRoom);
    expect(list(see([acked('a', 8)], room))).toEqual(['ann-7@7', 'ann-8@8', 'ann-9@9']);
    expect(list(see([acked('a', 4)], room))).toEqual(['a@4', 'ann-7@7', 'ann-8@8', 'ann-9@9']);
  });

  test('a join that brings our own message brings it once', () => {
    const room = fold([sending('a'), sending('b'), cut, joining(2)], inRoom);
    const state = see([joined(2, { join: 2, messages: [frame(1), frame(2, ME, 'a')] }), acked('a', 2)], room);
    expect(list(state)).toEqual(['ann-1@1', 'a@2', 'b@null?']);
  });

  test('another user may use the same id', () => {
    const room = fold([sending('a'), said(1, 'ann', 'a'), said(2, null, 'a')], inRoom);
    expect(list(roomStateOf(room))).toEqual(['a@1', 'a@2', 'a@null?']);
    const state = see([said(3, ME, 'a')], room);
    expect(state.messages.map(({ from, offset }) => [from, offset])).toEqual([
      ['ann', 1],
      [null, 2],
      [ME, 3],
    ]);
  });

  test('nobody is taken for us before the server says who we are', () => {
    const room = fold([joining(), joined(0), sending('a'), said(1, null, 'a')]);
    expect(list(roomStateOf(room))).toEqual(['a@1', 'a@null?']);
    const known = see([self], room);
    expect(known.messages[1]?.from).toBe(ME);
    expect(known.messages[0]?.from).toBeNull();
  });

  test('failed: at the end with the reason, until it is tried again or cleared', () => {
    const room = fold([sending('a'), failed('a'), sending('b'), said(1)], inRoom);
    expect(list(roomStateOf(room))).toEqual(['ann-1@1', 'a@null!', 'b@null?']);
    expect(roomStateOf(room).messages[1]?.error).toBe(error);
    const again = see([{ type: 'retrying', id: 'a' }], room);
    expect(list(again)).toEqual(['ann-1@1', 'b@null?', 'a@null?']);
    expect('error' in (again.messages[2] ?? {})).toBe(false);
    expect(list(see([{ type: 'clear' }], room))).toEqual(['b@null?']);
  });

  test('failed for all that we knew, and there after all: by its echo, or a late answer', () => {
    const room = fold([sending('a'), failed('a')], inRoom);
    expect(list(see([said(1, ME, 'a')], room))).toEqual(['a@1']);
    const late = see([acked('a', 1)], room);
    expect(list(late)).toEqual(['a@1']);
    expect('error' in (late.messages[0] ?? {})).toBe(false);
  });

  test('withdrawn: gone', () => {
    expect(list(see([sending('a'), sending('b'), { type: 'withdrawn', id: 'a' }], inRoom))).toEqual(['b@null?']);
  });

  test('what the server has neither fails nor is withdrawn', () => {
    const room = fold([sending('a'), acked('a', 3)], inRoom);
    expect(fold([failed('a'), { type: 'withdrawn', id: 'a' }, { type: 'retrying', id: 'a' }, sending('a')], room)).toBe(
      room,
    );
  });

  test('clear leaves what is on its way', () => {
    const state = see([said(1), said(2), sending('a'), { type: 'clear' }], inRoom);
    expect([list(state), state.count, state.more]).toEqual([['a@null?'], 2, true]);
  });
});

describe('another epoch', () => {
  const before = fold([said(1), said(2), sending('a'), acked('a', 5)], inRoom);
  const next = fold([cut, joining(2), joined(3, { join: 2, epoch: 'f', messages: range(2, 3) })], before);

  test('what happened stays, and its offsets mean nothing to the new ones', () => {
    expect(list(roomStateOf(next))).toEqual(['ann-1@1', 'ann-2@2', 'a@5', 'ann-2@2', 'ann-3@3']);
    expect(next.messages.cursor).toEqual({ epoch: 'f', offset: 3 });
    expect(list(see([said(4)], next)).at(-1)).toBe('ann-4@4');
  });

  test('an answer with a place of the old one: sent, before the new ones', () => {
    const state = see([sending('b'), acked('b', 6, 'e')], next);
    expect(list(state)).toEqual(['ann-1@1', 'ann-2@2', 'a@5', 'b@6', 'ann-2@2', 'ann-3@3']);
    expect(state.cursor).toEqual({ epoch: 'f', offset: 3 });
  });

  test('an answer from an epoch that we have not heard of waits for the join that tells of it', () => {
    const room = fold([sending('b'), acked('b', 1, 'g'), sending('c'), acked('c', 2, 'g')], next);
    expect(list(roomStateOf(room)).slice(5)).toEqual(['b@1', 'c@2']);
    const told = see([joining(3), joined(2, { join: 3, epoch: 'g', messages: [frame(1, ME, 'b')] })], room);
    expect(list(told).slice(5)).toEqual(['b@1', 'c@2']);
    const other = see([joining(3), joined(1, { join: 3, epoch: 'h', messages: [frame(1)] })], room);
    expect(list(other).slice(5)).toEqual(['b@1', 'c@2', 'ann-1@1']);
  });

  test('paging back goes before the new ones, not before the old', () => {
    const state = see([{ type: 'older', messages: range(1, 2), more: false }], next);
    expect(list(state)).toEqual(['ann-1@1', 'ann-2@2', 'a@5', 'ann-1@1', 'ann-2@2', 'ann-3@3']);
  });
});

describe('paging back', () => {
  const room = fold([joining(2), joined(200, { join: 2, messages: range(191, 200), more: true })], inRoom, 10);
  const older = (first: number, last: number, more = true): RoomEvent => ({
    type: 'older',
    messages: range(first, last),
    more,
  });
  const offsets = ({ messages }: RoomState): readonly unknown[] => [messages.length, messages[0]?.offset];

  test('older ones come before, and the next message does not undo it', () => {
    const state = see([older(171, 190), said(201)], room, 10);
    expect([...offsets(state), state.more, state.count]).toEqual([30, 172, true, 11]);
    expect(offsets(see([older(171, 190), older(151, 170)], room, 10))).toEqual([50, 151]);
    expect(see([older(1, 190, false)], room, 10)).toMatchObject({ more: false, count: 10 });
  });

  test('repeats, and what is in no order, are left out', () => {
    const messages = [frame(188), frame(187), frame(189), frame(189), frame(195), frame(190), frame(0)];
    const state = see([{ type: 'older', messages, more: false }], room, 100);
    expect(state.messages.slice(0, 4).map(({ offset }) => offset)).toEqual([188, 189, 190, 191]);
    expect(fold([older(191, 200)], room, 10)).toBe(room);
  });

  test('where none are kept, they come before the place', () => {
    expect(offsets(see([older(199, 205)], fold([joining(2), joined(200, { join: 2 })], inRoom, 0), 0))).toEqual([
      2, 199,
    ]);
  });

  test('at most 10,000, and then there is nothing more to load', () => {
    const far = fold(
      [joining(2), joined(50_000, { join: 2, messages: range(49_991, 50_000), more: true })],
      inRoom,
      10,
    );
    const full = see([older(39_000, 49_990)], far, 10);
    expect([...offsets(full), full.more]).toEqual([10_000, 40_001, false]);
    const next = see([older(39_000, 49_990), said(50_001), older(30_000, 40_001)], far, 10);
    expect([...offsets(next), next.more]).toEqual([10_000, 40_002, false]);
  });

  test('our own, of an earlier day, is no longer on its way', () => {
    const state = see([sending('a'), { type: 'older', messages: [frame(190, ME, 'a')], more: true }], room);
    expect(state.messages.filter(({ id }) => id === 'a')).toHaveLength(1);
  });

  test('before any join: nothing', () => {
    const idle = initialRoom('r');
    expect(fold([older(1, 2)], idle)).toBe(idle);
  });
});

describe('presence', () => {
  test('those in the room; what others did is handed out', () => {
    const { room, happened } = reduceRoom(inRoom, [members(0, 'ann'), said(1), members(1, 'ann', 'bob')], 100);
    expect(happened.map(({ type, member }: PresenceHappening) => `${type} ${member.id}`)).toEqual(['enter bob']);
    expect(roomStateOf(room)).toMatchObject({ synced: true });
    expect([...roomStateOf(room).members.keys()]).toEqual(['ann', 'bob']);
  });

  test('a cut keeps the view and says that it is old; the next join begins with a snapshot', () => {
    const room = fold([members(4, 'ann'), cut], inRoom);
    expect([roomStateOf(room).synced, roomStateOf(room).members.size]).toEqual([false, 1]);
    const early: RoomEvent = {
      type: 'presence',
      event: { type: 'presence', seq: 1, changes: [{ op: 'enter', entry: entry('bob') }] },
    };
    const back = fold([joining(2), early, joined(0, { join: 2 }), members(0, 'ann')], room);
    expect([...roomStateOf(back).members.keys()]).toEqual(['ann', 'bob']);
    expect(roomStateOf(back).synced).toBe(true);
  });

  test('F8 nobody else removes what we show', () => {
    const room = fold([joining(2, { x: 1 }), joined(0, { join: 2 }), members(0, ME)], inRoom);
    const leave: RoomEvent = {
      type: 'presence',
      event: { type: 'presence', seq: 1, changes: [{ op: 'leave', user: ME, connection: ME, n: 1 }] },
    };
    expect(see([leave], room).self.presence).toEqual({ x: 1 });
    expect(see([members(1), cut], room).self.presence).toEqual({ x: 1 });
  });

  test('leaving forgets everybody and ourselves; of a room that nobody is in, nothing is heard', () => {
    const room = fold([joining(2, { x: 1 }), joined(0, { join: 2 }), members(0, 'ann'), { type: 'left' }], inRoom);
    expect(roomStateOf(room)).toMatchObject({ status: 'left', self: { user: ME, presence: null }, synced: false });
    expect(roomStateOf(room).members.size).toBe(0);
    expect(fold([members(0, 'ann'), { type: 'left' }], room)).toBe(room);
  });

  test('who we are: what is left out stays', () => {
    const room = fold([{ type: 'self', presence: { x: 1 } }], inRoom);
    expect(room.self).toEqual({ user: ME, connection: 'c1', presence: { x: 1 } });
    expect(fold([{ type: 'self', user: ME }], room)).toBe(room);
    expect(see([{ type: 'self', presence: null, connection: 'c2' }], room).self).toEqual({
      ...{ user: ME, connection: 'c2', presence: null },
    });
  });
});

describe('hostile', () => {
  test('answers for what is unknown, and answers twice', () => {
    expect(
      fold([acked('z', 1), failed('z'), { type: 'withdrawn', id: 'z' }, { type: 'retrying', id: 'z' }], inRoom),
    ).toBe(inRoom);
    const state = see([sending('a'), acked('a', 1), acked('a', 1), acked('a', 2), said(2)], inRoom);
    expect(list(state)).toEqual(['a@1', 'ann-2@2']);
    expect(list(see([sending('b'), acked('b', 4), acked('b', 2)], inRoom))).toEqual(['b@4']);
  });

  test('two answers with one place: the message that is there stays', () => {
    expect(list(see([sending('a'), sending('b'), acked('a', 1), acked('b', 1)], inRoom))).toEqual(['a@1']);
  });

  test('a server that goes back within an epoch: what was shown is not shown again', () => {
    const room = fold([...range(1, 9).map((each) => said(each.offset)), cut, joining(2)], inRoom);
    const state = see([joined(3, { join: 2, messages: [frame(3), frame(2), frame(12), frame(11)] }), said(4)], room);
    expect(list(state).slice(8)).toEqual(['ann-9@9', 'ann-12@12']);
    expect(state.cursor?.offset).toBe(12);
  });

  test('__proto__ is a name like any other', () => {
    const room = fold(
      [sending('__proto__'), sending('constructor')],
      fold([self, joining(), joined(0)], initialRoom('__proto__')),
    );
    expect(roomStateOf(room).id).toBe('__proto__');
    expect(list(see([acked('__proto__', 1), said(2, ME, 'constructor')], room))).toEqual([
      '__proto__@1',
      'constructor@2',
    ]);
    expect(see([members(0, '__proto__')], room).members.get('__proto__')?.id).toBe('__proto__');
  });

  test('ten thousand on their way: the newest 2,000 are kept; failed ones go first', () => {
    const many = Array.from({ length: 10_000 }, (_, n) => sending(`m${n}`));
    const { messages } = see(many, inRoom);
    expect([messages.length, messages[0]?.id, messages.at(-1)?.id]).toEqual([2_000, 'm8000', 'm9999']);
    const mixed = see([...many.slice(0, 2_000), failed('m7'), failed('m9'), sending('x')], inRoom);
    expect(mixed.messages.length).toBe(2_000);
    expect(mixed.messages.some(({ id }) => id === 'm7')).toBe(false);
    expect(mixed.messages.some(({ id }) => id === 'm0')).toBe(true);
  });
});

test('a long room copies no message twice in a fold', () => {
  let room = inRoom;
  const logs = new Set<unknown>();
  for (let offset = 1; offset <= 20_000; offset++) {
    room = fold([said(offset)], room);
    logs.add((room.messages.confirmed as unknown as { readonly log: unknown }).log);
  }
  expect(roomStateOf(room)).toMatchObject({ count: 20_000, more: true });
  expect(logs.size).toBeLessThan(20_000 / 100);
});

test('random logs: each offset of an epoch at most once and in order, ours at most once', { timeout: 30_000 }, () => {
  overSeeds(2_000, ({ below, pick }) => {
    let room = fold([self, joining(1), joined(0, { epoch: 'e0' })]);
    let join = 1;
    let epoch = 0;
    let server: RoomFrame[] = [];
    let told = 0; // of them
    let ids = 0;
    const ours = new Map<string, number>(); // without an answer, by their place or 0
    const push = (...events: readonly RoomEvent[]): void => void (room = fold(events, room, 1_000));
    const publish = (from: string, id: string): number => server.push({ ...frame(server.length + 1, from, id) });
    const steps: readonly (() => void)[] = [
      () => void publish('ann', `ann-${++ids}`),
      () => {
        const id = `m${++ids}`;
        push(sending(id));
        ours.set(id, 0);
      },
      () => {
        for (const [id, place] of ours) if (!place && below(2)) ours.set(id, publish(ME, id));
      },
      () => {
        for (const [id, place] of ours) if (place && below(2) && ours.delete(id)) push(acked(id, place, `e${epoch}`));
      },
      () => {
        const next = server[told];
        if (next && room.status === 'joined') push({ type: 'message', frame: server[told++] ?? next });
      },
      () => {
        const [id] = [...ours.keys()];
        if (id !== undefined && below(4) === 0) push(failed(id), { type: 'retrying', id });
      },
      () => {
        if (below(4) > 0) return;
        push(cut);
        if (below(4) === 0) {
          epoch++;
          server = [];
          told = 0;
          ours.clear();
        }
        const place = room.messages.cursor;
        const since = place?.epoch === `e${epoch}` ? place.offset : 0;
        const frames = server.slice(below(3) ? since : Math.max(since, server.length - 2));
        push(joining(++join), joined(server.length, { join, epoch: `e${epoch}`, messages: frames, more: false }));
        told = server.length;
      },
      () => push({ type: 'message', frame: pick([frame(1), frame(below(5))]) }),
    ];
    for (let step = 0; step < 60; step++) {
      pick(steps)();
      const { confirmed, current, cursor } = room.messages;
      let last = 0;
      for (const { offset } of confirmed.items.slice(confirmed.length - current)) {
        if ((offset ?? 0) <= last) throw new Error(`${offset} after ${last}`);
        last = offset ?? 0;
      }
      if (last > (cursor?.offset ?? 0)) throw new Error(`${last}, and the place is ${cursor?.offset}`);
      const mine = confirmed.items.filter(({ id }) => id.startsWith('m')).map(({ id }) => id);
      mine.push(...room.messages.ours.byId.keys());
      if (new Set(mine).size < mine.length) throw new Error(`twice: ${mine.join(' ')}`);
    }
  });
});
