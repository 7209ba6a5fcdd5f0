// The flood server, a process of its own: the built pages, and one stream of messages per page over the wire that it opens.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { Server as SocketIo } from 'socket.io';
import { WebSocketServer } from 'ws';
import { createFlooder } from './flood.mjs';

const [pages, roomtone] = process.argv.slice(2);
const { createRealtimeServer } = await import(roomtone);

/** By page: how to send to it, and who waits for it to be there. */
const links = new Map();
const waiting = new Map();

function arrive(id, send, places = 1) {
  const link = links.get(id) ?? { ...createFlooder(send), left: places };
  links.set(id, link);
  if (--link.left === 0) {
    link.isThere = true;
    waiting.get(id)?.();
  }
}
const joined = (id) =>
  links.get(id)?.isThere ? Promise.resolve() : new Promise((resolve) => waiting.set(id, resolve));

/** Of any kind that lasts: how many were accepted in all, and how many are open. */
const wires = { accepted: 0, open: 0 };
function countWire(wire) {
  wires.accepted++;
  wires.open++;
  wire.once('close', () => wires.open--);
}

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
const numbers = (params) =>
  Object.fromEntries([...params].filter(([name]) => name !== 'id' && name !== 'kind').map(([k, v]) => [k, Number(v)]));

const http = createServer(async (request, response) => {
  const { pathname, searchParams: params } = new URL(request.url, 'http://x');
  const id = params.get('id');
  if (pathname === '/sse') {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(':\n\n');
    countWire(response);
    arrive(id, (messages) => {
      for (const message of messages) response.write(`data: ${JSON.stringify(message)}\n\n`);
    });
    return;
  }
  if (pathname === '/wires') {
    response.end(JSON.stringify(wires));
    return;
  }
  if (pathname === '/joined') {
    await joined(id);
    response.end();
    return;
  }
  if (pathname === '/flood') {
    response.end();
    await links.get(id).flood(params.get('kind'), numbers(params));
    return;
  }
  try {
    const body = await readFile(join(pages, normalize(pathname)));
    // so that the page's clock has 5 us, not 100
    response.writeHead(200, {
      'content-type': TYPES[extname(pathname)] ?? 'application/octet-stream',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    });
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
});

const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
/** `per`: how many messages a frame may carry, as a JSON array; without it one, bare. */
function openSocket(socket, id, per) {
  arrive(id, (messages) => {
    if (!per) for (const message of messages) socket.send(JSON.stringify(message));
    else for (let at = 0; at < messages.length; at += per) socket.send(JSON.stringify(messages.slice(at, at + per)));
  });
}
http.on('upgrade', (request, socket, head) => {
  const { pathname, searchParams: params } = new URL(request.url, 'http://x');
  if (pathname !== '/ws') return;
  sockets.handleUpgrade(request, socket, head, (open) => openSocket(open, params.get('id'), Number(params.get('per'))));
});

new SocketIo(http, { path: '/socket.io', transports: ['websocket'] }).on('connection', (socket) => {
  const { id, keyed } = socket.handshake.query;
  arrive(id, (messages) => {
    for (const message of messages) socket.emit(keyed ? message.key : 'message', message);
  });
});

/** Nobody is held to a rate: what is measured is what it costs. */
const ANY = { perSecond: 1e9, burst: 1e9 };
/** Rooms are `<page>` or, where each key has one, `<page>/<keys>/<key>`. */
const realtime = createRealtimeServer({
  maxBufferedBytes: 2 ** 30,
  maxRoomsPerConnection: 20_000,
  maxRooms: 200_000,
  rateLimit: ANY,
  roomRateLimit: ANY,
  connectRateLimit: ANY,
  onEvent({ type, room }) {
    if (type !== 'joined') return;
    const [id, keys] = room.split('/');
    const send = keys
      ? (messages) => messages.forEach((message) => realtime.publish(`${id}/${keys}/${message.key}`, message))
      : (messages) => messages.forEach((message) => realtime.publish(room, message));
    arrive(id, send, Number(keys ?? 1));
  },
});
realtime.attach(http, { path: '/realtime' });
// who listens earlier is not asked about the path of another
http.on('upgrade', (_request, socket) => countWire(socket));

http.listen(0, '127.0.0.1', () => process.send({ port: http.address().port }));
process.on('disconnect', () => process.exit());
