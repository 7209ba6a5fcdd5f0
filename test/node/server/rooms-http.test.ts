// The rooms protocol over HTTP, request by request: which wire, whose, and from where.

import { describe, expect, it } from 'vitest';
import { createSessionName, keyOf } from './rooms-peer.js';
import { ask, connect, listenTo, start } from './support.js';

const hello = JSON.stringify({ t: 'hello', v: 1, key: keyOf('anna') });
/** The place that an answer names. */
const cursorOf = ({ headers }: { readonly headers: Readonly<Record<string, unknown>> }): string =>
  String(headers['roomtone-cursor'] as string);
const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
const open = async (options = {}) => {
  const server = await start(options);
  const url = server.at(`session=${createSessionName()}`);
  return { server, url, first: await ask(url) };
};

describe('polls', () => {
  it('the first GET is answered at once, and opens the wire', async () => {
    const { url, first } = await open();
    expect([first.status, first.headers['roomtone-cursor'], first.body]).toEqual([204, '0', '']);
    expect(await ask(url, json, hello)).toMatchObject({ status: 202, body: '' });
    const { status, body, headers } = await ask(`${url}&wait=25&cursor=0`);
    expect([status, JSON.parse(body)[0].t, headers['cache-control']]).toEqual([200, 'welcome', 'no-store']);
  });

  it('says again what was answered after the cursor, and forgets what arrived', async () => {
    const { url } = await open();
    await ask(url, json, hello);
    const once = await ask(`${url}&cursor=0`);
    await ask(url, json, '{"t":"ping"}');
    const twice = await ask(`${url}&cursor=0`);
    expect((JSON.parse(twice.body) as { t: string }[]).map(({ t }) => t)).toEqual(['welcome', 'pong']);
    const rest = await ask(`${url}&cursor=${cursorOf(once)}`);
    expect(JSON.parse(rest.body)).toEqual([{ t: 'pong' }]);
    const none = await ask(`${url}&cursor=${cursorOf(rest)}`);
    expect([none.status, none.headers['roomtone-cursor']]).toEqual([204, rest.headers['roomtone-cursor']]);
  });

  it('holds an answer until there is something, or the time is over', async () => {
    const { url } = await open();
    const held = ask(`${url}&wait=25&cursor=0`);
    await ask(url, json, hello);
    expect((await held).body).toContain('welcome');
    const cursor = cursorOf(await held);
    expect((await ask(`${url}&wait=0.02&cursor=${cursor}`)).status).toBe(204);
  });

  it('a second GET ends the one before it with 204', async () => {
    const { url } = await open();
    const before = ask(`${url}&wait=25&cursor=0`);
    let second = ask(`${url}&wait=25&cursor=0`);
    // whichever arrived first is the one that was ended
    const ended = await Promise.race([before, second]);
    expect([ended.status, ended.headers['roomtone-cursor']]).toEqual([204, undefined]);
    await ask(url, json, hello);
    second = Promise.any(
      [before, second].map(async (each) => {
        const found = await each;
        if (found.status === 204) throw new Error('ended');
        return found;
      }),
    );
    expect((await second).body).toContain('welcome');
  });

  it.each(['1', '-1', '0.5', 'x', '1e99'])('a cursor of %s that was never given is 503', async (cursor) => {
    const { url } = await open();
    expect((await ask(`${url}&cursor=${cursor}`)).status).toBe(503);
  });

  it('a wire that nobody opened is 503; so is one that knows that it ended', async () => {
    const { url, server } = await open();
    const strange = server.at(`session=${createSessionName()}`);
    expect((await ask(`${strange}&cursor=0`)).status).toBe(503);
    expect(await ask(strange, json, hello)).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    await ask(url, json, '7');
    const last = await ask(`${url}&cursor=0`);
    expect(JSON.parse(last.body)).toMatchObject([{ t: 'close', code: 4400 }]);
    expect((await ask(url, json, hello)).status).toBe(503);
    expect((await ask(`${url}&cursor=${cursorOf(last)}`)).status).toBe(503);
  });

  it('a held answer says good-bye when the server goes', async () => {
    const { url, server } = await open();
    await ask(url, json, hello);
    const cursor = cursorOf(await ask(`${url}&cursor=0`));
    const held = ask(`${url}&wait=25&cursor=${cursor}`);
    await ask(url, json, '{"t":"pong"}');
    await server.realtime.close();
    expect(JSON.parse((await held).body)).toMatchObject([{ t: 'close', code: 1012 }]);
  });
});

describe('streams', () => {
  it('begin with a comment at once; the bytes after it are frames, also where text looks like fields', async () => {
    const { server } = await open();
    const url = server.at(`session=${createSessionName()}`);
    const { response, until } = await listenTo(url);
    expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    await until(': here\nretry: 1000\n\n');
    await ask(url, json, hello);
    await ask(url, json, JSON.stringify({ t: 'join', room: 'a\u2028b', join: 1 }));
    await until('"joined"');
    server.realtime.publish('a\u2028b', 'x\n\ndata: {"t":"close","code":1000}\r\u2028');
    const text = await until('"message"');
    expect(text.split('\n\n').filter((block) => block.startsWith('data: {"t":"close"'))).toEqual([]);
  });

  it('a second stream of the same session ends the first', async () => {
    const { server } = await open();
    const url = server.at(`session=${createSessionName()}`);
    const first = await listenTo(url);
    const second = await listenTo(url);
    expect(await first.ended).toContain('"code":1013');
    await ask(url, json, hello);
    await second.until('welcome');
  });
});

