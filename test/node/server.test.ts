// The server's answers, row by row, over real sockets.

import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import {
  createRealtimeServer,
  serve,
  type RealtimeServerOptions,
  type ServerEvent,
  type Serving,
} from '../../src/server.js';
import { run } from '../../src/server/node/command.js';
import { isTraffic } from './server/support.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});
const keep = <T extends { close(): unknown }>(each: T): T => (open.push(each), each);

async function start(
  options: RealtimeServerOptions = {},
): Promise<Serving & { at(query: string): string; events: ServerEvent[] }> {
  const events: ServerEvent[] = [];
  const serving = keep(
    await serve({ port: 0, ...options, onEvent: (event) => void (isTraffic(event) || events.push(event)) }),
  );
  return Object.assign(serving, { at: (query: string) => `${serving.url}?${query}`, events });
}

async function connect(
  url: string,
  init: object = {},
  protocols: string[] = [],
): Promise<{ socket: WebSocket; next: () => Promise<string | Buffer> }> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), protocols, init);
  keep({ close: () => socket.terminate() });
  const inbox: (string | Buffer)[] = [];
  const waiting: ((text: string | Buffer) => void)[] = [];
  socket.on('message', (data: Buffer, binary) => {
    const message = binary ? data : data.toString();
    const taker = waiting.shift();
    if (taker) taker(message);
    else inbox.push(message);
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return {
    socket,
    next: () => new Promise((resolve) => (inbox.length > 0 ? resolve(inbox.shift()!) : waiting.push(resolve))),
  };
}

async function* lines(response: Response): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    rest += chunk;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      yield rest.slice(0, end);
      rest = rest.slice(end + 1);
    }
  }
}
const stream = async (url: string, headers: Record<string, string> = {}) => {
  const stop = new AbortController();
  keep({ close: () => stop.abort() });
  const response = await fetch(url, { headers: { accept: 'text/event-stream', ...headers }, signal: stop.signal });
  const all = lines(response);
  const until = async (wanted: string): Promise<string[]> => {
    const seen: string[] = [];
    for (;;) {
      const { value, done } = await all.next();
      if (done) return seen;
      seen.push(value);
      if (value === wanted) return seen;
    }
  };
  return { response, until, stop };
};
const post = (url: string, body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  fetch(url, { method: 'POST', body, headers });

describe('WebSocket', () => {
  it('carries what is published to everybody in the room, the sender included', async () => {
    const server = await start();
    const [a, b, other] = [
      await connect(server.at('room=x')),
      await connect(server.at('room=x')),
      await connect(server.at('room=y')),
    ];
    a.socket.send('{ "hello" : 1 }');
    expect(await a.next()).toBe('{ "hello" : 1 }');
    expect(await b.next()).toBe('{ "hello" : 1 }');
    server.realtime.publish('y', 'for y');
    expect(await other.next()).toBe('"for y"');
  });

  it('relays bytes as bytes', async () => {
    const server = await start();
    const { socket, next } = await connect(server.at('room=x'));
    socket.send(new Uint8Array([0, 255, 7]));
    expect(await next()).toEqual(Buffer.from([0, 255, 7]));
  });

  it('answers the heartbeat, and lives on after a frame that is not JSON', async () => {
    const server = await start();
    const { socket, next } = await connect(server.at('room=x'));
    socket.send('{not json');
    socket.send('ping');
    expect(await next()).toBe('pong');
    expect(server.events).toContainEqual({ type: 'invalid', room: 'x', reason: 'a frame that is not JSON' });
  });

  it('closes with 1009 on a frame over the bound', async () => {
    const server = await start({ maxMessageBytes: 100 });
    const { socket } = await connect(server.at('room=x'));
    const code = new Promise((resolve) => socket.once('close', resolve));
    socket.send(JSON.stringify('x'.repeat(200)));
    expect(await code).toBe(1009);
  });

  it('replays the newest messages, or those after a place', async () => {
    const server = await start();
    const ids = [1, 2, 3].map((each) => server.realtime.publish('x', each).id);
    const replayed = await connect(server.at('room=x&replay=2'));
    expect([await replayed.next(), await replayed.next()]).toEqual(['2', '3']);
    const resumed = await connect(server.at(`room=x&since=${ids[1]}`));
    expect(await resumed.next()).toBe('3');
  });

  it('chooses the first subprotocol that is offered, so that a token among them does not break the handshake', async () => {
    const server = await start();
    const { socket } = await connect(server.at('room=x'), {}, ['v1', 'token']);
    expect(socket.protocol).toBe('v1');
  });

  it('lets a reader go that does not read, and nobody else', async () => {
    const server = await start({ maxBufferedBytes: 10_000 });
    const slow = await connect(server.at('room=x'));
    const quick = await connect(server.at('room=x'));
    slow.socket.pause();
    const big = 'x'.repeat(2 ** 20);
    // the kernel takes some megabytes before the server feels that nobody reads
    for (let index = 0; index < 100 && !server.events.some(({ type }) => type === 'slow'); index++) {
      server.realtime.publish('x', big);
      await quick.next();
    }
    expect(server.events).toContainEqual({ type: 'slow', room: 'x', transport: 'websocket' });
    server.realtime.publish('x', 'still here');
    expect(await quick.next()).toBe('"still here"');
  });

  it('terminates a peer that does not answer pings', async () => {
    const server = await start({ heartbeatMs: 30 });
    const { socket } = await connect(server.at('room=x'), { autoPong: false });
    const code = await new Promise((resolve) => socket.once('close', resolve));
    expect(code).toBe(1006);
    await expect.poll(() => server.events.some(({ type }) => type === 'left')).toBe(true);
  });
});

describe('Server-Sent Events', () => {
  it('opens with a byte at once, headers that keep proxies from buffering, and a place', async () => {
    const server = await start();
    const { response, until } = await stream(server.at('room=x'));
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    const [comment, retry, id] = await until('');
    expect(comment).toMatch(/^:/);
    expect(retry).toBe('retry: 1000');
    expect(id).toMatch(/^id: [0-9a-z]{8}-0$/);
  });

  it('gives every event an id, and its type', async () => {
    const server = await start();
    const { until } = await stream(server.at('room=x'));
    await until('');
    const { id } = server.realtime.publish('x', { text: 'two\nlines' }, { type: 'note' });
    expect(await until('')).toEqual(['event: note', `id: ${id}`, 'data: {"text":"two\\nlines"}', '']);
    server.realtime.publish('x', new Uint8Array([1, 2]));
    expect(await until('')).toEqual(['event: binary', expect.stringMatching(/^id: /), 'data: AQI=', '']);
  });

  it.each(['a\nb', 'a\rb', 'a\0b'])('refuses %j as a type, which would forge a field', async (type) => {
    const server = await start();
    expect(() => server.realtime.publish('x', 1, { type })).toThrow(/line breaks/);
  });

  it('goes on from Last-Event-ID, and says so', async () => {
    const server = await start({ history: { size: 2 } });
    const ids = [1, 2, 3, 4].map((each) => server.realtime.publish('x', each).id);
    const resumed = await stream(server.at('room=x'), { 'last-event-id': ids[2]! });
    expect(resumed.response.headers.get('roomtone-resume')).toBe('resumed');
    expect(await resumed.until('data: 4')).not.toContain('data: 3');
    const gap = await stream(server.at('room=x'), { 'last-event-id': ids[0]! });
    expect(gap.response.headers.get('roomtone-resume')).toBe('gap');
    expect(await gap.until('data: 4')).toContain('data: 3');
    const fresh = await stream(server.at('room=x'));
    expect(fresh.response.headers.get('roomtone-resume')).toBeNull();
    // without a place nothing of the past comes
    expect((await fresh.until('')).some((line) => line.startsWith('data:'))).toBe(false);
  });

  it('comments while it is quiet', async () => {
    const server = await start({ heartbeatMs: 20 });
    const { until } = await stream(server.at('room=x'));
    await until('');
    expect(await until(':')).toEqual([':']);
  });

  it('forgets a reader who goes', async () => {
    const server = await start();
    const { until, stop } = await stream(server.at('room=x'));
    await until('');
    stop.abort();
    await expect.poll(() => server.events.map(({ type }) => type)).toEqual(['joined', 'left']);
  });
});

describe('long poll', () => {
  it('waits for the next message and says where it is', async () => {
    const server = await start();
    const first = await fetch(server.at('room=x&wait=20'));
    expect(first.status).toBe(204); // a place, at once: nothing is missed between this answer and the next question
    const answer = fetch(server.at(`room=x&wait=20&cursor=${first.headers.get('roomtone-cursor')}`));
    await expect.poll(() => server.events.length).toBe(1);
    // what falls into one tick goes along
    server.realtime.publish('x', 1);
    const { id } = server.realtime.publish('x', 2);
    const response = await answer;
    expect(await response.json()).toEqual([1, 2]);
    expect(response.headers.get('roomtone-cursor')).toBe(id);
  });

  it('answers 204 with a place when nothing came', async () => {
    const server = await start();
    const place = (await fetch(server.at('room=x'))).headers.get('roomtone-cursor');
    const response = await fetch(server.at(`room=x&wait=0.02&cursor=${place}`));
    expect(response.status).toBe(204);
    expect(response.headers.get('roomtone-cursor')).toBe(place);
    expect(server.events.map(({ type }) => type)).toEqual(['joined', 'left']);
  });

  it('answers at once from a place, and tells a gap', async () => {
    const server = await start({ history: { size: 1 } });
    const ids = [1, 2, 3].map((each) => server.realtime.publish('x', each).id);
    const resumed = await fetch(server.at(`room=x&wait=20&cursor=${ids[1]}`));
    expect([await resumed.json(), resumed.headers.get('roomtone-resume')]).toEqual([[3], 'resumed']);
    const gap = await fetch(server.at(`room=x&wait=20&cursor=${ids[0]}`));
    expect([await gap.json(), gap.headers.get('roomtone-resume')]).toEqual([[3], 'gap']);
    const unknown = await fetch(server.at('room=empty&wait=20&cursor=other-7'));
    expect([unknown.status, unknown.headers.get('roomtone-resume')]).toEqual([204, 'gap']);
  });

  it('drops a request whose client went away', async () => {
    const server = await start();
    const stop = new AbortController();
    const place = (await fetch(server.at('room=x'))).headers.get('roomtone-cursor');
    const answer = fetch(server.at(`room=x&wait=20&cursor=${place}`), { signal: stop.signal });
    await expect.poll(() => server.events.length).toBe(1);
    stop.abort();
    await expect(answer).rejects.toThrow();
    await expect.poll(() => server.events.map(({ type }) => type)).toEqual(['joined', 'left']);
  });

  it.each(['56', '-1', 'soon'])('refuses to wait %s seconds', async (wait) => {
    const server = await start();
    expect((await fetch(server.at(`room=x&wait=${wait}`))).status).toBe(400);
  });
});

describe('poll', () => {
  it('gives what is kept, with an ETag, and 304 while nothing changed', async () => {
    const server = await start();
    server.realtime.publish('x', { n: 1 });
    const first = await fetch(server.at('room=x'));
    expect(await first.json()).toEqual([{ n: 1 }]);
    expect(first.headers.get('cache-control')).toBe('no-store');
    const etag = first.headers.get('etag')!;
    expect((await fetch(server.at('room=x'), { headers: { 'if-none-match': etag } })).status).toBe(304);
    server.realtime.publish('x', 2);
    expect((await fetch(server.at('room=x'), { headers: { 'if-none-match': etag } })).status).toBe(200);
    const since = await fetch(server.at(`room=x&cursor=${first.headers.get('roomtone-cursor')}`));
    expect(await since.json()).toEqual([2]);
  });
});

describe('POST', () => {
  it('publishes, and gives the id', async () => {
    const server = await start();
    const { next } = await connect(server.at('room=x'));
    const response = await post(server.at('room=x'), '{"a":[1, 2]}', {
      'content-type': 'application/json; charset=utf-8',
    });
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ id: expect.stringMatching(/-1$/) });
    expect(await next()).toBe('{"a":[1, 2]}');
  });

  it.each([
    ['a form of another site', 'a=1', 'application/x-www-form-urlencoded', 415],
    ['plain text', '{}', 'text/plain', 415],
    ['broken JSON', '{"a":', 'application/json', 400],
    ['an empty body', '', 'application/json', 400],
    ['too much', JSON.stringify('x'.repeat(200)), 'application/json', 413],
  ])('refuses %s', async (_, body, type, status) => {
    const server = await start({ maxMessageBytes: 100 });
    const response = await post(server.at('room=x'), body, { 'content-type': type });
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: expect.any(String) });
  });

  it('answers 503 when there is no place for the room', async () => {
    const server = await start({ maxRooms: 1 });
    expect((await post(server.at('room=x'), '1')).status).toBe(202);
    expect((await post(server.at('room=y'), '1')).status).toBe(503);
    expect((await fetch(server.at('room=y'))).status).toBe(503);
  });
});

