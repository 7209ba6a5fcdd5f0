// @vitest-environment node
// The laws of presence, each by its id: what a snapshot, a change, a cut make of the view, and what is said to have happened.

import { describe, expect, test } from 'vitest';
import {
  initialPresence,
  type PresenceData,
  type PresenceEvent,
  type PresenceHappening,
  type PresenceState,
  reducePresence,
} from '../../src/model/presence.js';
import type { PresenceChange, PresenceEntry } from '../../src/protocol/rooms-frames.js';

/** `a/1@2` is the entry of connection 1 of user a, changed for the second time. Connection 1 joined before 2. */
function entry(text: string, data: PresenceData = {}): PresenceEntry {
  const [, user = '', connection = '', n = '1'] = /^(.*)\/(\d+)(?:@(\d+))?$/.exec(text) ?? [];
  return { user, connection, n: Number(n), data, joinedAt: 1_000 + Number(connection) };
}
const enter = (text: string, data?: PresenceData): PresenceChange => ({ op: 'enter', entry: entry(text, data) });
const update = (text: string, data?: PresenceData): PresenceChange => ({ op: 'update', entry: entry(text, data) });
const leave = (text: string): PresenceChange => {
  const { user, connection, n } = entry(text);
  return { op: 'leave', user, connection, n };
};
const members = (seq: number, ...list: readonly (string | PresenceEntry)[]): PresenceEvent => ({
  type: 'members',
  seq,
  members: list.map((each) => (typeof each === 'string' ? entry(each) : each)),
});
const diff = (seq: number, ...changes: readonly PresenceChange[]): PresenceEvent => ({
  type: 'presence',
  seq,
  changes,
});
const cut: PresenceEvent = { type: 'cut' };
const reset: PresenceEvent = { type: 'reset' };

interface Viewer {
  readonly state: PresenceState;
  /** Who is here, with which connections. */
  readonly view: Readonly<Record<string, readonly string[]>>;
  /** What happened since it was asked last. */
  happened(): readonly string[];
  hear(...events: readonly PresenceEvent[]): Viewer;
}
const named = ({ type, member }: PresenceHappening): string => `${type} ${member.id}`;

function viewer(...events: readonly PresenceEvent[]): Viewer {
  let state = initialPresence;
  let log: string[] = [];
  const self: Viewer = {
    get state() {
      return state;
    },
    get view() {
      return Object.fromEntries(
        Array.from(state.members.values(), ({ id, connections }) => [id, connections.map((each) => each.id)]),
      );
    },
    happened() {
      const since = log;
      log = [];
      return since;
    },
    hear(...more) {
      const { state: next, happened } = reducePresence(state, more);
      state = next;
      log.push(...happened.map(named));
      return self;
    },
  };
  self.hear(...events);
  log = [];
  return self;
}
const told = (state: PresenceState, ...events: readonly PresenceEvent[]): readonly PresenceHappening[] =>
  reducePresence(state, events).happened;

