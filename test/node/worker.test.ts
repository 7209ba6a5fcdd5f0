// Feeds and rooms over wires in a worker, with a real server: a thread that dies, a page that sleeps, the ladder, credentials.

import { createServer } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { createFeed, createRealtimeClient, inWorker, ladder } from '../../src/core.js';
import { createRealtimeServer, type RealtimeServerOptions } from '../../src/server.js';
import { eventSource, serveWorker } from '../../src/worker.js';
import { portWorker, threadWorker } from '../support/port-worker.js';
import { NodeWebSocket } from './fixtures/serve.js';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

async function serve(options: RealtimeServerOptions = {}) {
  const http = createServer();
  const realtime = createRealtimeServer({
    history: { size: 10_000 },
    maxBufferedBytes: 2 ** 26,
    retryMs: 10,
    ...options,
  });
  realtime.attach(http, { path: '/realtime' });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  undo.push(async () => {
    http.closeAllConnections();
    await realtime.close();
    await new Promise((resolve) => http.close(resolve));
  });
  const { port } = http.address() as { port: number };
  return { realtime, origin: `http://127.0.0.1:${port}` };
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);
const retry = { minDelayMs: 1, initialDelayMs: 10, maxDelayMs: 100 };

/** Numbers over a feed, and who waits for one of them. */
function createEars() {
  const heard: number[] = [];
  const waiting = new Map<number, () => void>();
  return {
    heard,
    onMessage({ data }: { readonly data: number }) {
      heard.push(data);
      waiting.get(data)?.();
    },
    until: (data: number) =>
      new Promise<void>((resolve) => {
        if (heard.includes(data)) resolve();
        else waiting.set(data, resolve);
      }),
  };
}

test('a thread that dies is replaced, and what was missed comes once, in order', { timeout: 20_000 }, async () => {
  const { realtime, origin } = await serve();
  const start = await threadWorker('../node/fixtures/live.worker.ts');
  const threads: ReturnType<typeof start>[] = [];
  const ears = createEars();
  let onOpen = (): void => {};
  const opened = new Promise<void>((resolve) => (onOpen = resolve));
  const reasons: (string | undefined)[] = [];
  const feed = createFeed<number, string>({
    transport: inWorker(
      () => {
        const thread = start();
        threads.push(thread);
        return thread;
      },
      { given: { url: `${origin}/realtime?room=a` }, answerMs: 250, lingerMs: 20 },
    ),
    retry,
    ...ears,
    onOpen,
    onClose: ({ reason }) => reasons.push(reason),
  });
  undo.push(() => feed.close());
  feed.connect();
  await opened;
  for (let death = 0; death < 2; death++) {
    for (const n of range(death * 100, death * 100 + 50)) realtime.publish('a', n);
    await ears.until(death * 100 + 49);
    threads.at(-1)?.kill();
    for (const n of range(death * 100 + 50, death * 100 + 100)) realtime.publish('a', n);
    await ears.until(death * 100 + 99);
  }
  expect(ears.heard).toEqual(range(0, 200));
  expect(threads.length).toBeGreaterThan(2);
  expect(reasons).toContain('the worker said nothing for 250 ms; was it terminated?');
});

test(
  'a page that sleeps through a flood is cut off with a reason, and goes on from its cursor',
  { timeout: 20_000 },
  async () => {
    let readers = 0;
    const { realtime, origin } = await serve({
      onEvent: ({ type }) => void (type === 'joined' ? readers++ : type === 'left' ? readers-- : 0),
    });
    const ears = createEars();
    const reasons: (string | undefined)[] = [];
    let onOpen = (): void => {};
    const opened = new Promise<void>((resolve) => (onOpen = resolve));
    let isAsleep = false;
    const missed: (() => void)[] = [];
    const feed = createFeed<number>({
      transport: inWorker(() => {
        const worker = portWorker((port) =>
          serveWorker({ live: eventSource(`${origin}/realtime?room=a`) }, { port, maxHeldBytes: 20_000 }),
        );
        const near = Object.create(worker, {
          // the page hears nothing while it sleeps, and then all of it
          onmessage: {
            set(listen: ((event: never) => void) | null) {
              worker.onmessage = listen && ((event) => (isAsleep ? missed.push(() => listen(event)) : listen(event)));
            },
          },
        }) as typeof worker;
        return near;
      }),
      retry,
      ...ears,
      onOpen,
      onClose: ({ reason }) => reasons.push(reason),
    });
    undo.push(() => feed.close());
    feed.connect();
    await opened;
    realtime.publish('a', 0);
    await ears.until(0);
    isAsleep = true;
    for (const n of range(1, 5_001)) realtime.publish('a', n);
    // the far end is let go of while the page sleeps
    while (readers > 0) await new Promise((resolve) => setImmediate(resolve));
    isAsleep = false;
    for (const say of missed.splice(0)) say();
    await ears.until(5_000);
    expect(ears.heard).toEqual(range(0, 5_001));
    expect(new Set(reasons)).toEqual(new Set(['the page took too long: over 20000 bytes waited for it']));
  },
);

test('rooms over a ladder in one worker: the token is said, the second rung is taken, and what is sent arrives once', async () => {
  const { realtime, origin } = await serve({
    authenticate: ({ token }) => (token === 'good' ? { id: 'me' } : null),
  });
  let workers = 0;
  const [, sse, longPoll] = ladder(`${origin}/realtime`);
  const [socket] = ladder(`${origin}/nowhere`, { WebSocket: NodeWebSocket });
  if (!socket || !sse || !longPoll) throw new Error('the ladder is shorter');
  const worker = inWorker(() => {
    workers++;
    return portWorker((port) => serveWorker({ socket, sse, longPoll }, { port }));
  });
  const client = createRealtimeClient({
    transport: ['socket', 'sse', 'longPoll'].map((name) => worker.of(name)),
    auth: { getToken: () => 'good' },
    retry,
  });
  undo.push(() => client.close());
  const room = client.room<number>('general');
  const heard: number[] = [];
  let all = (): void => {};
  const done = new Promise<void>((resolve) => (all = resolve));
  room.on('message', ({ data }) => void (heard.push(data) === 201 && all()));
  undo.push(room.subscribe(() => {}));
  const receipts = range(0, 200).map((n) => room.send(n).done);
  expect((await Promise.all(receipts)).every(({ status }) => status === 'acknowledged')).toBe(true);
  realtime.publish('general', 200);
  await done;
  expect(heard).toEqual(range(0, 201));
  const { transport, skipped } = client.connection.getSnapshot();
  expect([transport, skipped[0]?.transport, workers]).toEqual(['sse', 'socket', 1]);
});