describe('who may come', () => {
  const rows: [string, RealtimeServerOptions['allowedOrigins'], (host: string) => string | undefined, boolean][] = [
    ['no Origin', undefined, () => undefined, true],
    ['the same origin', undefined, (host) => `http://${host}`, true],
    ['another', undefined, () => 'https://evil.example', false],
    ['null', undefined, () => 'null', false],
    ['a look-alike with our host before it', undefined, (host) => `http://${host}.evil.example`, false],
    ['a look-alike with our host behind it', undefined, (host) => `http://evil${host}`, false],
    ['another port', undefined, () => 'http://127.0.0.1:1', false],
    ['a listed one', ['https://app.example'], () => 'https://app.example', true],
    ['one that is not listed', ['https://app.example'], () => 'https://app.example.evil', false],
    ['one that a predicate takes', (origin) => origin.endsWith('.example'), () => 'https://a.example', true],
    ['anybody, when written out', '*', () => 'https://evil.example', true],
  ];
  it.each(rows)('%s', async (_, allowedOrigins, originOf, allowed) => {
    const server = await start({ allowedOrigins });
    const origin = originOf(`127.0.0.1:${server.port}`);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = httpRequest(
        server.at('room=x'),
        { headers: origin ? { origin } : {} },
        (response: IncomingMessage) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      sent.on('error', reject).end();
    });
    expect(status).toBe(allowed ? 200 : 403);
    const handshake = connect(server.at('room=x'), origin ? { origin } : {});
    if (allowed) await handshake;
    else await expect(handshake).rejects.toThrow(/403/);
  });

  it('lets a listed origin read, with credentials, and everybody without', async () => {
    const headers = { origin: 'https://app.example' };
    const listed = await start({ allowedOrigins: ['https://app.example'] });
    const preflight = await fetch(listed.at('room=x'), { method: 'OPTIONS', headers });
    expect(preflight.status).toBe(204);
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': expect.stringContaining('last-event-id'),
      'access-control-expose-headers': expect.stringContaining('roomtone-cursor'),
    });
    const all = await start({ allowedOrigins: '*' });
    const answer = await fetch(all.at('room=x'), { headers });
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  });

  it.each(['', 'a%00b', 'a%0Ab', 'x'.repeat(129)])('refuses the room name %j', async (room) => {
    const server = await start();
    expect((await fetch(server.at(`room=${room}`))).status).toBe(400);
    await expect(connect(server.at(`room=${room}`))).rejects.toThrow(/400/);
  });

  it('refuses other methods', async () => {
    const server = await start();
    const response = await fetch(server.at('room=x'), { method: 'DELETE' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST, OPTIONS']);
  });
});