describe('A: snapshot and diff', () => {
  test('A1 an empty snapshot: empty, synced', () => {
    const { state, view } = viewer().hear(members(0));
    expect([view, state.synced, state.connections]).toEqual([{}, true, 0]);
  });

  test('A2 those who were there before us have not entered', () => {
    const room = viewer().hear(members(0, 'a/1', 'b/2'));
    expect(room.view).toEqual({ a: ['1'], b: ['2'] });
    expect(room.happened()).toEqual([]);
  });

  test('A3 one enters', () => {
    const room = viewer(members(0, 'a/1')).hear(diff(1, enter('b/2')));
    expect(room.view).toEqual({ a: ['1'], b: ['2'] });
    expect(room.happened()).toEqual(['enter b']);
  });

  test('A4 one leaves, with what they showed last', () => {
    const room = viewer(members(0, 'a/1', entry('b/2', { x: 1 })));
    const gone = room.state.members.get('b');
    expect(told(room.state, diff(1, leave('b/2')))).toEqual([{ type: 'leave', member: gone }]);
    expect(room.hear(diff(1, leave('b/2'))).view).toEqual({ a: ['1'] });
    const changed = viewer(members(0, entry('b/2', { x: 1 }))).state;
    const [last] = told(changed, diff(1, update('b/2@2', { x: 2 }), leave('b/2@2')));
    expect(last).toMatchObject({ type: 'leave', member: { presence: { x: 2 } } });
  });

  test('A5 one leaves who was never seen', () => {
    const room = viewer(members(0, 'a/1'));
    const before = room.state.members;
    room.hear(diff(1, leave('z/9')));
    expect(room.happened()).toEqual([]);
    expect(room.state.members).toBe(before);
  });

  test('A6 the same again, unchanged: the same view', () => {
    const room = viewer(members(0, 'a/1'));
    const before = room.state.members;
    room.hear(diff(1, enter('a/1@1')));
    expect(room.happened()).toEqual([]);
    expect(room.state.members).toBe(before);
  });

  test('A7 one enters and one leaves in one diff', () => {
    const room = viewer(members(0, 'a/1')).hear(diff(1, enter('b/2'), leave('a/1')));
    expect(room.view).toEqual({ b: ['2'] });
    expect([...room.happened()].sort()).toEqual(['enter b', 'leave a']);
  });

  test('A8 one who enters and leaves in one diff has done neither', () => {
    const room = viewer(members(0, 'a/1'));
    const before = room.state.members;
    room.hear(diff(1, enter('b/2'), leave('b/2')));
    expect(room.happened()).toEqual([]);
    expect(room.state.members).toBe(before);
  });

  test('A9 what the caller changes afterwards changes no view: lists, entries, and what they show', () => {
    type Loose = { user: string; n: number; data: Record<string, unknown> };
    const list = [entry('a/1', { x: 1 })];
    const early = [enter('b/2', { x: 1 })];
    const changes = [enter('c/3', { x: 1 })];
    const meddle = (each: PresenceEntry | undefined): void => {
      const loose = each as unknown as Loose;
      loose.user = 'z';
      loose.data['x'] = 2;
    };
    const room = viewer({ type: 'presence', seq: 1, changes: early });
    for (const change of early) if (change.op !== 'leave') meddle(change.entry);
    early.length = 0;
    room.hear({ type: 'members', seq: 0, members: list }, { type: 'presence', seq: 2, changes });
    for (const change of changes) if (change.op !== 'leave') meddle(change.entry);
    meddle(list[0]);
    list.length = 0;
    changes.length = 0;
    expect(room.view).toEqual({ a: ['1'], b: ['2'], c: ['3'] });
    expect(Array.from(room.state.members.values(), ({ presence }) => presence)).toEqual([{ x: 1 }, { x: 1 }, { x: 1 }]);
  });

  test('A10, A11 what happened is told when the view includes it: a fold calls nobody', () => {
    const { state } = viewer(members(0, 'a/1'));
    const { state: next, happened } = reducePresence(state, [diff(1, enter('b/2')), diff(2, leave('b/2'))]);
    expect(happened.map(named)).toEqual(['enter b', 'leave b']);
    expect(next.members.has('b')).toBe(false);
  });

  test('A12 a snapshot of others: exactly who went and who came', () => {
    const room = viewer(members(0, 'a/1', 'b/2', 'c/3'), cut).hear(members(7, 'b/2', 'c/3', 'd/4'));
    expect(room.happened()).toEqual(['leave a', 'enter d']);
    expect(room.view).toEqual({ b: ['2'], c: ['3'], d: ['4'] });
  });

  test('A13 a snapshot of nobody: all left', () => {
    const room = viewer(members(0, 'a/1', 'b/2')).hear(members(1));
    expect(room.happened()).toEqual(['leave a', 'leave b']);
    expect([room.view, room.state.connections]).toEqual([{}, 0]);
  });

  test('A14 the same snapshot again: the same view, the same members', () => {
    const room = viewer(members(0, entry('a/1', { x: { y: [1, null] } })));
    const before = room.state;
    room.hear(members(0, entry('a/1', { x: { y: [1, null] } })), members(3, entry('a/1@4', { x: { y: [1, null] } })));
    expect(room.happened()).toEqual([]);
    expect(room.state.members).toBe(before.members);
  });
});

