// What the demands' tests share: a world on a manual clock with far ends driven by hand, and what must be left of it. No tests.

import { act, cleanup } from '@testing-library/react';
import { afterEach, expect } from 'vitest';
import {
  createFakeFetch,
  createFakeWebSocket,
  createManualHost,
  type FakeFetch,
  type FakeRequest,
  type FakeSocket,
  type FakeWebSocket,
  type ManualHost,
  type ManualHostOptions,
  resetSharedLinks,
} from '../../src/testing.js';

/** One turn of the event loop: every promise that can settle has settled. Nothing is waited for. */
export const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Does something, and lets React and all promises take notice. */
export async function settle(run?: () => unknown): Promise<void> {
  await act(async () => {
    await run?.();
    await turn();
  });
}

export interface World {
  readonly host: ManualHost;
  readonly far: FakeWebSocket;
  readonly web: FakeFetch;
  /** To be spread into the options of a hook. */
  readonly parts: {
    readonly host: ManualHost;
    readonly WebSocket: FakeWebSocket['WebSocket'];
    readonly fetch: typeof fetch;
  };
  /** Time passes, and everybody takes notice. */
  advance(ms: number): Promise<void>;
  /** Does something, and one frame passes: what it changed is on the screen. */
  step(run?: () => unknown): Promise<void>;
  /** Time passes in small steps until it happened. Returns how long that took. */
  untilNext(happened: () => boolean, limitMs?: number): Promise<number>;
  /** No socket, request, timer or listener may be left. */
  expectNothingLeft(): void;
}

export function createWorld(
  options: ManualHostOptions & {
    readonly onSocket?: (socket: FakeSocket, index: number) => void;
    readonly onRequest?: (request: FakeRequest, index: number) => void;
  } = {},
): World {
  const host = createManualHost(options);
  const far = createFakeWebSocket(options.onSocket);
  const web = createFakeFetch(options.onRequest);
  const advance = (ms: number): Promise<void> => settle(() => host.clock.advance(ms));
  return {
    host,
    far,
    web,
    parts: { host, WebSocket: far.WebSocket, fetch: web.fetch },
    advance,
    async step(run) {
      await settle(run);
      await advance(options.frameMs ?? 16);
    },
    async untilNext(happened, limitMs = 60_000) {
      const before = host.clock.now();
      while (!happened()) {
        if (host.clock.now() - before >= limitMs) throw new Error(`it did not happen within ${limitMs} ms`);
        await advance(10);
      }
      return host.clock.now() - before;
    },
    expectNothingLeft() {
      expect({
        sockets: far.live,
        requests: web.live,
        timers: host.clock.pending,
        listeners: host.watchers,
      }).toEqual({ sockets: 0, requests: 0, timers: 0, listeners: 0 });
    },
  };
}

/** Frames `{ n: from }` to `{ n: to }`, as JSON. */
export const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => JSON.stringify({ n: from + index }));

afterEach(() => {
  cleanup();
  resetSharedLinks();
});