describe('beside others', () => {
  it('answers its own path only', async () => {
    const http = createServer((request, response) => void response.end(`other ${request.url}`));
    const others = new WebSocketServer({ noServer: true });
    http.on('upgrade', (request, socket, head) => {
      if (request.url === '/other') others.handleUpgrade(request, socket, head, (peer) => peer.send('other'));
    });
    const realtime = createRealtimeServer();
    const detach = realtime.attach(http, { path: '/live' });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    keep({ close: () => new Promise((resolve) => (http.closeAllConnections(), http.close(resolve))) });
    keep(realtime);
    const base = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    expect(await (await fetch(`${base}/else`)).text()).toBe('other /else');
    expect(await (await fetch(`${base}/live/deeper`)).text()).toBe('other /live/deeper');
    expect(await (await fetch(`${base}/live?room=x`)).json()).toEqual([]);
    const other = await connect(`${base}/other`);
    expect(await other.next()).toBe('other');
    realtime.publish('x', 1);
    const ours = await connect(`${base}/live?room=x&replay=1`);
    expect(await ours.next()).toBe('1');
    detach();
    expect(await (await fetch(`${base}/live?room=x`)).text()).toBe('other /live?room=x');
  });

  it('says good-bye: 1012, the end of the stream, an answer to the poll; and holds nothing', async () => {
    const server = await serve({ port: 0 });
    const { socket } = await connect(`${server.url}?room=x`);
    const code = new Promise((resolve) => socket.once('close', resolve));
    const { until } = await stream(`${server.url}?room=x`);
    await until('');
    const place = (await fetch(`${server.url}?room=x`)).headers.get('roomtone-cursor');
    const poll = fetch(`${server.url}?room=x&wait=20&cursor=${place}`);
    await new Promise((resolve) => server.http.once('request', resolve));
    await server.close();
    expect(await code).toBe(1012);
    expect(await until('never')).toEqual([]);
    expect((await poll).status).toBe(204);
    await expect(fetch(server.url)).rejects.toThrow();
  });
});

