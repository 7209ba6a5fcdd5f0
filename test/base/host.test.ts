// What a page is told becomes two values: is there a network, and does somebody look at it.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { createHost, type Focus } from '../../src/base/host.js';

const types = ['visibilitychange', 'freeze', 'resume', 'pagehide', 'pageshow', 'online', 'offline'];

let visibility: 'visible' | 'hidden' = 'visible';
let online = true;

/** The page as a browser would move it: the value first, then the event at the place where it is fired. */
const page = {
  show: () => say(document, 'visibilitychange', () => (visibility = 'visible')),
  hide: () => say(document, 'visibilitychange', () => (visibility = 'hidden')),
  freeze: () => say(document, 'freeze'),
  resume: () => say(document, 'resume'),
  leave: () => say(window, 'pagehide'),
  comeBack: () => say(window, 'pageshow'),
  connect: () => say(window, 'online', () => (online = true)),
  cut: () => say(window, 'offline', () => (online = false)),
};

function say(target: EventTarget, type: string, before?: () => void): void {
  before?.();
  target.dispatchEvent(new Event(type)); // none of them bubbles, but for visibilitychange
}

function watched() {
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visibility);
  vi.spyOn(navigator, 'onLine', 'get').mockImplementation(() => online);
  const host = createHost();
  const told: (Focus | boolean)[] = [];
  leaves.push(
    host.focus.subscribe(() => told.push(host.focus.getSnapshot())),
    host.network.subscribe(() => told.push(host.network.getSnapshot())),
  );
  return { host, told };
}

const leaves: (() => void)[] = [];
afterEach(() => {
  for (const leave of leaves.splice(0)) leave();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.useRealTimers();
  visibility = 'visible';
  online = true;
});

describe('focus', () => {
  test('visible and hidden, told once per change', () => {
    const { host, told } = watched();
    expect(host.focus.getSnapshot()).toBe('visible');
    page.hide();
    page.hide();
    page.show();
    page.show();
    expect(told).toEqual(['hidden', 'visible']);
  });

  test.each([
    ['frozen, resumed', [page.freeze, page.resume], ['suspended', 'visible']],
    ['into the back/forward cache and out of it', [page.leave, page.comeBack], ['suspended', 'visible']],
    [
      'hidden, frozen, resumed, shown',
      [page.hide, page.freeze, page.resume, page.show],
      ['hidden', 'suspended', 'hidden', 'visible'],
    ],
    ['frozen, shown without a resume', [page.hide, page.freeze, page.show], ['hidden', 'suspended', 'visible']],
    ['hidden on the way into the cache stays suspended', [page.leave, page.hide], ['suspended']],
    ['left for good while hidden', [page.hide, page.leave], ['hidden', 'suspended']],
    [
      'every event of a return is one change',
      [page.leave, page.hide, page.show, page.resume, page.comeBack],
      ['suspended', 'visible'],
    ],
    ['pageshow at load changes nothing', [page.comeBack], []],
  ] as const)('%s', (_name, events, expected) => {
    const { told } = watched();
    for (const event of events) event();
    expect(told).toEqual(expected);
  });

  test('a page that begins hidden is hidden', () => {
    visibility = 'hidden';
    const { host } = watched();
    expect(host.focus.getSnapshot()).toBe('hidden');
  });
});

describe('network', () => {
  test('online and offline, told once per change', () => {
    const { host, told } = watched();
    expect(host.network.getSnapshot()).toBe(true);
    page.cut();
    page.cut();
    page.connect();
    expect(told).toEqual([false, true]);
  });
});

