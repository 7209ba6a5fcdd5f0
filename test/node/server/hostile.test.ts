// Input that is wrong or meant badly: an answer that says so, and nothing else happens.

import { connect as tcpConnect } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createRealtimeServer, type RealtimeServerOptions } from '../../../src/server.js';
import { ask, connect, listenTo, start } from './support.js';

const json = { method: 'POST', headers: { 'content-type': 'application/json' } };

describe('options', () => {
  it.each<[RealtimeServerOptions, RegExp]>([
    [{ heartbeatMs: 0 }, /`heartbeatMs` is a number from 1 on, not 0/],
    [{ heartbeatMs: NaN }, /`heartbeatMs`/],
    [{ maxMessageBytes: -1 }, /`maxMessageBytes`/],
    [{ maxBufferedBytes: 0 }, /`maxBufferedBytes`/],
    [{ retryMs: -1 }, /`retryMs`/],
    [{ maxRooms: 0 }, /`maxRooms`/],
    [{ history: { size: -1 } }, /`history.size`/],
    [{ history: { ttlMs: 0 } }, /`history.ttlMs`/],
    [{ history: { maxBytes: -1 } }, /`history.maxBytes`/],
    [{ allowedOrigins: ['https://app.example/'] }, /not 'https:\/\/app.example\/'/],
    [{ allowedOrigins: ['app.example'] }, /`allowedOrigins`/],
    [{ allowedOrigins: ['https://App.example'] }, /`allowedOrigins`/],
    [{ allowedOrigins: ['*'] }, /`allowedOrigins`/],
    [{ allowedOrigins: 'app.example' as '*' }, /`allowedOrigins`/],
  ])('%j are refused', (options, message) => {
    expect(() => createRealtimeServer(options)).toThrow(message);
    expect(() => createRealtimeServer(options)).toThrow(expect.objectContaining({ kind: 'config' }));
  });

  it('takes one origin without a list, and does not look for parts of it', async () => {
    const server = await start({ allowedOrigins: 'https://app.example' as '*' });
    expect((await ask(server.at(''), { headers: { origin: 'https://app.example' } })).status).toBe(200);
    expect((await ask(server.at(''), { headers: { origin: 'https://app' } })).status).toBe(403);
  });
});

describe('origins', () => {
  it('refuses when the predicate throws, and says it to the event hook only', async () => {
    const cause = new Error('secret');
    const server = await start({
      allowedOrigins() {
        throw cause;
      },
    });
    const headers = { origin: 'null' };
    const { status, body, headers: got } = await ask(server.at('room=x'), { headers });
    expect([status, body.includes('secret')]).toEqual([403, false]);
    expect(got).not.toHaveProperty('access-control-allow-origin');
    await expect(connect(server.at('room=x'), { headers })).rejects.toThrow('403');
    expect(server.events).toEqual([
      { type: 'refused', status: 403, reason: expect.stringContaining('allowedOrigins'), origin: 'null', cause },
      { type: 'refused', status: 403, reason: expect.stringContaining('allowedOrigins'), origin: 'null', cause },
    ]);
  });

  it.each([
    ['https://app.example', true],
    ['https://app.example:8443', false],
    ['http://app.example', false],
    ['https://app.example.evil.example', false],
    ['https://evil-app.example', false],
    ['https://APP.example', false],
    ['https://app.example, https://evil.example', false],
  ])('a list with https://app.example lets %s in: %s', async (origin, allowed) => {
    const server = await start({ allowedOrigins: ['https://app.example'] });
    expect((await ask(server.at(''), { headers: { origin } })).status).toBe(allowed ? 200 : 403);
  });

  it.each([
    ['file://', ''],
    ['chrome-extension://abc', 'abc'],
    ['http://user@host', 'host'],
  ])('%s is no page of the host "%s"', async (origin, host) => {
    const server = await start();
    expect((await ask(server.at(''), { headers: { origin, host } })).status).toBe(403);
  });

  it('a predicate has the last word, also on the same origin; a promise is no yes', async () => {
    const refusing = await start({ allowedOrigins: () => false });
    expect((await ask(refusing.at(''), { headers: { origin: refusing.base } })).status).toBe(403);
    const promising = await start({ allowedOrigins: (() => Promise.resolve(true)) as unknown as () => boolean });
    expect((await ask(promising.at(''), { headers: { origin: 'https://a.example' } })).status).toBe(403);
  });

  it('answers the preflight of a listed origin, of whatever the query is, and refuses that of others', async () => {
    const server = await start({ allowedOrigins: ['https://app.example'] });
    const preflight = (origin: string) => ask(server.at('room='), { method: 'OPTIONS', headers: { origin } });
    expect(await preflight('https://app.example')).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': 'https://app.example',
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-headers': 'content-type, authorization, last-event-id, if-none-match',
        'access-control-expose-headers': 'roomtone-cursor, roomtone-resume, etag, retry-after, date',
        vary: 'origin',
      },
    });
    expect((await preflight('https://evil.example')).status).toBe(403);
  });
});