describe('B: diffs that come before the snapshot', () => {
  test('B1 nothing is seen of them', () => {
    const room = viewer().hear(diff(1, enter('a/1')));
    expect([room.view, room.state.synced, room.happened()]).toEqual([{}, false, []]);
  });

  test('B2 an older snapshot: they count', () => {
    const room = viewer(diff(1, enter('a/1'))).hear(members(0, 'b/2'));
    expect(room.view).toEqual({ b: ['2'], a: ['1'] });
    expect(room.happened()).toEqual([]); // the first view is a whole one
  });

  test('B3 a newer snapshot contains them', () => {
    const room = viewer(diff(1, enter('a/1'))).hear(members(1, 'a/1', 'b/2'));
    expect([room.view, room.state.connections]).toEqual([{ a: ['1'], b: ['2'] }, 2]);
    expect(room.happened()).toEqual([]);
  });

  test('B4 a leave, then an older snapshot: no ghost', () => {
    const room = viewer(diff(1, leave('b/2'))).hear(members(0, 'a/1', 'b/2'));
    expect([room.view, room.happened()]).toEqual([{ a: ['1'] }, []]);
  });

  test('B5 an old leave does not remove who came back', () => {
    expect(viewer(diff(1, leave('b/2'))).hear(members(2, 'b/2@2')).view).toEqual({ b: ['2'] });
    // by its own number too, where the order of the room says nothing
    expect(viewer(diff(3, leave('b/2@1'))).hear(members(2, 'b/2@2')).view).toEqual({ b: ['2'] });
  });

  test('B6 ten thousand diffs without a snapshot: at most 1,000 changes are kept, and a snapshot is asked for', () => {
    const room = viewer();
    for (let seq = 1; seq <= 10_000; seq++) {
      room.hear(diff(seq, ...(seq % 2 ? [enter(`a/${seq}`)] : [])));
      expect(room.state.core.waiting.length).toBeLessThanOrEqual(1_000);
    }
    expect([room.state.lost, room.state.synced]).toEqual([true, false]);
    room.hear(diff(10_001, ...Array.from({ length: 1_001 }, (_, n) => enter(`a/${n}`))));
    expect(room.state.core.waiting).toEqual([]);
    room.hear(diff(10_002, enter('b/2')), members(10_001, 'a/1'));
    expect([room.view, room.state.lost, room.state.synced]).toEqual([{ a: ['1'], b: ['2'] }, false, true]);
  });

  test('B7 while there is no snapshot it says so', () => {
    const room = viewer().hear(diff(1, enter('a/1')), diff(2, enter('b/2')));
    expect([room.state.synced, room.state.lost]).toEqual([false, false]);
    expect(room.hear(members(2, 'a/1', 'b/2')).state.synced).toBe(true);
  });

  test('B8 after a cut: diffs of the new session wait for its snapshot, those of the old one are gone', () => {
    const room = viewer(diff(9, enter('y/8')), members(8, 'a/1'), diff(11, enter('x/7')));
    room.hear(cut, diff(1, enter('z/9')));
    expect(room.view).toEqual({ a: ['1'], y: ['8'] });
    expect(room.hear(members(0, 'a/1')).view).toEqual({ a: ['1'], z: ['9'] });
    expect(room.happened()).toEqual(['leave y', 'enter z']);
  });
});

describe('C: one user, many connections', () => {
  test('C1 a second connection: no second enter', () => {
    const room = viewer(members(0, 'a/1')).hear(diff(1, enter('a/2')));
    expect([room.view, room.happened(), room.state.connections]).toEqual([{ a: ['1', '2'] }, [], 2]);
  });

  test('C2 one of two goes: the user stays', () => {
    const room = viewer(members(0, 'a/1', 'a/2')).hear(diff(1, leave('a/1')));
    expect([room.view, room.happened(), room.state.connections]).toEqual([{ a: ['2'] }, [], 1]);
  });

  test('C3 the last one goes: one leave', () => {
    expect(
      viewer(members(0, 'a/2'))
        .hear(diff(1, leave('a/2')))
        .happened(),
    ).toEqual(['leave a']);
  });

  test('C4 both go in one diff: one leave', () => {
    const room = viewer(members(0, 'a/1', 'a/2')).hear(diff(1, leave('a/1'), leave('a/2')));
    expect([room.view, room.happened()]).toEqual([{}, ['leave a']]);
  });

  test('C5 a snapshot with another connection of the same user', () => {
    const room = viewer(members(0, 'a/1')).hear(members(1, 'a/2'));
    expect([room.view, room.happened()]).toEqual([{ a: ['2'] }, []]);
  });

  test('C6 the oldest connection first, also after updates, whatever came first', () => {
    const room = viewer(members(0, 'a/2')).hear(diff(1, enter('a/1')), diff(2, enter('a/3')), diff(3, update('a/2@2')));
    expect(room.view).toEqual({ a: ['1', '2', '3'] });
  });

  test('a member shows what changed last; when that goes, what changed last before', () => {
    const room = viewer(members(0, entry('a/2', { x: 2 }), entry('a/1', { x: 1 })));
    const shown = (): unknown => room.state.members.get('a')?.presence;
    expect(shown()).toEqual({ x: 2 });
    expect(room.hear(diff(1, update('a/1@2', { x: 3 }))).happened()).toEqual(['update a']);
    expect(shown()).toEqual({ x: 3 });
    expect(room.hear(diff(2, leave('a/1@2'))).happened()).toEqual(['update a']);
    expect(shown()).toEqual({ x: 2 });
  });
});

