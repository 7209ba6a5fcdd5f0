// Our path on somebody else's http server: nobody is disturbed, neither they nor we.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect as http2Connect, createServer as createHttp2Server } from 'node:http2';
import type { Duplex } from 'node:stream';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { createRealtimeServer } from '../../../src/server.js';
import { ask, closeHttp, connect, listen, start } from './support.js';

const app = (request: IncomingMessage, response: ServerResponse): void => void response.end(`app ${request.url}`);

describe('attach', () => {
  it('leaves a WebSocket server alone that was there before, and is left alone by it', async () => {
    const http = createServer(app);
    // it answers every handshake for another path with 400
    const other = new WebSocketServer({ server: http, path: '/other' });
    other.on('connection', (peer) => peer.send('other'));
    const { at, base, realtime } = await start({}, http);
    realtime.publish('x', 1);
    expect(await (await connect(at('room=x&replay=1'))).next()).toBe('1');
    expect(await (await connect(`${base}/other`)).next()).toBe('other');
    expect((await ask(`${base}/realtime/deeper`)).body).toBe('app /realtime/deeper');
    other.close();
  });

  it('lets others remove their listeners', async () => {
    const http = createServer(app);
    const { base, at } = await start({}, http);
    expect((await ask(base)).body).toBe('app /');
    http.off('request', app);
    expect((await ask(base)).status).toBe(404);
    expect((await ask(at('room=x'))).status).toBe(200);
  });

  it('is seen by those who listen later', async () => {
    const { http, at } = await start();
    const seen: string[] = [];
    http.on('request', (request: IncomingMessage) => seen.push(`request ${request.url}`));
    http.on('upgrade', (request: IncomingMessage) => seen.push(`upgrade ${request.url}`));
    await ask(at('room=x'));
    await connect(at('room=x'));
    expect(seen).toEqual(['request /realtime?room=x', 'upgrade /realtime?room=x']);
  });

  it('answers for nobody where nobody else is', async () => {
    const { base } = await start();
    expect((await ask(`${base}/else`)).status).toBe(404);
    await expect(connect(`${base}/else`)).rejects.toThrow('404');
  });

  it('shares a server with another one, and goes in any order', async () => {
    const http = createServer(app);
    const untouched = http.emit;
    const [a, b] = [createRealtimeServer(), createRealtimeServer()];
    const detachA = a.attach(http, { path: '/a' });
    const detachB = b.attach(http, { path: '/b' });
    const base = await listen(http);
    onTestFinished(() => closeHttp(http));
    a.publish('x', 'of a');
    b.publish('x', 'of b');
    expect((await ask(`${base}/a?room=x`)).body).toBe('["of a"]');
    expect((await ask(`${base}/b?room=x`)).body).toBe('["of b"]');
    expect(await (await connect(`${base}/a?room=x&replay=1`)).next()).toBe('"of a"');
    expect(await (await connect(`${base}/b?room=x&replay=1`)).next()).toBe('"of b"');
    detachA();
    detachA();
    expect((await ask(`${base}/a`)).body).toBe('app /a');
    expect((await ask(`${base}/b?room=x`)).body).toBe('["of b"]');
    detachB();
    expect((await ask(`${base}/b`)).body).toBe('app /b');
    await Promise.all([a.close(), b.close()]);
    const detach = a.attach(createServer(), { path: '/a' });
    detach();
    // undone in the order of a stack, nothing is left at all
    const fresh = createServer();
    const undo = createRealtimeServer().attach(fresh);
    expect(fresh.emit).not.toBe(untouched);
    undo();
    expect(fresh.emit).toBe(untouched);
    expect(fresh.listenerCount('request') + fresh.listenerCount('upgrade')).toBe(0);
  });

  it.each(['realtime', '', '/a?b', '/a#b'])('refuses the path %j', (path) => {
    expect(() => createRealtimeServer().attach(createServer(), { path })).toThrow(/begins with a slash/);
    expect(() => createRealtimeServer().middleware({ path })).toThrow(/begins with a slash/);
  });

  it.each(['/écho', '/a b', '/\ud800'])(
    'refuses the path %j, which no request has, and says how it is written',
    (path) => {
      const written = { '/écho': '/%C3%A9cho', '/a b': '/a%20b' }[path] ?? '/%EF%BF%BD';
      expect(() => createRealtimeServer().attach(createServer(), { path })).toThrow(written);
    },
  );

  it('takes addresses in full', async () => {
    const { base, at, realtime } = await start({}, createServer(app));
    realtime.publish('x', 1);
    expect((await ask(base, { path: at('room=x') })).body).toBe('[1]');
    expect((await ask(base, { path: `${base}/else` })).body).toBe(`app ${base}/else`);
  });

  it('serves HTTP/2 too', async () => {
    const http = createHttp2Server();
    const realtime = createRealtimeServer();
    realtime.attach(http);
    const base = await listen(http);
    const session = http2Connect(base);
    onTestFinished(async () => {
      session.destroy();
      await new Promise((resolve) => http.close(resolve));
    });
    const stream = session.request({ ':path': '/realtime?room=x', accept: 'text/event-stream', origin: base });
    const headers = await new Promise<Record<string, unknown>>((resolve) => stream.once('response', resolve));
    expect(headers).toMatchObject({ ':status': 200, 'content-type': 'text/event-stream; charset=utf-8' });
    let text = '';
    stream.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    realtime.publish('x', 'over h2');
    await vi.waitFor(() => expect(text).toContain('data: "over h2"'));
    const stranger = session.request({ ':path': '/realtime', origin: 'https://evil.example' });
    const refused = await new Promise<Record<string, unknown>>((resolve) => stranger.once('response', resolve));
    expect(refused[':status']).toBe(403);
    stranger.close();
    const ended = new Promise((resolve) => stream.once('end', resolve));
    await realtime.close();
    await ended;
    expect(session.closed).toBe(false); // its connection may carry others
  });
});

