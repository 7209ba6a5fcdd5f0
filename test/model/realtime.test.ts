// @vitest-environment node
// The root fold: connection, user, rooms; rooms that nothing happened to are the same objects; a log can be cut anywhere.

import { describe, expect, test } from 'vitest';
import { RealtimeError } from '../../src/base/error.js';
import { restingState } from '../../src/connection/status.js';
import {
  initialRealtimeState,
  type RealtimeEvent,
  realtimeReducer,
  type RealtimeState,
} from '../../src/model/realtime.js';
import type { RoomEvent } from '../../src/model/room.js';
import type { JoinedFrame, RoomFrame } from '../../src/protocol/rooms-frames.js';
import { type Chance, overSeeds } from '../support/seed.js';

const of = (room: string, event: RoomEvent, limit?: number): RealtimeEvent => ({ type: 'room', room, event, limit });
const welcome = (id: string, connection = 'c1'): RealtimeEvent => ({ type: 'welcome', user: { id }, connection });
const joining = (join: number): RoomEvent => ({ type: 'joining', join, presence: null });
const frame = (offset: number, from: string | null = 'ann', id = `m${offset}`): RoomFrame => ({
  ...{ offset, from, id },
  data: offset,
  at: offset,
});
const said = (offset: number, from?: string | null, id?: string): RoomEvent => ({
  type: 'message',
  frame: frame(offset, from, id),
});
function joined(join: number, offset: number, rest: Partial<JoinedFrame> = {}): RoomEvent {
  const whole: JoinedFrame = {
    ...{ t: 'joined', room: '', join, epoch: 'e', offset },
    messages: [],
    more: false,
    ...rest,
  };
  return { type: 'joined', frame: whole };
}
const members = (seq: number, ...users: readonly string[]): RoomEvent => ({
  type: 'presence',
  event: {
    type: 'members',
    seq,
    members: users.map((user) => ({ user, connection: '1', n: seq, data: {}, joinedAt: 1 })),
  },
});
const open: RealtimeState['connection'] = { ...restingState, status: 'open', transport: 'websocket', skipped: [] };
const fold = (events: readonly RealtimeEvent[], state = initialRealtimeState): RealtimeState =>
  realtimeReducer(state, events);
const there = fold([
  { type: 'connection', connection: open },
  welcome('me'),
  of('r1', joining(1)),
  of('r2', joining(2)),
  of('r1', joined(1, 0)),
  of('r2', joined(2, 0)),
]);

describe('one batch', () => {
  test('connection, user, rooms', () => {
    expect(there).toMatchObject({ connection: { status: 'open', transport: 'websocket' }, user: { id: 'me' } });
    expect(Array.from(there.rooms.values(), ({ id, status }) => `${id} ${status}`)).toEqual(['r1 joined', 'r2 joined']);
  });

  test('rooms know who we are, whichever came first', () => {
    const early = fold([of('r', joining(1)), welcome('me'), of('s', joining(2))]);
    for (const { self } of early.rooms.values()) expect(self).toEqual({ user: 'me', connection: 'c1', presence: null });
    const other = fold([welcome('you', 'c2')], early);
    for (const { self } of other.rooms.values())
      expect(self).toEqual({ user: 'you', connection: 'c2', presence: null });
  });

  test('nothing happened: the same state', () => {
    expect(fold([], there)).toBe(there);
    expect(
      fold([{ type: 'connection', connection: open }, of('r1', joined(9, 9)), { type: 'forget', room: 'z' }], there),
    ).toBe(there);
  });

  test('a room that nothing happened to is the same object, and so is the map if that is all of them', () => {
    const next = fold([of('r1', said(1))], there);
    expect(next.rooms.get('r2')).toBe(there.rooms.get('r2'));
    expect(next.rooms.get('r1')?.messages).toHaveLength(1);
    expect(there.rooms.get('r1')?.messages).toHaveLength(0);
    expect(fold([{ type: 'connection', connection: { ...open, latencyMs: 3 } }], there).rooms).toBe(there.rooms);
  });

  test('J5 what is said of a room that nobody joined makes none', () => {
    expect(fold([of('z', said(1)), of('z', members(0, 'ann')), of('z', joined(1, 5))], there)).toBe(there);
  });

  test('forgotten, and begun anew', () => {
    const gone = fold([of('r1', said(1)), { type: 'forget', room: 'r1' }], there);
    expect([...gone.rooms.keys()]).toEqual(['r2']);
    const again = fold([{ type: 'forget', room: 'r1' }, of('r1', joining(3))], there).rooms.get('r1');
    expect(again).toMatchObject({ status: 'joining', cursor: null, self: { user: 'me' } });
  });

  test('each event has the bound that it names', () => {
    const many = Array.from({ length: 8 }, (_, n) => of('r1', said(n + 1), n < 7 ? 3 : 2));
    const next = fold([...many, of('r2', said(1)), of('r2', said(2))], there);
    expect(Array.from(next.rooms.values(), ({ messages }) => messages.length)).toEqual([2, 2]);
  });

  test('a welcome takes nothing away from a room that keeps more than the default', () => {
    const many = Array.from({ length: 300 }, (_, n) => of('r1', said(n + 1), 500));
    expect(fold([welcome('you')], fold(many, there)).rooms.get('r1')?.messages).toHaveLength(300);
    expect(fold([...many, welcome('you')], there).rooms.get('r1')?.messages).toHaveLength(300);
  });

  test('__proto__ is a room like any other', () => {
    const next = fold([of('__proto__', joining(3)), of('__proto__', joined(3, 0)), of('__proto__', said(1))], there);
    expect(next.rooms.get('__proto__')?.messages).toHaveLength(1);
    expect(({} as { readonly status?: string }).status).toBeUndefined();
  });

  test('a copy of a room cannot be folded on, and says so', () => {
    const copy = { ...there, rooms: new Map([['r1', structuredClone({ ...there.rooms.get('r1') }) as never]]) };
    expect(() => fold([of('r1', said(1))], copy)).toThrow(RealtimeError);
  });
});

