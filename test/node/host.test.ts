// The world where there is no page: Node, React Native, bare engines.

import { afterEach, expect, test, vi } from 'vitest';
import { createHost } from '../../src/base/host.js';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test('Node: online, visible, and nothing to listen to', () => {
  expect('document' in globalThis).toBe(false);
  const { focus, network } = createHost();
  expect([focus.getSnapshot(), network.getSnapshot()]).toEqual(['visible', true]);
  const leave = [focus.subscribe(() => {}), network.subscribe(() => {})];
  expect([focus.getSnapshot(), network.getSnapshot()]).toEqual(['visible', true]);
  for (const each of leave) each();
});

test('a navigator that does not know of networks', () => {
  vi.stubGlobal('navigator', { product: 'ReactNative' });
  expect(createHost().network.getSnapshot()).toBe(true);
});

test('no navigator, no performance, no frames: timers are enough', () => {
  vi.useFakeTimers();
  for (const name of ['navigator', 'performance', 'requestAnimationFrame', 'reportError'])
    vi.stubGlobal(name, undefined);
  const host = createHost();
  const run = vi.fn();
  host.frame(run);
  const never = vi.fn();
  host.frame(never)();
  vi.advanceTimersByTime(32);
  expect(run).toHaveBeenCalledTimes(1);
  expect(never).not.toHaveBeenCalled();
  expect(host.network.getSnapshot()).toBe(true);
  expect(host.clock.now()).toBeGreaterThan(0);
});