describe('requests', () => {
  it.each(['short', 'x'.repeat(129), 'has a space and more', 'ünïcödé-session-x', ''])(
    'session %j is 400',
    async (name) => {
      const server = await start();
      const query = server.at(`session=${encodeURIComponent(name)}`);
      expect((await ask(query)).status).toBe(400);
      expect((await ask(query, json, hello)).status).toBe(400);
      await expect(connect(query)).rejects.toThrow(/400/);
    },
  );

  it('another origin than the one that opened it is 403, also where both may connect', async () => {
    const server = await start({ allowedOrigins: ['https://a.example', 'https://b.example'] });
    const url = server.at(`session=${createSessionName()}`);
    const from = (origin: string) => ({ ...json, headers: { ...json.headers, origin } });
    await ask(url, { headers: { origin: 'https://a.example' } });
    expect((await ask(url, from('https://b.example'), hello)).status).toBe(403);
    expect((await ask(`${url}&cursor=0`, { headers: { origin: 'https://b.example' } })).status).toBe(403);
    expect((await ask(url, from('https://c.example'), hello)).status).toBe(403);
    expect((await ask(url, from('https://a.example'), hello)).status).toBe(202);
  });

  it('pages of the same origin name it with POST only, and are let through', async () => {
    const { url, server } = await open();
    const { host } = new URL(server.base);
    expect((await ask(url, { ...json, headers: { ...json.headers, origin: `http://${host}` } }, hello)).status).toBe(
      202,
    );
  });

  it.each([
    ['text', 415, { method: 'POST', headers: { 'content-type': 'text/plain' } }, hello],
    ['a body over the limit', 413, json, `"${'x'.repeat(2 ** 20)}"`],
  ])('%s is %i', async (_, status, how, body) => {
    const { url } = await open();
    expect((await ask(url, how, body)).status).toBe(status);
  });

  it('a body over the limit ends the wire as over WebSocket', async () => {
    const { url, server } = await open({ maxMessageBytes: 1_000 });
    await ask(url, json, hello);
    await ask(url, json, 'x'.repeat(1_001));
    expect((await ask(`${url}&cursor=0`)).body).toContain('"code":1009');
    const { socket, closed } = await connect(server.at(`session=${createSessionName()}`));
    socket.send('x'.repeat(1_001));
    expect((await closed).code).toBe(1009);
  });

  it('bytes over WebSocket are none of this protocol', async () => {
    const server = await start();
    const { socket, closed } = await connect(server.at(`session=${createSessionName()}`));
    socket.send(Uint8Array.of(1));
    expect((await closed).code).toBe(4400);
  });

  it('frames are read in the order in which their requests came, whichever body is whole first', async () => {
    const { url } = await open();
    const { request } = await import('node:http');
    const slow = request(url, { ...json, agent: false });
    const slowAnswer = new Promise((resolve) =>
      slow.on('response', (response) => resolve(response.resume().statusCode)),
    );
    slow.write(hello.slice(0, 5));
    await new Promise((resolve) => slow.once('socket', (socket) => socket.once('connect', resolve)));
    // its head is at the server when a later one of the same client is answered
    await ask(url.replace(/session=.*/, 'room=x'), json, '1');
    const fast = ask(url, json, '{"t":"ping"}');
    await ask(url.replace(/session=.*/, 'room=x'), json, '2');
    slow.end(hello.slice(5));
    expect([await slowAnswer, (await fast).status]).toEqual([202, 202]);
    const { body } = await ask(`${url}&cursor=0`);
    expect((JSON.parse(body) as { t: string }[]).map(({ t }) => t)).toEqual(['welcome', 'pong']);
  });

  it('authenticate sees the request that opened the wire, and the token', async () => {
    const seen: unknown[] = [];
    const server = await start({
      authenticate({ headers, url, token, remoteAddress }) {
        seen.push([headers.cookie, url.replace(/session=[\w-]+/, 'session=…'), token, remoteAddress]);
        return { id: 'anna' };
      },
    });
    const url = server.at(`session=${createSessionName()}`);
    await ask(url, { headers: { cookie: 'sid=1' } });
    await ask(url, { ...json, headers: { ...json.headers, cookie: 'sid=other' } }, hello.replace('}', ',"token":"t"}'));
    await ask(`${url}&cursor=0`);
    expect(seen).toEqual([['sid=1', '/realtime?session=…', 't', '127.0.0.1']]);
  });

  it.each([
    { presenceGraceMs: -1 },
    { maxRoomsPerConnection: 0 },
    { maxPresenceBytes: NaN },
    { pollIdleMs: 0 },
    { authenticate: 'yes' as never },
    { authorize: 7 as never },
    { dedupe: { windowMs: -1 } },
  ])('options that make no sense are refused: %j', async (options) => {
    await expect(start(options)).rejects.toMatchObject({ kind: 'config' });
  });
});
