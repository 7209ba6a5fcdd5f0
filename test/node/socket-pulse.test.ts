// Many who are looked after every so often: each at its own time, by one timer.

import { expect, it, onTestFinished, vi } from 'vitest';
import { createSocketPulse, type Pulsed } from '../../src/server/node/socket-pulse.js';
import { createManualClock } from '../../src/testing/manual-clock.js';

interface One extends Pulsed {
  readonly name: string;
}

function setup(everyMs = 100) {
  const clock = createManualClock();
  const beats: string[] = [];
  const pulse = createSocketPulse<One>(clock, everyMs, ({ name }) => void beats.push(`${name}@${clock.now()}`));
  const add = (name: string): One => {
    const one = { name, dueAt: 0 };
    pulse.add(one);
    return one;
  };
  return { clock, beats, pulse, add };
}

it('each has its own time, and all of them one timer', () => {
  const { clock, beats, add } = setup();
  add('a');
  clock.advance(30);
  add('b');
  clock.advance(30);
  add('c');
  expect(clock.pending).toBe(1);
  clock.advance(200);
  expect(beats).toEqual(['a@100', 'b@130', 'c@160', 'a@200', 'b@230', 'c@260']);
  expect(clock.pending).toBe(1);
});

it('who leaves is not looked after any more, and the last one takes the timer along', () => {
  const { clock, beats, pulse, add } = setup();
  const [a, b] = [add('a'), add('b')];
  pulse.delete(a);
  clock.advance(100);
  expect(beats).toEqual(['b@100']);
  pulse.delete(b);
  pulse.delete(b);
  expect(clock.pending).toBe(0);
  add('c');
  clock.advance(100);
  expect(beats).toEqual(['b@100', 'c@200']);
});

it('who leaves while it is looked after is gone', () => {
  const clock = createManualClock();
  const beats: string[] = [];
  const pulse = createSocketPulse<One>(clock, 100, (one) => {
    beats.push(one.name);
    pulse.delete(one);
  });
  for (const name of ['a', 'b']) pulse.add({ name, dueAt: 0 });
  clock.advance(1_000);
  expect(beats).toEqual(['a', 'b']);
  expect([pulse.all.size, clock.pending]).toEqual([0, 0]);
});

it('who comes in the place of the last one while that is looked after has the same one timer', () => {
  const clock = createManualClock();
  const beats: string[] = [];
  const pulse = createSocketPulse<One>(clock, 100, (one) => {
    beats.push(`${one.name}@${clock.now()}`);
    if (one.name !== 'a') return;
    pulse.delete(one);
    pulse.add({ name: 'b', dueAt: 0 });
  });
  pulse.add({ name: 'a', dueAt: 0 });
  clock.advance(100);
  expect(clock.pending).toBe(1);
  clock.advance(100);
  expect(beats).toEqual(['a@100', 'b@200']);
});

it('thousands who came at once are not looked after in one turn, and each has the whole time until the next', () => {
  const clock = createManualClock();
  let [turns, last] = [0, ''];
  const pulse = createSocketPulse<One>(
    { ...clock, after: (ms, run) => clock.after(ms, () => (turns++, run())) },
    100,
    ({ name }) => void (last = name),
  );
  for (let i = 0; i < 1_000; i++) pulse.add({ name: String(i), dueAt: 0 });
  clock.advance(100);
  expect(last).toBe('999');
  expect(turns).toBeGreaterThanOrEqual(10);
  expect(Math.max(...[...pulse.all].map(({ dueAt }) => dueAt))).toBe(200);
});

it('a time that has a fraction does not come early', () => {
  const { clock, beats, add } = setup(10.5);
  add('a');
  clock.advance(10.9);
  expect(beats).toEqual([]);
  clock.advance(0.1);
  expect(beats).toEqual(['a@11']);
});

it('one who throws is told of, and the others are looked after', () => {
  const clock = createManualClock();
  const told = vi.fn();
  vi.stubGlobal('reportError', told);
  onTestFinished(() => void vi.unstubAllGlobals());
  const beats: string[] = [];
  const pulse = createSocketPulse<One>(clock, 100, ({ name }) => {
    if (name === 'a') throw new Error('a');
    beats.push(name);
  });
  for (const name of ['a', 'b']) pulse.add({ name, dueAt: 0 });
  clock.advance(200);
  expect(beats).toEqual(['b', 'b']);
  expect(told).toHaveBeenCalledTimes(2);
});

it('after the process stood still, what has come is read before anybody is taken for dead', () => {
  let now = 0;
  const due: (() => void)[] = [];
  const clock = {
    now: () => now,
    wallNow: () => 0,
    after: (_ms: number, run: () => void) => (due.push(run), () => {}),
  };
  const beats: string[] = [];
  const pulse = createSocketPulse<One>(clock, 100, ({ name }) => void beats.push(name));
  pulse.add({ name: 'a', dueAt: 0 });
  now = 130; // late as timers are
  due.shift()?.();
  expect(beats).toEqual(['a']);
  now = 10_000;
  due.shift()?.();
  expect(beats).toEqual(['a']);
  due.shift()?.(); // the turn after that
  expect([beats, due.length]).toEqual([['a', 'a'], 1]);
});

it('who comes within a tenth of a second goes together: thousands make some ten looks a second', () => {
  const clock = createManualClock();
  let [looks, beats] = [0, 0];
  const pulse = createSocketPulse<One>(
    { ...clock, after: (ms, run) => clock.after(ms, () => (looks++, run())) },
    25_000,
    () => void beats++,
  );
  for (let i = 0; i < 5_000; i++) {
    pulse.add({ name: String(i), dueAt: 0 });
    clock.advance(5);
  }
  clock.advance(25_000);
  [looks, beats] = [0, 0];
  clock.advance(25_000);
  expect(beats).toBeGreaterThanOrEqual(4_900);
  expect(beats).toBeLessThanOrEqual(5_000);
  expect(looks).toBeLessThanOrEqual(260);
});