describe('middleware', () => {
  it('answers its path and hands on the rest, under a mount too', async () => {
    const realtime = createRealtimeServer();
    const middleware = realtime.middleware({ path: '/api/live' });
    const http = createServer((request: IncomingMessage & { originalUrl?: string }, response) => {
      // as Connect and Express do under `use('/api', …)`
      if (request.url?.startsWith('/api')) {
        request.originalUrl = request.url;
        request.url = request.url.slice('/api'.length) || '/';
      }
      middleware(request, response, () => app(request, response));
    });
    const base = await listen(http);
    onTestFinished(async () => {
      await realtime.close();
      await closeHttp(http);
    });
    realtime.publish('x', 1);
    expect((await ask(`${base}/api/live?room=x`)).body).toBe('[1]');
    expect((await ask(`${base}/live?room=x`)).body).toBe('app /live?room=x');
    expect((await ask(`${base}/api/else`)).body).toBe('app /else');
  });

  it('takes upgrades that are handed to it', async () => {
    const realtime = createRealtimeServer();
    const http = createServer(app);
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      realtime.upgrade(request, socket, head),
    );
    const base = await listen(http);
    onTestFinished(async () => {
      await realtime.close();
      await closeHttp(http);
    });
    const peer = await connect(`${base}/anywhere?room=x`);
    realtime.publish('x', 1);
    expect(await peer.next()).toBe('1');
  });

  it('takes the body that a parser of the framework has read', async () => {
    const realtime = createRealtimeServer();
    const http = createServer((request: IncomingMessage & { body?: unknown }, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      request.on('end', () => {
        if (request.method === 'POST' && text !== '"lost"') request.body = JSON.parse(text) as unknown;
        realtime.handle(request, response);
      });
    });
    const base = await listen(http);
    onTestFinished(async () => {
      await realtime.close();
      await closeHttp(http);
    });
    const options = { method: 'POST', headers: { 'content-type': 'application/json' } };
    expect((await ask(`${base}/?room=x`, options, '{"n":1}')).status).toBe(202);
    expect((await ask(`${base}/?room=x`)).body).toBe('[{"n":1}]');
    expect(await ask(`${base}/?room=x`, options, '"lost"')).toMatchObject({
      status: 400,
      body: expect.stringContaining('read it'),
    });
  });
});
