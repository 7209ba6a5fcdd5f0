// Many small sends in one task over a real socket: how many frames, and how much the socket holds at most.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';
import { product } from './product.mjs';

const { createFeed, createRealtimeClient, webSocket } = await product('core');
const { createRealtimeServer } = await product('server');

const BUDGET = 131_072;
const HEAD = ['what sends', 'frames', 'held by the socket at most, bytes', 'wrong'];

/** A WebSocket that writes down how many frames it was given, and how much it held at most. */
function watched() {
  const seen = { frames: 0, most: 0 };
  class Watched extends WebSocket {
    send(...args) {
      seen.frames++;
      super.send(...args);
      seen.most = Math.max(seen.most, this.bufferedAmount);
    }
  }
  return { seen, Watched };
}

/** A server whose reader `reads`: at once, or when it is told to. Resolves `all` when `n` numbers came. */
async function reader(n, { slow }) {
  const http = createServer();
  const numbers = [];
  let done;
  let read = () => {};
  const all = new Promise((resolve) => (done = resolve));
  const sockets = new WebSocketServer({ server: http });
  sockets.on('connection', (socket) => {
    if (slow) socket.pause();
    read = () => socket.resume();
    socket.on('message', (/** @type {Buffer} */ data) => {
      numbers.push(...[JSON.parse(data.toString())].flat().map(Number));
      if (numbers.length >= n) done();
    });
  });
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
  return { http, numbers, all, read: () => read(), url: `ws://127.0.0.1:${http.address().port}` };
}

const inOrder = (numbers) => (numbers.every((each, at) => each === at) ? '–' : 'not all, once and in order');

async function bare(n, { padding, slow }) {
  const { http, numbers, all, read, url } = await reader(n, { slow });
  const { seen, Watched } = watched();
  const socket = new Watched(url);
  await new Promise((resolve) => socket.once('open', resolve));
  for (let number = 0; number < n; number++) socket.send(JSON.stringify(String(number).padEnd(padding)));
  read();
  await all;
  socket.terminate();
  http.close();
  return [seen.frames, seen.most, inOrder(numbers)];
}

async function link(n, { padding, slow, batch }) {
  const { http, numbers, all, read, url } = await reader(n, { slow });
  const { seen, Watched } = watched();
  const transport = webSocket(url, { WebSocket: Watched });
  const outbox = { limit: n, maxBytes: 2 ** 24 };
  const feed = createFeed({ transport, batch, maxBufferedBytes: BUDGET, outbox });
  await feed.reconnect();
  for (let number = 0; number < n; number++) feed.send(String(number).padEnd(padding));
  // what the budget does not let through stays with us, whenever it is read
  setTimeout(read, 50);
  await all;
  await feed.drained();
  feed.close();
  http.close();
  return [seen.frames, seen.most, inOrder(numbers)];
}

async function room(n) {
  const http = createServer();
  const realtime = createRealtimeServer({ history: { size: 2 * n } });
  realtime.attach(http, { path: '/realtime' });
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { seen, Watched } = watched();
  const transport = webSocket(`http://127.0.0.1:${http.address().port}/realtime`, { WebSocket: Watched });
  const client = createRealtimeClient({ transport, maxBufferedBytes: BUDGET, outbox: { limit: n, maxBytes: 2 ** 24 } });
  const own = client.room('a', { history: n });
  const heard = [];
  own.on('message', ({ data }) => heard.push(data));
  await new Promise((resolve) => own.subscribe(() => own.getSnapshot().status === 'joined' && resolve()));
  seen.frames = 0;
  await Promise.all(Array.from({ length: n }, (_, number) => own.send(number, { timeoutMs: 60_000 }).done));
  assert.equal(heard.length, n);
  client.close();
  http.closeAllConnections();
  await realtime.close();
  http.close();
  return [seen.frames, seen.most, inOrder(heard)];
}

export async function run({ n = 10_000 } = {}) {
  const big = { padding: 1_000, slow: true };
  const small = { padding: 0, slow: false };
  const cases = [
    ['small-bare', 'a few bytes each: bare `ws` socket', () => bare(n, small)],
    ['small-link', '… a link, `batch: { maxSize: 1_000 }`', () => link(n, { ...small, batch: { maxSize: 1_000 } })],
    ['small-room', '… a room', () => room(n)],
    ['big-bare', 'a kilobyte each, to a reader who reads later: bare `ws` socket', () => bare(n, big)],
    ['big-link', '… a link', () => link(n, big)],
  ];
  const rows = [];
  for (const [, name, measure] of cases) rows.push([name, ...(await measure())]);
  return {
    title: `Outgoing: ${n} sends in one task`,
    note: `Over a real socket, in Node; \`maxBufferedBytes: ${BUDGET}\`. What does not fit waits in the outbox.`,
    head: HEAD,
    ids: cases.map(([id]) => id),
    rows,
  };
}