describe('requests', () => {
  it.each([
    'replay=-1',
    'replay=1.5',
    'replay=',
    'replay=x',
    'wait=',
    'wait=1e1',
    'wait=55.1',
    'room=',
    'room=%00',
    'room=a%0d%0ab',
  ])('?%s is 400, with words', async (query) => {
    const server = await start();
    const answer = await ask(server.at(query));
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toEqual({ error: expect.stringMatching(/.{20}/) });
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' });
  });

  it.each(['GET', 'POST'])('a %s with no place for its room is 503, also for WebSocket', async (method) => {
    const server = await start({ maxRooms: 1 });
    server.realtime.publish('x', 1);
    expect(await ask(server.at('room=y'), { ...json, method }, method === 'POST' ? '1' : '')).toMatchObject({
      status: 503,
      body: expect.stringContaining('maxRooms'),
      headers: { 'retry-after': '1' },
    });
    await expect(connect(server.at('room=y'))).rejects.toThrow('503');
    expect(() => server.realtime.publish('y', 1)).toThrow(expect.objectContaining({ kind: 'overflow' }));
  });

  it('a refused handshake has a readable body', async () => {
    const server = await start();
    const headers = { connection: 'upgrade', upgrade: 'websocket', origin: 'https://evil.example' };
    const answer = await ask(server.at('room=x'), { headers });
    expect(answer).toMatchObject({ status: 403, headers: { 'content-type': 'application/json', connection: 'close' } });
    expect(JSON.parse(answer.body)).toEqual({ error: expect.stringContaining('allowedOrigins') });
  });

  it('so has one that is no WebSocket handshake, and the event hook hears of it', async () => {
    const server = await start();
    const headers = { connection: 'upgrade', upgrade: 'websocket' };
    const answer = await ask(server.at('room=x'), { headers });
    expect(answer).toMatchObject({ status: 400, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(answer.body)).toEqual({ error: expect.stringContaining('Sec-WebSocket-Key') });
    expect(server.events).toEqual([{ type: 'refused', status: 400, reason: expect.stringContaining('Key') }]);
  });

  it.each([
    ['declared', 'content-length: 20000000\r\n'],
    ['in chunks without end', 'transfer-encoding: chunked\r\n'],
  ])('a body that is too large, %s, is answered 413 while it is still coming', async (_, framing) => {
    const server = await start({ maxMessageBytes: 1_000 });
    const { hostname, port } = new URL(server.base);
    const socket = tcpConnect(Number(port), hostname);
    onTestFinished(() => void socket.destroy());
    let text = '';
    socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    socket.write(`POST /realtime HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${framing}\r\n`);
    const piece = 'x'.repeat(1_024);
    for (let i = 0; i < 64; i++) socket.write(framing.startsWith('t') ? `400\r\n${piece}\r\n` : piece);
    await vi.waitFor(() => expect(text).toMatch(/^HTTP\/1\.1 413 [^]*1000 bytes/));
  });

  it('a large body is read by fetch as 413, not as a broken connection', async () => {
    const server = await start({ maxMessageBytes: 1_000 });
    const response = await fetch(server.at('room=x'), { ...json, body: 'x'.repeat(20_000_000) });
    expect([response.status, await response.json()]).toEqual([413, { error: expect.any(String) }]);
  });

  it('who goes on sending behind 413 is cut', async () => {
    const server = await start({ maxMessageBytes: 1_000 });
    const { hostname, port } = new URL(server.base);
    const socket = tcpConnect(Number(port), hostname);
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {}); // the cut
    let text = '';
    socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    socket.write('POST /realtime HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n');
    socket.write('transfer-encoding: chunked\r\n\r\n');
    const piece = `100000\r\n${'x'.repeat(2 ** 20)}\r\n`;
    let sent = 0;
    const send = (): void => {
      if (++sent < 500) socket.write(piece, (error) => error ?? send());
    };
    const closed = new Promise((resolve) => socket.once('close', resolve));
    send();
    await closed;
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(sent).toBeLessThan(100);
  });

  it('JSON that is nested too deep is dropped, and the next message is not', async () => {
    const server = await start();
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect((await ask(server.at('room=x'), json, deep)).status).toBe(400);
    const peer = await connect(server.at('room=x'));
    peer.socket.send(deep);
    peer.socket.send('1');
    expect(await peer.next()).toBe('1');
    expect(server.events.map(({ type }) => type)).toEqual(['refused', 'joined', 'invalid']);
  });

  it.each(['nonsense', '-', '-1', '1e308', '00000000-99999999999999999999', '__proto__-0'])(
    'a cursor like %s is a gap',
    async (cursor) => {
      const server = await start();
      server.realtime.publish('x', 1);
      const answer = await ask(server.at(`room=x&cursor=${cursor}`));
      expect([answer.status, answer.body, answer.headers['roomtone-resume']]).toEqual([200, '[1]', 'gap']);
      const stream = await listenTo(server.at('room=x'), { 'last-event-id': cursor });
      expect(stream.response.headers['roomtone-resume']).toBe('gap');
    },
  );
});