describe('the command', () => {
  const lines: string[] = [];
  const io = { out: (text: string) => void lines.push(text), err: (text: string) => void lines.push(text) };
  afterEach(() => void lines.splice(0));

  it('serves, and says where', async () => {
    const outcome = await run(
      ['serve', '--port', '0', '--history', '1', '--path', '/live', '--origin', 'https://a.example'],
      io,
    );
    if (typeof outcome === 'number') throw new Error(lines.join(''));
    keep(outcome);
    expect(lines.join('')).toBe(`roomtone listens on ${outcome.url}\n`);
    expect(outcome.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/live$/);
    expect((await fetch(outcome.url, { headers: { origin: 'https://a.example' } })).status).toBe(200);
    expect(await (await fetch(new URL('/', outcome.url))).text()).toContain('/live');
    // a taken port is said plainly
    expect(await run(['serve', '--port', String(outcome.port)], io)).toBe(2);
    expect(lines.join('')).toContain('that port is taken');
  });

  it('says once which origin it refuses, and how to let it in', async () => {
    const outcome = await run(['serve', '--port', '0'], io);
    if (typeof outcome === 'number') throw new Error(lines.join(''));
    keep(outcome);
    lines.splice(0);
    for (const origin of ['http://localhost:5173', 'null', 'http://localhost:5173', 'http://a.example/\u009b2J'])
      expect((await fetch(outcome.url, { headers: { origin } })).status).toBe(403);
    await expect(connect(outcome.url, { headers: { origin: 'http://localhost:3000' } })).rejects.toThrow(/403/);
    expect(lines).toEqual([
      'roomtone: refused a page of http://localhost:5173; to let it in: --origin http://localhost:5173\n',
      `roomtone: refused a page whose origin is "null"; only --origin '*' lets it in\n`,
      expect.stringContaining('"http://a.example/%C2%9B2J"'),
      'roomtone: refused a page of http://localhost:3000; to let it in: --origin http://localhost:3000\n',
    ]);
  });

  it('explains itself', async () => {
    expect(await run(['--help'], io)).toBe(0);
    expect(lines.join('')).toContain('--port');
  });

  it.each([
    [[]],
    [['dance']],
    [['serve', '--colour', 'red']],
    [['serve', '--port', 'x']],
    [['serve', '--port', '70000']],
    [['serve', '--path', 'x']],
    [['serve', 'twice']],
  ])('refuses %j with exit code 2 and a reason', async (args) => {
    expect(await run(args, io)).toBe(2);
    expect(lines.join('')).toMatch(/^roomtone: .+\nroomtone: see roomtone --help\n$/);
  });
});
