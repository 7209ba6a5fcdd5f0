// 10,000 small sends in one task over a real socket: few frames, little held by the socket, everything there, once and in order.

import { createServer } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { createFeed } from '../../src/feed/create-feed.js';
import { createRealtimeClient } from '../../src/client/realtime-client.js';
import { createRealtimeServer } from '../../src/server.js';
import { webSocket } from '../../src/transport/web-socket.js';
import { NodeWebSocket } from './fixtures/serve.js';

const COUNT = 10_000;
const BUDGET = 131_072;

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

/** A socket that writes down how many frames it was given, and how much it held at most. */
function watched() {
  const seen = { frames: 0, most: 0 };
  class Watched extends NodeWebSocket {
    override send(data: string | Uint8Array<ArrayBuffer>): void {
      seen.frames++;
      super.send(data);
      seen.most = Math.max(seen.most, this.bufferedAmount ?? 0);
    }
  }
  return { seen, Watched };
}
const listening = (http: ReturnType<typeof createServer>): Promise<number> =>
  new Promise((resolve) => http.listen(0, '127.0.0.1', () => resolve((http.address() as { port: number }).port)));

test.each([
  ['batched', { maxSize: 1_000 }, 0],
  ['one per frame, a kilobyte each, to a reader who reads later', undefined, 1_000],
])(
  'a link, %s',
  async (_name, batch, padding) => {
    const http = createServer();
    const sockets = new WebSocketServer({ server: http });
    const numbers: number[] = [];
    let arrived = (): void => {};
    let read = (): void => {};
    sockets.on('connection', (socket) => {
      if (padding > 0) socket.pause();
      read = () => socket.resume();
      socket.on('message', (data) => {
        const items = [JSON.parse((data as Buffer).toString())].flat() as string[];
        numbers.push(...items.map(Number));
        if (numbers.length === COUNT) arrived();
      });
    });
    const port = await listening(http);
    undo.push(() => new Promise((done) => sockets.close(() => http.close(done))));
    const { seen, Watched } = watched();
    const feed = createFeed({
      transport: webSocket(`ws://127.0.0.1:${port}`, { WebSocket: Watched as never }),
      batch,
      maxBufferedBytes: BUDGET,
      outbox: { limit: COUNT, maxBytes: 2 ** 24 },
    });
    undo.push(() => feed.close());
    await feed.reconnect();
    const all = new Promise<void>((resolve) => (arrived = resolve));
    for (let number = 0; number < COUNT; number++) feed.send(String(number).padEnd(padding));
    await expect.poll(() => padding === 0 || seen.most > 0).toBe(true);
    read();
    await all;
    await feed.drained();
    console.log(`${_name}: ${COUNT} sends, ${seen.frames} frames, ${seen.most} bytes held at most (budget ${BUDGET})`);
    expect(numbers).toEqual(Array.from({ length: COUNT }, (_each, at) => at));
    expect(seen.frames).toBeLessThanOrEqual(batch ? COUNT / 100 : COUNT);
    expect(seen.most).toBeLessThanOrEqual(BUDGET);
  },
  20_000,
);

test('a room', async () => {
  const http = createServer();
  const realtime = createRealtimeServer({ history: { size: 2 * COUNT } });
  realtime.attach(http, { path: '/realtime' });
  const port = await listening(http);
  undo.push(async () => {
    http.closeAllConnections();
    await realtime.close();
    await new Promise((done) => http.close(done));
  });
  const { seen, Watched } = watched();
  const client = createRealtimeClient({
    transport: webSocket(`http://127.0.0.1:${port}/realtime`, { WebSocket: Watched as never }),
    maxBufferedBytes: BUDGET,
    outbox: { limit: COUNT, maxBytes: 2 ** 24 },
  });
  undo.push(() => client.close());
  const room = client.room<number>('a', { history: COUNT });
  const heard: number[] = [];
  room.on('message', ({ data }) => void heard.push(data));
  const joined = new Promise<void>((resolve) => {
    room.subscribe(() => room.getSnapshot().status === 'joined' && resolve());
  });
  await joined;
  seen.frames = 0;
  const receipts = await Promise.all(
    Array.from({ length: COUNT }, (_each, number) => room.send(number, { timeoutMs: 60_000 }).done),
  );
  console.log(`a room: ${COUNT} sends, ${seen.frames} frames, ${seen.most} bytes held at most (budget ${BUDGET})`);
  expect(new Set(receipts.map(({ status }) => status))).toEqual(new Set(['acknowledged']));
  expect(receipts.map(({ offset }) => offset)).toEqual(Array.from({ length: COUNT }, (_each, at) => at + 1));
  expect(heard).toEqual(Array.from({ length: COUNT }, (_each, at) => at));
  expect(seen.frames).toBeLessThanOrEqual(COUNT / 100);
  expect(seen.most).toBeLessThanOrEqual(BUDGET);
});
