// Demand 28: testable: a scripted far end and a clock run a whole scenario in no time, also under the runner's fake timers.

import { act, render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createFeed } from '../../src/core.js';
import { useEventSource, useWebSocket, type UseWebSocketOptions } from '../../src/index.js';
import {
  accepts,
  acceptsThenDrops,
  createFakeFetch,
  createFakeWebSocket,
  createManualHost,
  createScriptedTransport,
  refuses,
  resetSharedLinks,
  sequence,
} from '../../src/testing.js';
import { createWorld } from './support.js';

const ADDRESS = 'ws://localhost/live';
const LIMIT_MS = 50;

function Hook(options: UseWebSocketOptions): ReactNode {
  const { status, messages } = useWebSocket(ADDRESS, options);
  return `${status} ${messages.map(({ data }) => String(data)).join()}`;
}

/** The fastest of several runs: others may be using this machine. */
async function fastest(run: () => Promise<void>): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < 5; round++) {
    const from = performance.now();
    await run();
    best = Math.min(best, performance.now() - from);
  }
  return best;
}

test('hook: connect, talk, drop, reconnect, heartbeat, unmount, in less than 50 ms', async () => {
  const took = await fastest(async () => {
    const { far, host, parts, step, advance, expectNothingLeft } = createWorld();
    const heartbeat = { intervalMs: 25_000, timeoutMs: 10_000 };
    const { container, unmount } = render(<Hook {...parts} heartbeat={heartbeat} retry={() => 5_000} />);
    await step(() => far.last.accept());
    await step(() => far.last.message('1'));
    await step(() => far.last.drop());
    await advance(5_000);
    await step(() => far.last.accept());
    await step(() => far.last.message('2'));
    await advance(35_000);
    expect(far.sockets[1]?.closedWith?.code).toBe(4408);
    await advance(5_000);
    await step(() => far.last.accept());
    expect(container.textContent).toBe('open 1,2');
    unmount();
    await advance(250);
    expect(host.clock.pending).toBe(0);
    expectNothingLeft();
  });
  expect(took).toBeLessThan(LIMIT_MS);
});

test('core: the same without React, in less than 50 ms', async () => {
  const took = await fastest(async () => {
    const host = createManualHost();
    const transport = createScriptedTransport({ onDial: sequence(acceptsThenDrops(), refuses(503), accepts) });
    const heard: unknown[] = [];
    const feed = createFeed({ transport, host, onMessage: ({ data }) => void heard.push(data) });
    feed.connect();
    host.clock.advance(10_000);
    expect(transport.dials).toHaveLength(3);
    for (let n = 0; n < 100; n++) transport.last.frame(String(n));
    await Promise.resolve();
    expect(feed.getSnapshot()).toMatchObject({ status: 'open' });
    expect(heard).toHaveLength(100);
    feed.close();
    expect([transport.live, host.clock.pending, host.watchers]).toEqual([0, 0, 0]);
  });
  expect(took).toBeLessThan(LIMIT_MS);
});

describe('with the fake timers of the runner (those of Jest are the same), and no host of ours', () => {
  afterEach(() => void vi.useRealTimers());
  const pass = (ms: number): Promise<void> => act(async () => void (await vi.advanceTimersByTimeAsync(ms)));

  test('a whole life passes by advancing them', async () => {
    vi.useFakeTimers();
    const far = createFakeWebSocket();
    const { container, unmount } = render(<Hook WebSocket={far.WebSocket} retry={() => 5_000} />);
    await act(async () => far.last.accept());
    await pass(50);
    await act(async () => far.last.message('1'));
    await pass(50);
    expect(container.textContent).toBe('open 1');
    await act(async () => far.last.drop());
    await pass(4_900);
    expect(far.sockets).toHaveLength(1);
    await pass(200);
    expect(far.sockets).toHaveLength(2);
    await act(async () => far.last.accept());
    await pass(50);
    expect(container.textContent).toBe('open 1');
    unmount();
    await pass(250);
    expect(far.live).toBe(0);
    await pass(100);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('installed after the import, and put back: neither is remembered', async () => {
    for (let round = 0; round < 2; round++) {
      vi.useFakeTimers();
      const far = createFakeWebSocket((socket) => socket.accept());
      const { container, unmount } = render(<Hook WebSocket={far.WebSocket} lingerMs={0} />);
      await pass(50);
      expect(container.textContent).toBe('open ');
      unmount();
      await pass(0);
      expect(far.live).toBe(0);
      resetSharedLinks();
      vi.useRealTimers();
    }
  });
});

test('any WebSocket will do: nothing asks what it is an instance of', async () => {
  const { host, parts, step } = createWorld();
  class Other {
    static readonly made: Other[] = [];
    binaryType = '';
    readyState = 0;
    onopen: (() => void) | null = null;
    onmessage: ((event: { readonly data: unknown }) => void) | null = null;
    onclose: (() => void) | null = null;
    onerror: (() => void) | null = null;
    constructor() {
      Other.made.push(this);
    }
    send(): void {}
    close(): void {
      this.readyState = 3;
    }
  }
  const { container, unmount } = render(<Hook {...parts} WebSocket={Other} lingerMs={0} />);
  await step(() => {
    const [socket] = Other.made;
    if (socket) socket.readyState = 1;
    socket?.onopen?.();
    socket?.onmessage?.({ data: '1' });
  });
  expect(container.textContent).toBe('open 1');
  unmount();
  host.clock.advance(0);
  expect(Other.made[0]?.readyState).toBe(3);
});

test('the fetch double streams, and sees that it was given up', async () => {
  const { host } = createWorld();
  const web = createFakeFetch();
  function Stream(): ReactNode {
    const { status, lastMessage } = useEventSource('http://localhost/stream', { host, fetch: web.fetch, lingerMs: 0 });
    return `${status} ${String(lastMessage?.data)}`;
  }
  const { container, unmount } = render(<Stream />);
  const turn = (): Promise<void> => act(async () => void (await new Promise((resolve) => void setImmediate(resolve))));
  await turn();
  web.last.open({ headers: { 'content-type': 'text/event-stream' } });
  web.last.write('data: "hel');
  await turn();
  web.last.write('lo"\n\n');
  await turn();
  act(() => host.paint());
  expect(container.textContent).toBe('open hello');
  unmount();
  act(() => host.clock.advance(0));
  expect([web.last.aborted, web.live]).toEqual([true, 0]);
});

test('resetSharedLinks closes what a test left open', async () => {
  const { far, parts, step, expectNothingLeft } = createWorld();
  const { unmount } = render(<Hook {...parts} lingerMs={3_600_000} />);
  await step(() => far.last.accept());
  unmount();
  expect(far.live).toBe(1);
  resetSharedLinks();
  await step();
  expectNothingLeft();
});
