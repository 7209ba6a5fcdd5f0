// The score finds each kind of harm: one log per kind, and one without.

import { expect, test } from 'vitest';
import type { RoomGap } from '../../src/model/room.js';
import { faultsOf, lineOf, type Log, scoreOf, type Truth } from './score.js';

const said = (epoch: string, ...ids: readonly string[]): Truth['applied'] =>
  ids.map((id, index) => ({ epoch, offset: index + 1, id, what: id.toUpperCase() }));
const truth: Truth = { epochs: ['A', 'B'], applied: [...said('A', 'a', 'b', 'c', 'd'), ...said('B', 'e', 'f')] };
const all: Log['heard'] = truth.applied;
const anew: RoomGap = {
  reason: 'epoch',
  after: { epoch: 'A', offset: 4 },
  before: { epoch: 'B', offset: 1 },
  missed: null,
};
const log = (changed: Partial<Log> = {}): Log => ({
  ...{ name: 'Ada', from: 0, heard: all, gaps: [anew], sent: [], receipts: [] },
  ...changed,
});
const without = (...ids: readonly string[]): Log['heard'] => all.filter(({ id }) => !ids.includes(id));
const gap = (after: number, before: number): RoomGap => ({
  ...{ reason: 'lost', after: { epoch: 'A', offset: after }, before: { epoch: 'A', offset: before } },
  missed: before - after - 1,
});
const acknowledged = (...ids: readonly string[]): Log['receipts'] =>
  ids.map((id) => ({ status: 'acknowledged' as const, id }));

test.each<readonly [string, Log, Readonly<Record<string, number>>]>([
  ['nothing', log(), {}],
  ['nothing, of one who came later', log({ from: 2, heard: all.slice(2) }), {}],
  ['a hole', log({ heard: without('b', 'c', 'f') }), { lost: 3, silentHoles: 2 }],
  ['nothing, where it was told', log({ heard: without('b', 'c'), gaps: [gap(1, 4), anew] }), {}],
  ['a part that was not told', log({ heard: without('b', 'c'), gaps: [gap(2, 4), anew] }), { lost: 1, silentHoles: 1 }],
  [
    'nothing, where it began anew',
    log({ heard: without('d'), gaps: [{ ...anew, after: { epoch: 'A', offset: 3 } }] }),
    {},
  ],
  ['a gap for nothing', log({ gaps: [gap(1, 4), anew] }), { falseGaps: 1 }],
  ['a double', log({ heard: [...all, ...all.slice(5)] }), { doubled: 1 }],
  [
    'an inversion',
    log({ heard: [all[1], all[0], ...all.slice(2)].filter((each) => each !== undefined) }),
    { inversions: 1 },
  ],
  ['one that nobody said', log({ heard: [...all, { id: 'x', offset: 7, what: 'X' }] }), { alien: 1 }],
  [
    'a spoilt one',
    log({ heard: all.map((each) => (each.id === 'd' ? { ...each, what: 'E' } : each)) }),
    { alien: 1, lost: 1, silentHoles: 1 },
  ],
  ['a send without an end', log({ sent: ['a', 'c'], receipts: acknowledged('a') }), { neverSettled: 1 }],
  ['a refusal', log({ sent: ['x'], receipts: [{ status: 'timed-out', id: 'x' }] }), { unacknowledged: 1 }],
  ['an empty promise', log({ sent: ['x'], receipts: acknowledged('x') }), { acknowledgedButLost: 1 }],
  ['sends in a wrong order', log({ sent: ['b', 'a'], receipts: acknowledged('b', 'a') }), { inversions: 1 }],
])('finds %s', (_what, one, found) => {
  expect(faultsOf(scoreOf(truth, [one]))).toEqual(found);
});

test('finds what was applied twice, and not what a new epoch has to take again', () => {
  const twice: Truth = { epochs: ['A', 'B'], applied: [...said('A', 'a', 'b', 'a'), ...said('B', 'b')] };
  expect(faultsOf(scoreOf(twice, []))).toEqual({ appliedTwice: 1 });
});

test('a line says it', () => {
  expect(lineOf(scoreOf(truth, [log({ heard: without('b', 'c'), gaps: [gap(2, 4), anew] })]))).toBe(
    '6 applied (0 sent by clients), 4 heard, lost 1, doubled 0, out of order 0, 2 gaps told (1 messages), silentHoles 1',
  );
});