describe('D: changes of what an entry shows', () => {
  const start = [members(0, entry('a/1', { x: 1 }))];

  test('D1 a change: one update', () => {
    const room = viewer(...start).hear(diff(1, update('a/1@2', { x: 2 })));
    expect(room.happened()).toEqual(['update a']);
    expect(room.state.members.get('a')).toMatchObject({ presence: { x: 2 }, connections: [{ presence: { x: 2 } }] });
  });

  test('D2 a change as leave and enter in one diff: the same', () => {
    const one = viewer(...start).hear(diff(1, update('a/1@2', { x: 2 })));
    const other = viewer(...start).hear(diff(1, leave('a/1@1'), enter('a/1@2', { x: 2 })));
    expect(other.happened()).toEqual(['update a']);
    expect(other.state.members).toEqual(one.state.members);
  });

  test.each([
    ['D3 a late change', update('a/1@1', { x: 0 })],
    ['D4 a late leave', leave('a/1@1')],
    ['D5 the same number again', update('a/1@2', { x: 2 })],
  ])('%s is ignored', (_name, change) => {
    const room = viewer(...start, diff(1, update('a/1@2', { x: 2 })));
    const before = room.state.members;
    expect(room.hear(diff(2, change)).happened()).toEqual([]);
    expect(room.state.members).toBe(before);
  });

  test('a larger number with the same content: the same member, and older ones are old', () => {
    const room = viewer(...start);
    const before = room.state.members;
    room.hear(diff(1, update('a/1@5', { x: 1 })));
    expect([room.happened(), room.state.members === before]).toEqual([[], true]);
    room.hear(diff(2, update('a/1@4', { x: 4 })));
    expect(room.state.members).toBe(before);
  });

  test('D11 a change of one who is unknown is their entering', () => {
    const room = viewer(...start).hear(diff(1, update('b/2@7', { y: 1 })));
    expect(room.happened()).toEqual(['enter b']);
    expect(room.state.members.get('b')?.presence).toEqual({ y: 1 });
  });
});

describe('E: order', () => {
  test('E5 a hole: nothing after it is applied before the next snapshot', () => {
    const room = viewer(members(4, 'a/1'), diff(5, enter('b/2')));
    room.hear(diff(7, enter('d/4')));
    expect([room.view, room.state.lost, room.state.synced]).toEqual([{ a: ['1'], b: ['2'] }, true, false]);
    room.hear(members(6, 'a/1', 'b/2', 'c/3'));
    expect([room.view, room.state.lost, room.state.synced]).toEqual([
      { a: ['1'], b: ['2'], c: ['3'], d: ['4'] },
      false,
      true,
    ]);
    expect(room.happened()).toEqual(['enter c', 'enter d']);
  });

  test('E5 a hole among those that waited: the snapshot counts, and another one is asked for', () => {
    const room = viewer(diff(7, enter('d/4'))).hear(members(5, 'a/1'));
    expect([room.view, room.state.lost, room.state.synced]).toEqual([{ a: ['1'] }, true, false]);
    expect(room.hear(members(6, 'a/1')).view).toEqual({ a: ['1'], d: ['4'] });
  });

  test('E6 repeats are ignored', () => {
    const room = viewer(members(4), diff(5, enter('a/1')), diff(6, leave('a/1')));
    const before = room.state;
    room.hear(diff(5, enter('a/1')), diff(6, enter('a/1')), diff(0, enter('a/1')));
    expect(room.state).toBe(before);
  });

  test('E7 one entry changed twice, in either order: the same view', () => {
    const changes = [update('a/1@2', { by: 'one' }), update('a/1@3', { by: 'other' })] as const;
    const one = viewer(members(0, 'a/1')).hear(diff(1, changes[0]), diff(2, changes[1]));
    const other = viewer(members(0, 'a/1')).hear(diff(1, changes[1]), diff(2, changes[0]));
    expect(other.state.members).toEqual(one.state.members);
    expect(other.state.members.get('a')?.presence).toEqual({ by: 'other' });
  });
});

