// @vitest-environment node
// The platform's clock: delays that no timer could take, and a process that may end.

import { afterEach, expect, test, vi } from 'vitest';
import { systemClock, wallTimeOf } from '../../src/base/clock.js';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test.each([
  ['as asked', 1_500, 1_500],
  ['negative means soon', -20, 0],
  ['the past, without end', -Infinity, 0],
  ['longer than a timer can wait', 1e12, 2 ** 31 - 1],
  ['for ever', Infinity, 2 ** 31 - 1],
])('%s', (_name, asked, given) => {
  const delays: unknown[] = [];
  vi.stubGlobal('setTimeout', (_run: () => void, ms: number) => delays.push(ms));
  systemClock.after(asked, () => {});
  expect(delays).toEqual([given]);
});

test('it runs once, and not when it was taken back', () => {
  vi.useFakeTimers();
  const run = vi.fn();
  const never = vi.fn();
  systemClock.after(100, run);
  const cancel = systemClock.after(100, never);
  cancel();
  cancel();
  vi.advanceTimersByTime(99);
  expect(run).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1_000);
  expect(run).toHaveBeenCalledTimes(1);
  expect(never).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

test('timers do not keep a Node process alive', () => {
  const unref = vi.fn();
  vi.stubGlobal('setTimeout', () => ({ unref }));
  systemClock.after(1, () => {});
  expect(unref).toHaveBeenCalledTimes(1);
});

test('timers that are plain numbers do as well', () => {
  vi.stubGlobal('setTimeout', () => 7);
  const cleared: unknown[] = [];
  vi.stubGlobal('clearTimeout', (timer: unknown) => void cleared.push(timer));
  systemClock.after(1, () => {})();
  expect(cleared).toEqual([7]);
});

test('durations come from the clock that never runs backwards, where there is one', () => {
  vi.stubGlobal('performance', { now: () => 42 });
  expect(systemClock.now()).toBe(42);
  vi.stubGlobal('performance', undefined);
  vi.useFakeTimers({ now: 5_000, toFake: ['Date'] });
  expect(systemClock.now()).toBe(5_000);
  expect(systemClock.wallNow()).toBe(5_000);
});

test('a date in words', () => {
  expect(wallTimeOf('Thu, 01 Jan 1970 00:00:01 GMT')).toBe(1_000);
  expect(wallTimeOf('soon')).toBeNaN();
});
