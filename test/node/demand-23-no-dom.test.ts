// Demand 23: the engine runs where there is no DOM: timers, fetch and a WebSocket are enough (React Native, workers).

import { createContext, runInContext } from 'node:vm';
import { build } from 'vite';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import type * as Core from '../../src/core.js';
import { createFakeWebSocket, createManualClock, type FakeWebSocket, type ManualClock } from '../../src/testing.js';

let code: string;
beforeAll(async () => {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      minify: false,
      lib: { entry: 'src/core.ts', formats: ['iife'], name: 'roomtone' },
    },
  });
  const [bundle] = [built].flat();
  if (!bundle || !('output' in bundle)) throw new Error('nothing was built');
  expect(bundle.output[0].imports).toEqual([]); // no react, react-dom or react-native
  code = bundle.output[0].code;
});

interface Place {
  readonly core: typeof Core;
  readonly clock: ManualClock;
  readonly far: FakeWebSocket;
  readonly errors: unknown[];
}

/** A realm of its own with what the language brings, timers on a manual clock, and what is given. Nothing else. */
function enter(given: object = {}): Place {
  const clock = createManualClock();
  const far = createFakeWebSocket();
  const cancels = new Map<number, () => void>();
  const errors: unknown[] = [];
  let timers = 0;
  const globals = createContext({
    setTimeout(run: () => void, ms: number) {
      cancels.set(++timers, clock.after(ms, run));
      return timers;
    },
    clearTimeout: (timer: number) => cancels.get(timer)?.(),
    queueMicrotask: (run: () => void) =>
      void Promise.resolve()
        .then(run)
        .catch((error: unknown) => errors.push(error)),
    URL,
    URLSearchParams,
    AbortController,
    ...given,
  });
  runInContext('Date', globals).now = () => clock.wallNow();
  const core = runInContext(`${code};roomtone`, globals) as typeof Core;
  for (const name of [
    'window',
    'document',
    'Event',
    'EventTarget',
    'EventSource',
    'navigator',
    'performance',
    'process',
  ])
    expect(runInContext(`typeof ${name}`, globals)).toBe('undefined');
  return { core, clock, far, errors };
}

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

let place: Place;
beforeEach(() => void (place = enter()));

test('a WebSocket: open, talk, drop, back, gone', async () => {
  const { core, clock, far, errors } = place;
  const heard: unknown[] = [];
  const feed = core.createFeed<number, string>({
    transport: core.webSocket('wss://example.com/live', { WebSocket: far.WebSocket }),
    onMessage: ({ data }) => void heard.push(data),
    heartbeat: { intervalMs: 1_000, timeoutMs: 1_000 },
  });
  feed.connect();
  far.last.accept();
  far.last.message('1');
  feed.send('hello');
  await settled();
  clock.advance(2); // what comes first waits so long for what came with it
  expect(feed.getSnapshot().status).toBe('open');
  expect(far.last.sent).toEqual(['"hello"']);
  far.last.drop();
  clock.advance(1_000);
  expect(far.sockets).toHaveLength(2);
  far.last.accept();
  far.last.message('2');
  clock.advance(1_000);
  expect(far.last.sent).toEqual(['ping']);
  clock.advance(1_000);
  expect(far.last.closedWith?.code).toBe(4408);
  expect(heard).toEqual([1, 2]);
  feed.close();
  clock.advance(100);
  expect([clock.pending, far.live, errors]).toEqual([0, 0, []]);
});

test('long poll over a fetch whose answers have no streams', async () => {
  const asked: string[] = [];
  const fetch = async (url: string): Promise<object> => {
    asked.push(url);
    if (asked.length > 2) return new Promise(() => {});
    const headers = new Map([['roomtone-cursor', String(asked.length)]]);
    return { ok: true, status: 200, headers, text: async () => `[${asked.length}]` };
  };
  const { core, clock } = enter({ fetch });
  const heard: unknown[] = [];
  const feed = core.createFeed({
    transport: core.longPoll('https://example.com/poll'),
    split: true,
    onMessage: ({ data }) => void heard.push(data),
  });
  feed.connect();
  await settled();
  expect(heard).toEqual([1, 2]);
  expect(asked).toEqual([
    'https://example.com/poll',
    'https://example.com/poll?cursor=1',
    'https://example.com/poll?cursor=2',
  ]);
  feed.close();
  clock.advance(100);
  expect(clock.pending).toBe(0);
});

test('what is missing is said, not thrown', async () => {
  const { core } = place;
  const missing = [
    [core.webSocket('wss://example.com'), 'WebSocket'],
    [core.longPoll('https://example.com'), 'fetch'],
    [core.nativeEventSource('https://example.com'), 'EventSource'],
  ] as const;
  for (const [transport, name] of missing) {
    const feed = core.createFeed({ transport });
    feed.connect();
    await settled();
    const { status, error } = feed.getSnapshot();
    expect([status, error?.kind]).toEqual(['failed', 'unsupported']);
    expect(error?.message).toContain(name);
    feed.close();
  }
});

/** What an app writes once: React Native's AppState and NetInfo as parts of the host. */
function adapt(): {
  readonly host: Partial<Core.Host>;
  appState(state: 'active' | 'background'): void;
  connected(is: boolean): void;
  readonly listeners: number;
} {
  const cell = <T>(initial: T): { readonly set: (next: T) => void; readonly size: () => number } & Core.Readable<T> => {
    const listeners = new Set<() => void>();
    let value = initial;
    return {
      getSnapshot: () => value,
      subscribe(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      set(next) {
        value = next;
        for (const listener of listeners) listener();
      },
      size: () => listeners.size,
    };
  };
  const focus = cell<Core.Focus>('visible');
  const network = cell(true);
  return {
    host: { focus, network },
    appState: (state) => focus.set(state === 'active' ? 'visible' : 'hidden'),
    connected: network.set,
    get listeners() {
      return focus.size() + network.size();
    },
  };
}

test('an adapter for focus and network: background to active asks a socket that may be dead, online dials', async () => {
  const { core, clock, far } = place;
  const device = adapt();
  const feed = core.createFeed({
    transport: core.webSocket('wss://example.com/live', { WebSocket: far.WebSocket }),
    host: device.host,
    heartbeat: { intervalMs: 25_000, timeoutMs: 2_000 },
  });
  feed.connect();
  far.last.accept();
  device.appState('background');
  expect(far.last.sent).toEqual([]);
  device.appState('active');
  expect(far.last.sent).toEqual(['ping']);
  far.last.hang();
  clock.advance(2_000);
  expect(far.last.closedWith?.code).toBe(4408);

  device.connected(false);
  clock.advance(600_000);
  expect(far.sockets).toHaveLength(1);
  device.connected(true);
  expect(far.sockets).toHaveLength(2);
  feed.close();
  expect(device.listeners).toBe(0);
  expect(clock.pending).toBe(0);
});
