// What we show of ourselves in a room: said once per tick, at most every so often, and never twice the same.

import { beforeEach, expect, test } from 'vitest';
import { createOwnPresence, type OwnPresence } from '../../src/client/own-presence.js';
import { createManualClock, type ManualClock } from '../../src/testing/manual-clock.js';

let clock: ManualClock;
let said: string[];
let own: OwnPresence;
beforeEach(() => {
  clock = createManualClock();
  said = [];
  own = createOwnPresence({
    clock,
    throttleMs: () => 50,
    changed: () => {},
    say(shown) {
      said.push(JSON.stringify(shown));
      return undefined;
    },
    most: () => Infinity,
    onError: () => {},
  });
});
const tick = (): Promise<void> => Promise.resolve();

test('left and entered again within a tick: nothing where it shows the same, else one change', async () => {
  let leave = own.enter({ page: 1 });
  await tick();
  leave();
  leave = own.enter({ page: 1 });
  await tick();
  clock.advance(1_000);
  expect(said).toEqual(['{"page":1}']);
  leave();
  own.enter({ page: 2 });
  await tick();
  expect(said).toEqual(['{"page":1}', '{"page":2}']);
});

test('entered and left within a tick: nothing was shown', async () => {
  own.enter({})();
  await tick();
  clock.advance(1_000);
  expect(said).toEqual([]);
});

test('who leaves is gone at once, also while changes are gathered; no timer is left, and nothing comes later', async () => {
  const leave = own.enter({ n: 0 });
  await tick();
  own.update({ n: 1 });
  await tick();
  expect(said).toEqual(['{"n":0}']);
  leave();
  await tick();
  expect(said).toEqual(['{"n":0}', 'null']);
  expect(clock.pending).toBe(0);
  clock.advance(1_000);
  expect(said).toHaveLength(2);
});

test('many changes: the first at once, the last after the pause, and none when it is the same again', async () => {
  own.enter({ n: 0 });
  await tick();
  for (let n = 1; n <= 100; n++) own.update({ n });
  await tick();
  clock.advance(50);
  expect(said).toEqual(['{"n":0}', '{"n":100}']);
  own.update({ n: 7 });
  own.update({ n: 100 });
  await tick();
  clock.advance(50);
  expect(said).toHaveLength(2);
  clock.advance(50);
  expect(clock.pending).toBe(0);
});

test('what a join has said is not said again', async () => {
  own.enter({ n: 1 });
  expect(own.forJoin()).toEqual({ n: 1 });
  await tick();
  clock.advance(1_000);
  expect(said).toEqual([]);
});