// F8 to F10 are about a resync that comes in pieces. A snapshot comes whole: not applicable.
describe('F: after a reconnect', () => {
  const meanwhile = (): Viewer => viewer(members(3, entry('a/1', { x: 1 }), 'b/2'), cut);

  test('F1 while cut the view stays, and says that it is old', () => {
    const room = viewer(members(3, 'a/1', 'b/2'));
    const before = room.state.members;
    room.hear(cut);
    expect([room.state.members === before, room.state.synced, room.happened()]).toEqual([true, false, []]);
    const once = room.state;
    expect(room.hear(cut).state).toBe(once);
  });

  test('F2 one left meanwhile', () => {
    expect(
      meanwhile()
        .hear(members(0, entry('a/1', { x: 1 })))
        .happened(),
    ).toEqual(['leave b']);
  });

  test('F3 one came meanwhile', () => {
    const room = meanwhile().hear(members(0, entry('a/1', { x: 1 }), 'b/2', 'c/3'));
    expect(room.happened()).toEqual(['enter c']);
  });

  test('F4 one is back on another connection', () => {
    const room = meanwhile();
    const untouched = room.state.members.get('a');
    room.hear(members(0, entry('a/1', { x: 1 }), 'b/9'));
    expect([room.happened(), room.view]).toEqual([[], { a: ['1'], b: ['9'] }]);
    expect(room.state.members.get('a')).toBe(untouched);
  });

  test('F4 one shows something else now, on another connection', () => {
    expect(
      meanwhile()
        .hear(members(0, entry('a/9', { x: 2 }), 'b/2'))
        .happened(),
    ).toEqual(['update a']);
  });

  test('a server that began anew numbers from the beginning: its word counts', () => {
    const room = viewer(members(90, entry('a/1@8', { x: 8 })), cut).hear(members(0, entry('a/1@1', { x: 1 })));
    expect(room.state.members.get('a')?.presence).toEqual({ x: 1 });
    expect(room.hear(diff(1, update('a/1@2', { x: 2 }))).state.members.get('a')?.presence).toEqual({ x: 2 });
  });

  test('F7 two snapshots: nobody leaves because of the first', () => {
    const room = meanwhile().hear(diff(1, enter('b/2')), cut, members(2, entry('a/1', { x: 1 }), 'b/2'));
    expect(room.happened()).toEqual([]);
  });

  test('who is absent from the snapshot and entered by what waited for it never left', () => {
    const room = meanwhile().hear(diff(1, enter('b/2')), members(0, entry('a/1', { x: 1 })));
    expect([room.happened(), room.view]).toEqual([[], { a: ['1'], b: ['2'] }]);
  });

  test('leaving the room forgets everybody, and says nothing of them', () => {
    const room = meanwhile().hear(reset);
    expect([room.state, room.happened()]).toEqual([initialPresence, []]);
    expect(room.hear(members(5, 'b/2')).happened()).toEqual([]);
    expect(initialPresence.members.size).toBe(0);
  });
});

