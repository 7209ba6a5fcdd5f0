// @vitest-environment node
// Many people as a value: against a plain map, its order included, however the changes are grouped.

import { expect, test } from 'vitest';
import { changeRoll, emptyRoll, type Roll, type Slot, slotOf } from '../../src/model/roll.js';
import { overSeeds } from '../support/seed.js';

const slot = (id: string, since: number, version: number): Slot => ({
  member: { id, presence: { version }, connections: [] },
  entries: [],
  since,
});

test('who left and came again stands at the end; who changed stays where they were', () => {
  const three = new Map(['a', 'b', 'c'].map((id, n) => [id, slot(id, n, 0)]));
  const before = changeRoll(emptyRoll, three);
  const changed = changeRoll(before, new Map([['a', slot('a', 0, 1)]]));
  expect([...changed.seen.members.keys()]).toEqual(['a', 'b', 'c']);
  const again = changeRoll(changeRoll(changed, new Map([['a', undefined]])), new Map([['a', slot('a', 9, 2)]]));
  expect([...again.seen.members.keys()]).toEqual(['b', 'c', 'a']);
  expect([...before.seen.members.keys()]).toEqual(['a', 'b', 'c']);
  expect(before.seen.members.get('a')?.presence).toEqual({ version: 0 });
});

test('the map of members is the same object as long as no member changes', () => {
  const before = changeRoll(emptyRoll, new Map([['a', slot('a', 0, 0)]]));
  const known = slotOf(before, 'a') as Slot;
  const next = changeRoll(before, new Map([['a', { ...known, entries: [] }]]));
  expect(next.seen.members).toBe(before.seen.members);
  expect(changeRoll(next, new Map())).toBe(next);
  expect(changeRoll(next, new Map([['a', slot('a', 0, 1)]])).seen.members).not.toBe(before.seen.members);
});

test('one of ten thousand: what is copied is short, also after ten thousand changes', () => {
  let roll = changeRoll(emptyRoll, new Map(Array.from({ length: 10_000 }, (_, n) => [`${n}`, slot(`${n}`, n, 0)])));
  const bases = new Set<Roll['base']>();
  for (let n = 0; n < 10_000; n++) {
    roll = changeRoll(roll, new Map([[`${n}`, slot(`${n}`, n, 1)]]));
    bases.add(roll.base);
    expect(roll.over.size).toBeLessThan(300);
  }
  expect(bases.size).toBeLessThan(60);
  expect(roll.seen.members.size).toBe(10_000);
});

test('random changes, grouped in any way', () => {
  overSeeds(200, ({ below }) => {
    const plain = new Map<string, Slot>();
    let roll = emptyRoll;
    let changes = new Map<string, Slot | undefined>();
    for (let step = 1; step <= 600; step++) {
      const id = `${below(200)}`;
      const known = plain.get(id);
      if (known && below(3) === 0) {
        plain.delete(id);
        changes.set(id, undefined);
      } else {
        const next = slot(id, known?.since ?? step, step);
        if (!known) changes.delete(id);
        plain.set(id, next);
        changes.set(id, next);
      }
      if (below(4) > 0) continue;
      roll = changeRoll(roll, changes);
      changes = new Map();
      expect(slotOf(roll, id)).toBe(plain.get(id));
      if (below(20) === 0) expect([...roll.all.slots]).toEqual([...plain]);
    }
    expect([...changeRoll(roll, changes).seen.members.keys()]).toEqual([...plain.keys()]);
  });
});