describe('listeners', () => {
  function counted() {
    const at: string[] = [];
    const remove: string[] = [];
    for (const target of [window, document]) {
      const { addEventListener, removeEventListener } = target;
      vi.spyOn(target, 'addEventListener').mockImplementation(function (this: EventTarget, ...args: unknown[]) {
        if (types.includes(args[0] as string)) at.push(args[0] as string);
        Reflect.apply(addEventListener, target, args);
      });
      vi.spyOn(target, 'removeEventListener').mockImplementation(function (this: EventTarget, ...args: unknown[]) {
        if (types.includes(args[0] as string)) remove.push(args[0] as string);
        Reflect.apply(removeEventListener, target, args);
      });
    }
    return { at, remove };
  }

  test('exist only while somebody watches', () => {
    const { at, remove } = counted();
    const { focus, network } = createHost();
    focus.getSnapshot();
    network.getSnapshot();
    expect(at).toEqual([]);
    const undo = [focus.subscribe(() => {}), focus.subscribe(() => {}), network.subscribe(() => {})];
    expect([...at].sort()).toEqual([...types].sort());
    undo[0]?.();
    undo[0]?.();
    expect(remove).toEqual([]);
    for (const each of undo) each();
    expect([...remove].sort()).toEqual([...types].sort());
  });

  test('after the last one left nothing is heard', () => {
    const { host, told } = watched();
    for (const leave of leaves.splice(0)) leave();
    page.freeze();
    page.cut();
    expect(told).toEqual([]);
    expect(host.network.getSnapshot()).toBe(false);
  });

  test('a value that changed while nobody watched is read afresh', () => {
    const { host } = watched();
    for (const leave of leaves.splice(0)) leave();
    page.hide();
    expect(host.focus.getSnapshot()).toBe('hidden');
    leaves.push(host.focus.subscribe(() => {}));
    expect(host.focus.getSnapshot()).toBe('hidden');
  });

  test('who leaves during a round is not told any more, and who throws starves nobody', () => {
    const { host, told } = watched();
    const reported: unknown[] = [];
    vi.stubGlobal('reportError', (error: unknown) => reported.push(error));
    const late = vi.fn();
    leaves.push(
      host.focus.subscribe(() => {
        leaveLate();
        throw new Error('bad watcher');
      }),
    );
    const leaveLate = host.focus.subscribe(late);
    leaves.push(host.focus.subscribe(() => told.push(host.focus.getSnapshot())));
    page.hide();
    expect(late).not.toHaveBeenCalled();
    expect(told).toEqual(['hidden', 'hidden']);
    expect(reported).toEqual([new Error('bad watcher')]);
  });
});

describe('frames', () => {
  test('the next animation frame, once, and no timer is left', () => {
    vi.useFakeTimers();
    const paints: (() => void)[] = [];
    vi.stubGlobal('requestAnimationFrame', (run: () => void) => paints.push(run));
    vi.stubGlobal('cancelAnimationFrame', () => {});
    const run = vi.fn();
    createHost().frame(run);
    expect(run).not.toHaveBeenCalled();
    paints[0]?.();
    expect(run).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('where the page does not paint, soon', () => {
    vi.useFakeTimers();
    const cancelled: unknown[] = [];
    vi.stubGlobal('requestAnimationFrame', () => 7);
    vi.stubGlobal('cancelAnimationFrame', (id: unknown) => cancelled.push(id));
    const run = vi.fn();
    createHost().frame(run);
    vi.advanceTimersByTime(32);
    expect(run).toHaveBeenCalledTimes(1);
    expect(cancelled).toEqual([7]);
  });

  test('taken back: neither', () => {
    vi.useFakeTimers();
    const cancelled: unknown[] = [];
    vi.stubGlobal('requestAnimationFrame', () => 7);
    vi.stubGlobal('cancelAnimationFrame', (id: unknown) => cancelled.push(id));
    const run = vi.fn();
    createHost().frame(run)();
    vi.advanceTimersByTime(1_000);
    expect(run).not.toHaveBeenCalled();
    expect(cancelled).toEqual([7]);
  });
});

describe('soon', () => {
  test('in a page that is seen: with what comes within two milliseconds, and not at all if taken back', () => {
    vi.useFakeTimers();
    const run = vi.fn();
    createHost().soon(run);
    createHost().soon(run)();
    vi.advanceTimersByTime(1);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('in a page that nobody sees: at once, whatever happens to its timers', async () => {
    vi.useFakeTimers();
    const run = vi.fn();
    const focus = { getSnapshot: () => 'hidden' as const, subscribe: () => () => {} };
    createHost({ focus }).soon(run);
    createHost({ focus }).soon(run)();
    await Promise.resolve();
    expect(run).toHaveBeenCalledTimes(1);
  });
});

test('parts that are given replace the platform; the rest stays', () => {
  const random = (): number => 0.5;
  const host = createHost({ random });
  expect(host.random).toBe(random);
  expect(host.clock.now()).toBeGreaterThanOrEqual(0);
  expect(createHost().random()).toBeLessThan(1);
});
