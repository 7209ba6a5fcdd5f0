// Plain links to a server that has users, at the wrong moment: sent away before they are there, out of date when they come, half said.

import { request } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AuthorizeRequest } from '../../../src/server.js';
import { ask, connect, start, type Started } from './support.js';

const bearer = { authorization: 'Bearer anna' };
const json = { 'content-type': 'application/json' };
const authenticate = ({ token = '' }: { readonly token: string | undefined }) => ({ id: token });

const post = async ({ at }: Started, room: string, headers: Record<string, string> = bearer): Promise<number> =>
  (await ask(at(`room=${room}`), { method: 'POST', headers: { ...json, ...headers } }, '"said"')).status;
const socket = async ({ at }: Started, room: string): Promise<number> =>
  (await (await connect(at(`room=${room}`), { headers: bearer })).closed).code;
const get =
  (query: string, accept = '*/*') =>
  async ({ at }: Started, room: string): Promise<number> =>
    (await ask(at(`room=${room}${query}`), { headers: { ...bearer, accept } })).status;
const ways = {
  ...{ post, socket },
  ...{ stream: get('', 'text/event-stream'), poll: get(''), longPoll: get('&wait=1&cursor=a-0') },
};

describe.each(Object.entries(ways))('%s', (way, come) => {
  it.each(way === 'post' ? ['publish'] : ['join', 'history', 'publish'])(
    'sent away while %s is asked about, it does not come in',
    async (action) => {
      let answer = (): void => {};
      const asked: AuthorizeRequest['action'][] = [];
      const server = await start({
        authenticate,
        authorize: (about) =>
          new Promise((resolve) => {
            asked.push(about.action);
            if (about.action === action && about.user.id === 'anna') answer = () => resolve(true);
            else resolve(true);
          }),
      });
      const coming = come(server, 'x');
      await expect.poll(() => asked.at(-1)).toBe(action);
      expect(server.realtime.disconnect('anna', { code: 4403, reason: 'banned' })).toBe(1);
      answer();
      expect(await coming).toBe(way === 'socket' ? 4403 : 403);
      expect(server.realtime.disconnect('anna')).toBe(0);
      expect((await ask(server.at('room=x'), { headers: { authorization: 'Bearer ben' } })).body).toBe('[]');
    },
  );

  it.each([0, -1, -Infinity])('with credentials that hold for %d ms more it does not come in', async (expiresInMs) => {
    const server = await start({ authenticate: () => ({ id: 'anna', expiresInMs }) });
    server.realtime.publish('x', 'secret');
    expect(await come(server, 'x')).toBe(way === 'socket' ? 4401 : 401);
    expect(server.events.filter(({ type }) => type === 'joined')).toEqual([]);
  });
});

describe('a POST of which half is there', () => {
  async function half(server: Started, headers: Record<string, string> = bearer) {
    const sent = request(server.at('room=x'), { method: 'POST', agent: false, headers: { ...json, ...headers } });
    const status = new Promise((resolve) => sent.on('response', (found) => resolve(found.resume().statusCode)));
    sent.on('error', () => {});
    onTestFinished(() => void sent.destroy());
    sent.write('"sa');
    await new Promise((resolve) => server.http.once('request', resolve));
    await ask(server.at('room=y'), { headers }); // it was admitted before
    return { status, rest: () => void sent.end('id"') };
  }

  it('is refused where its user is sent away, and what it still says is not said', async () => {
    const server = await start({ authenticate, bodyTimeoutMs: 1_000_000 });
    const { status, rest } = await half(server);
    expect(server.realtime.disconnect('anna', { code: 4403, reason: 'banned' })).toBe(1);
    rest();
    expect(await status).toBe(403);
    expect((await ask(server.at('room=x'), { headers: bearer })).body).toBe('[]');
    expect(server.realtime.disconnect('anna')).toBe(0);
  });

  it('is refused when its credentials expire', async () => {
    const server = await start({
      authenticate: ({ token = '' }) => ({ id: token, expiresInMs: 200 }),
      bodyTimeoutMs: 1_000_000,
    });
    const { status } = await half(server);
    expect(await status).toBe(401);
  });

  it('is refused where the server goes, users or none, and is not waited for', async () => {
    for (const options of [{}, { authenticate }]) {
      const server = await start({ ...options, bodyTimeoutMs: 1_000_000 });
      const { status } = await half(server);
      await server.realtime.close();
      expect(await status).toBe(503);
    }
  });
});

describe('cookies', () => {
  type Come = (server: Started, headers: Record<string, string>) => Promise<unknown>;
  const open: Come = async ({ at }, headers) => (await connect(at('room=x'), { headers })).closed;
  const opened: Readonly<Record<string, Come>> = {
    socket: open,
    poll: ({ at }, headers) => ask(at('room=x'), { headers }),
    stream: ({ at }, headers) => ask(at('room=x'), { headers: { ...headers, accept: 'text/event-stream' } }),
    post: ({ at }, headers) => ask(at('room=x'), { method: 'POST', headers: { ...headers, ...json } }, '1'),
    async session({ at }, headers) {
      const { socket, closed } = await connect(at('session=session-of-a-page'), { headers });
      socket.send(JSON.stringify({ t: 'hello', v: 1, key: 'key-of-the-page-' }));
      await closed;
    },
  };

  it.each(Object.entries(opened))('of a %s from another origin are nobody’s where all may come', async (_, come) => {
    const asked: unknown[] = [];
    const server = await start({
      allowedOrigins: '*',
      authenticate: ({ headers }) => (asked.push(headers.cookie), null),
    });
    const cookie = 'session=of-the-visitor';
    for (const origin of ['https://evil.example', 'null', server.base.replace('127.0.0.1', 'localhost')])
      await come(server, { cookie, origin });
    await come(server, { cookie, origin: server.base });
    await come(server, { cookie });
    expect(asked).toEqual([undefined, undefined, undefined, cookie, cookie]);
  });

  it('of pages that were let in by name are theirs', async () => {
    const asked: unknown[] = [];
    const server = await start({
      allowedOrigins: ['https://app.example'],
      authenticate: ({ headers }) => (asked.push(headers.cookie), null),
    });
    await open(server, { cookie: 'a=1', origin: 'https://app.example' });
    expect(asked).toEqual(['a=1']);
  });
});

it('who may not publish uses up nothing of the room’s own', async () => {
  const server = await start({
    authenticate,
    authorize: ({ user, action }) => action !== 'publish' || user.id === 'ben',
    roomRateLimit: { perSecond: 0.01, burst: 2 },
  });
  const reader = await connect(server.at('room=x'), { headers: bearer });
  for (let n = 0; n < 10; n++) reader.socket.send(String(n));
  reader.socket.send('ping');
  expect(await reader.next()).toBe('pong'); // behind them
  expect(await post(server, 'x')).toBe(403);
  expect(await post(server, 'x', { authorization: 'Bearer ben' })).toBe(202);
  expect(await reader.next()).toBe('"said"');
});
