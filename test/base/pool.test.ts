// @vitest-environment node
// Shared by key, counted, and kept a little longer than the last user.

import { expect, test } from 'vitest';
import { createPool } from '../../src/base/pool.js';
import { createManualClock } from '../../src/testing/manual-clock.js';

interface Thing {
  readonly key: unknown;
}

function createWorld() {
  const clock = createManualClock();
  const made: Thing[] = [];
  const closed: Thing[] = [];
  const pool = createPool<Thing>(clock, (thing) => void closed.push(thing));
  const acquire = (key: unknown) =>
    pool.acquire(key, () => {
      const thing = { key };
      made.push(thing);
      return thing;
    });
  return { clock, made, closed, pool, acquire };
}

test('one per key, whatever a key is', () => {
  const { made, pool, acquire } = createWorld();
  const peer = {};
  expect(acquire('a').value).toBe(acquire('a').value);
  expect(acquire(peer).value).toBe(acquire(peer).value);
  expect(acquire({}).value).not.toBe(acquire({}).value);
  expect(made).toHaveLength(4);
  expect(pool.size).toBe(4);
});

test('kept for the linger after the last one left, then closed', () => {
  const { clock, closed, pool, acquire } = createWorld();
  const first = acquire('a');
  const second = acquire('a');
  first.release(250);
  clock.advance(1_000);
  expect(closed).toEqual([]);
  second.release(250);
  clock.advance(249);
  expect(closed).toEqual([]);
  expect(pool.size).toBe(1);
  clock.advance(1);
  expect(closed).toEqual([first.value]);
  expect(pool.size).toBe(0);
  expect(clock.pending).toBe(0);
});

test('release twice is once', () => {
  const { clock, closed, acquire } = createWorld();
  const leaves = acquire('a');
  acquire('a');
  leaves.release(0);
  leaves.release(0);
  clock.advance(1_000);
  expect(closed).toEqual([]);
});

test('linger 0 is judged after a tick, not inside the release', () => {
  const { clock, made, closed, acquire } = createWorld();
  acquire('a').release(0);
  expect(closed).toEqual([]);
  acquire('a');
  clock.advance(1_000);
  expect(closed).toEqual([]);
  expect(made).toHaveLength(1);
});

test('who comes back during the linger finds the same one', () => {
  const { clock, made, closed, acquire } = createWorld();
  const before = acquire('a');
  before.release(250);
  clock.advance(200);
  const after = acquire('a');
  expect(after.value).toBe(before.value);
  clock.advance(10_000);
  expect(made).toHaveLength(1);
  expect(closed).toEqual([]);
  expect(clock.pending).toBe(0);
});

test('unmount A, mount B 200 ms later: one', () => {
  const { clock, made, acquire } = createWorld();
  acquire('a').release(250);
  clock.advance(200);
  acquire('a');
  clock.advance(1_000);
  expect(made).toHaveLength(1);
});

test('ten quick cycles: one, and one timer at a time', () => {
  const { clock, made, closed, acquire } = createWorld();
  for (let cycle = 0; cycle < 10; cycle++) {
    acquire('a').release(250);
    expect(clock.pending).toBe(1);
    clock.advance(20);
  }
  expect(made).toHaveLength(1);
  clock.advance(250);
  expect(closed).toHaveLength(1);
  expect(clock.pending).toBe(0);
});

test('the linger begins again with each last leave', () => {
  const { clock, closed, acquire } = createWorld();
  acquire('a').release(250);
  clock.advance(200);
  acquire('a').release(250);
  clock.advance(249);
  expect(closed).toEqual([]);
  clock.advance(1);
  expect(closed).toHaveLength(1);
});

test('clear closes what is held and what lingers, once', () => {
  const { clock, closed, pool, acquire } = createWorld();
  const held = acquire('held');
  const lingers = acquire('lingers');
  lingers.release(250);
  pool.clear();
  expect(closed).toEqual([held.value, lingers.value]);
  expect(pool.size).toBe(0);
  expect(clock.pending).toBe(0);
  pool.clear();
  clock.advance(1_000);
  expect(closed).toHaveLength(2);
});

test('who still held something when it was cleared lets go of nothing, not even of its successor', () => {
  const { clock, made, closed, pool, acquire } = createWorld();
  const held = acquire('a');
  pool.clear();
  const successor = acquire('a');
  expect(successor.value).not.toBe(held.value);
  held.release(0);
  clock.advance(1_000);
  expect(closed).toEqual([held.value]);
  expect(made).toHaveLength(2);
  expect(pool.size).toBe(1);
  successor.release(0);
  clock.advance(0);
  expect(closed).toEqual([held.value, successor.value]);
});

test('a late release after clear leaves no timer', () => {
  const { clock, pool, acquire } = createWorld();
  const held = acquire('a');
  pool.clear();
  held.release(250);
  expect(clock.pending).toBe(0);
});

test('a brief use of what lingers does not keep it longer', () => {
  const { clock, closed, acquire } = createWorld();
  acquire('a').release(250);
  for (let uses = 0; uses < 5; uses++) {
    clock.advance(40);
    acquire('a').release(1_000, true);
  }
  clock.advance(49);
  expect(closed).toHaveLength(0);
  clock.advance(1);
  expect(closed).toHaveLength(1);
  // what nobody used before is kept as it asks
  acquire('a').release(1_000, true);
  clock.advance(999);
  expect(closed).toHaveLength(1);
  clock.advance(1);
  expect(closed).toHaveLength(2);
});
