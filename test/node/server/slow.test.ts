// Readers who do not read: bounded, let go, and nobody else feels it.

import type { ServerResponse } from 'node:http';
import { connect as tcpConnect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { createBacklog } from '../../../src/server/node/backlog.js';
import { connect, listenTo, type Started, start } from './support.js';

const MIB = 'x'.repeat(2 ** 20);

/** The kernel takes some megabytes before the server feels that nobody reads; `quick` says when each one has passed. */
async function flood(server: Started, passed: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < 100 && !server.events.some(({ type }) => type === 'slow'); i++) {
    server.realtime.publish('x', MIB);
    await passed();
  }
  expect(server.events).toContainEqual({ type: 'slow', room: 'x', transport: expect.any(String) });
}

function open(url: string, headers: readonly string[]): Promise<Socket> {
  const { hostname, port, pathname, search } = new URL(url);
  const socket = tcpConnect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  socket.write(`GET ${pathname}${search} HTTP/1.1\r\n${['host: x', ...headers].join('\r\n')}\r\n\r\n`);
  return new Promise((resolve) =>
    socket.once('data', () => {
      socket.pause();
      resolve(socket);
    }),
  );
}
const handshake = [
  'connection: upgrade',
  'upgrade: websocket',
  'sec-websocket-version: 13',
  'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==',
];

describe('a reader who does not read', () => {
  it('over WebSocket is told 1013 behind what it has not read yet', async () => {
    const server = await start({ maxBufferedBytes: 100_000 });
    const slow = await connect(server.at('room=x'));
    const quick = await connect(server.at('room=x'));
    slow.socket.pause();
    await flood(server, quick.next);
    slow.socket.resume();
    expect(await slow.closed).toEqual({ code: 1013, reason: 'too slow' });
    server.realtime.publish('x', 'still here');
    expect(await quick.next()).toBe('"still here"');
    expect(server.events.filter(({ type }) => type === 'left')).toHaveLength(1);
  });

  it('over WebSocket is waited for by close(), though it was being let go before', async () => {
    const server = await start({ maxBufferedBytes: 1_000 });
    let far: Duplex | undefined;
    server.http.once('upgrade', (_request, socket: Duplex) => (far = socket));
    await open(server.at('room=x'), handshake);
    await flood(server, () => Promise.resolve());
    await server.realtime.close();
    expect(far?.destroyed).toBe(true);
  });

  it('over SSE is broken off, and comes back with its place', async () => {
    const server = await start({ maxBufferedBytes: 100_000 });
    await open(server.at('room=x'), ['accept: text/event-stream']);
    const quick = await connect(server.at('room=x'));
    await flood(server, quick.next);
    expect(server.events).toContainEqual({ type: 'slow', room: 'x', transport: 'sse' });
    server.realtime.publish('x', 'still here');
    expect(await quick.next()).toBe('"still here"');
  });

  it.each<[string, (socket: WebSocket) => void]>([
    ['the protocol', (socket) => socket.ping('p'.repeat(100))],
    ['plain links', (socket) => socket.send('ping')],
  ])('and fills us with answers to pings of %s is let go too', async (_, ping) => {
    const server = await start({ maxBufferedBytes: 1_000 });
    let far: Duplex | undefined;
    server.http.once('upgrade', (_request, socket: Duplex) => (far = socket));
    const { socket } = await connect(server.at('room=x'));
    far?.cork(); // as if the kernel took nothing more
    for (let i = 0; i < 1_000; i++) ping(socket);
    await vi.waitFor(() => expect(server.events.map(({ type }) => type)).toEqual(['joined', 'slow', 'left']));
  });

  it.each(['websocket', 'sse'])('is not who asked for a long replay over %s', async (transport) => {
    const server = await start({ maxBufferedBytes: 1_000, heartbeatMs: transport === 'sse' ? 100 : 25_000 });
    for (let i = 0; i < 20; i++) server.realtime.publish('x', MIB);
    const url = server.at('room=x&replay=20');
    const socket = await open(url, transport === 'sse' ? ['accept: text/event-stream'] : handshake);
    // more waits than may, and something comes: it was asked for
    server.realtime.publish('x', 'live');
    let text = '';
    socket.on('data', (piece: Buffer) => (text = text.slice(-100) + piece.subarray(-100).toString('latin1')));
    socket.resume();
    await vi.waitFor(() => expect(text).toContain('"live"'));
    expect(server.events.map(({ type }) => type)).toEqual(['joined']);
  });
});

describe('a long replay', () => {
  it('over SSE is not copied for each reader, and is not held for one who reads none of it', async () => {
    const server = await start({ heartbeatMs: 50 });
    for (let i = 0; i < 20; i++) server.realtime.publish('x', MIB);
    let waiting = Infinity;
    server.http.once('request', (_, response: ServerResponse) => (waiting = response.writableLength));
    await open(server.at('room=x&replay=20'), ['accept: text/event-stream']);
    expect(waiting).toBeLessThan(200_000);
    await vi.waitFor(() => expect(server.events.map(({ type }) => type)).toEqual(['joined', 'slow', 'left']));
  });

  it('over SSE comes whole and in order, what is published meanwhile behind it, and before the end', async () => {
    const server = await start({ heartbeatMs: 25_000 });
    for (let i = 0; i < 20; i++) server.realtime.publish('x', [i, '€'.repeat(100_000)]);
    const stream = await listenTo(server.at('room=x&replay=20'));
    for (let i = 20; i < 25; i++) server.realtime.publish('x', [i, '€']);
    await server.realtime.close();
    const text = await stream.ended;
    const data = text.split('\n').flatMap((line) => (line.startsWith('data: ') ? [line.slice(6)] : []));
    expect(
      data.map((each) => {
        const [i, body] = JSON.parse(each) as [number, string];
        return [i, body.length];
      }),
    ).toEqual(Array.from({ length: 25 }, (_, i) => [i, i < 20 ? 100_000 : 1]));
  });
});

describe('backlog', () => {
  it('excuses what was asked for until it is through', () => {
    const backlog = createBacklog(10);
    expect([backlog.exceeded(10), backlog.exceeded(11)]).toEqual([false, true]);
    backlog.excuse(100);
    expect([backlog.exceeded(110), backlog.exceeded(111)]).toEqual([false, true]);
    expect([backlog.exceeded(10), backlog.exceeded(11)]).toEqual([false, true]);
  });
});

describe('heartbeats', () => {
  it('reach a quiet stream, and a quiet WebSocket, which lives while it answers', async () => {
    const server = await start({ heartbeatMs: 10 });
    const stream = await listenTo(server.at('room=x'));
    await stream.until('\n\n:\n\n:\n\n');
    const peer = await connect(server.at('room=x'));
    for (let i = 0; i < 5; i++) await new Promise((resolve) => peer.socket.once('ping', resolve));
    expect(peer.socket.readyState).toBe(peer.socket.OPEN);
  });
});