test('a thousand rooms, one event: one room is new', () => {
  const rooms = Array.from({ length: 1_000 }, (_, n) => of(`r${n}`, joining(n + 1)));
  const before = fold(rooms);
  const next = fold([of('r7', joined(8, 0))], before);
  expect([...next.rooms].filter(([id, room]) => before.rooms.get(id) !== room).map(([id]) => id)).toEqual(['r7']);
});

const error = new RealtimeError('lost', 'lost');
/** What may happen to a room, the common more than once. */
const KINDS = [
  ...['joining', 'joined', 'joined', 'message', 'message', 'message', 'message', 'skipped', 'sending', 'sending'],
  ...['acked', 'acked', 'failed', 'withdrawn', 'retrying', 'members', 'presence', 'presence', 'self', 'older'],
  ...['cut', 'denied', 'left', 'clear'],
] as const;

/** Events as they come, and as they never should. */
function randomRoomEvent({ below, pick }: Chance, latest: { join: number }): RoomEvent {
  const id = `m${below(6)}`;
  const offset = below(12);
  const user = pick(['ann', 'me', null]);
  const epoch = pick(['e', 'e', 'e', 'f']);
  const frames = (): RoomFrame[] => Array.from({ length: below(4) }, (_, n) => frame(offset + n, user));
  const type = pick(KINDS);
  switch (type) {
    case 'joining':
      return joining(++latest.join);
    case 'joined':
      return joined(latest.join, offset, { epoch, messages: frames(), more: below(2) === 0 });
    case 'message':
      return said(offset, user, id);
    case 'skipped':
      return { type, offset };
    case 'sending':
      return { type, message: { id, data: 1, at: 1, type: 't' } };
    case 'acked':
      return { type, id, epoch, offset, at: 1 };
    case 'failed':
      return { type, id, error };
    case 'withdrawn':
    case 'retrying':
      return { type, id };
    case 'members':
      return members(below(4), ...['ann', 'bob'].slice(below(3)));
    case 'presence': {
      const data = { x: below(2) };
      const entry = { user: pick(['ann', 'bob']), connection: pick(['1', '2']), n: below(4), data, joinedAt: 1 };
      const change = below(2) ? { op: 'enter' as const, entry } : { ...entry, op: 'leave' as const };
      return { type, event: { type, seq: below(6), changes: [change] } };
    }
    case 'self':
      return { type, presence: pick([null, { x: 1 }]) };
    case 'older':
      return { type, messages: frames(), more: below(2) === 0 };
    case 'denied':
      return { type, join: below(3) ? latest.join + 1 : latest.join, error };
    case 'left':
      return { type: below(3) ? 'cut' : type };
    default:
      return { type };
  }
}

function randomLog(chance: Chance): readonly RealtimeEvent[] {
  const { below, pick } = chance;
  const latest = new Map(['r1', 'r2', '__proto__'].map((room) => [room, { join: 0 }]));
  return Array.from({ length: 80 }, (): RealtimeEvent => {
    const [room, joins] = pick([...latest]);
    const dice = below(24);
    if (dice === 0) return welcome(pick(['me', 'you']));
    if (dice === 1) return { type: 'connection', connection: pick([open, initialRealtimeState.connection]) };
    if (dice === 2) return { type: 'forget', room };
    return of(room, randomRoomEvent(chance, joins), pick([undefined, undefined, 3]));
  });
}

/** All that can be seen, as text: two thousand logs are many comparisons. */
function seen(state: RealtimeState): string {
  const rooms = [...state.rooms.values()].map((room) => ({ ...room, members: [...room.members] }));
  return JSON.stringify({ ...state, rooms: rooms.sort((one, other) => (one.id < other.id ? -1 : 1)) });
}

test(
  'one log, cut into batches anywhere: the same state, and no fold changes an older one',
  { timeout: 60_000 },
  () => {
    overSeeds(2_000, (chance) => {
      const log = randomLog(chance);
      const whole = fold(log);
      let state = initialRealtimeState;
      const past: (readonly [RealtimeState, string])[] = [];
      for (let from = 0; from < log.length;) {
        const to = from + 1 + chance.below(6);
        state = fold(log.slice(from, to), state);
        from = to;
        if (chance.below(30) === 0) past.push([state, seen(state)]);
      }
      expect(seen(state)).toBe(seen(whole));
      for (const [older, then] of past) expect(seen(older)).toBe(then);
    });
  },
);