describe('J: hostile or careless input', () => {
  test('J1 names that objects have are names of users and connections', () => {
    const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', '', 'x'.repeat(10_000)];
    const keys = Object.getOwnPropertyNames(Object.prototype);
    const all = names.map((user) => ({ user, connection: user, n: 1, data: {}, joinedAt: 1 }));
    const room = viewer(members(0)).hear(diff(1, ...all.map((each) => ({ op: 'enter', entry: each }) as const)));
    expect(room.state.members.size).toBe(names.length);
    room.hear(diff(2, ...all.map((each) => ({ op: 'update', entry: { ...each, n: 2, data: { x: 1 } } }) as const)));
    for (const name of names) expect(room.state.members.get(name)?.presence).toEqual({ x: 1 });
    room.hear(diff(3, ...names.map((user) => ({ op: 'leave', user, connection: user, n: 2 }) as const)));
    expect(room.state.members.size).toBe(0);
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(keys);
  });

  test('J1 what is shown may have such names too', () => {
    const data = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2}') as PresenceData;
    const room = viewer(members(0, entry('a/1', data)));
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(JSON.stringify(room.state.members.get('a')?.presence)).toBe(JSON.stringify(data));
    const other = JSON.parse('{"__proto__": {"polluted": 2}, "constructor": 2}') as PresenceData;
    expect(room.hear(members(1, entry('a/1', other))).happened()).toEqual(['update a']);
  });

  test('J6 what passes the reader of frames throws nothing: times that are none, depth, a million changes', () => {
    const deep = (): PresenceData => JSON.parse('{"x":' + '['.repeat(8_000) + ']'.repeat(8_000) + '}') as PresenceData;
    const odd = { user: 'b', connection: '2', n: 1, data: {} } as unknown as PresenceEntry;
    const room = viewer(members(0, entry('a/1', deep()), odd)).hear(members(0, entry('a/1', deep()), odd));
    expect([room.happened(), room.state.members.get('b')?.connections[0]?.joinedAt]).toEqual([[], 0]);
    const before = room.state.members;
    const leaves = Array.from({ length: 1_000_000 }, () => leave('z/9'));
    room.hear({ type: 'presence', seq: 1, changes: leaves });
    expect(room.state.members).toBe(before);
  });

  test('one entry twice in a snapshot: the newer one', () => {
    const room = viewer(members(0, entry('a/1@2', { x: 2 }), entry('a/1@1', { x: 1 })));
    expect([room.state.connections, room.state.members.get('a')?.presence]).toEqual([1, { x: 2 }]);
  });
});

test('members stand in the order in which they came, in one batch or in many', () => {
  const log = [
    ...[members(0, 'z/1'), diff(1, enter('b/2')), diff(2, enter('a/3')), diff(3, update('b/2@2', { x: 1 }))],
    ...[diff(4, leave('z/1')), diff(5, enter('c/4')), diff(6, enter('z/1@2')), diff(7, update('c/4@2', { x: 1 }))],
  ];
  const many = log.reduce((room, event) => room.hear(event), viewer());
  expect([...many.state.members.keys()]).toEqual(['b', 'a', 'c', 'z']);
  expect([...viewer(...log).state.members.keys()]).toEqual(['b', 'a', 'c', 'z']);
});

describe('K: size', () => {
  test('K3 one of ten thousand changes: all others are the same objects, and a batch copies the map once', () => {
    const list = Array.from({ length: 10_000 }, (_, n) => entry(`user-${n}/${n}`));
    const { state } = viewer(members(0, ...list));
    const batch = Array.from({ length: 100 }, (_, n) => diff(n + 1, update(`user-7/7@${n + 2}`, { n })));
    const { state: next } = reducePresence(state, batch);
    expect([...next.members].filter(([id, member]) => state.members.get(id) !== member)).toHaveLength(1);
    expect(state.members.get('user-7')?.presence).toEqual({});
  });

  test('K4 a million changes leave nothing behind but the view', () => {
    const room = viewer(members(0));
    let seq = 0;
    for (let round = 0; round < 1_000; round++) {
      const comings = Array.from({ length: 500 }, (_, n) => enter(`a${n}/${round * 500 + n}`));
      const goings = Array.from({ length: 500 }, (_, n) => leave(`a${n}/${round * 500 + n}`));
      room.hear(diff(++seq, ...comings), diff(++seq, ...goings));
    }
    const { roll, waiting } = room.state.core;
    expect([room.state.members.size, room.state.connections, waiting.length]).toEqual([0, 0, 0]);
    expect(roll.base.size + roll.over.size).toBeLessThan(1_000);
  });
});
