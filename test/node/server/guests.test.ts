// Plain links, ?room=, to a server that has users: who comes is asked for, each does what they may, and goes when told to.

import { request } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFeed } from '../../../src/feed/create-feed.js';
import type { AuthorizeRequest, RealtimeServerOptions } from '../../../src/server.js';
import type { AuthReason } from '../../../src/transport/auth.js';
import { webSocket } from '../../../src/transport/web-socket.js';
import { NodeWebSocket } from '../fixtures/serve.js';
import { ask, connect, listenTo, start, type Started } from './support.js';

const byToken: RealtimeServerOptions = {
  authenticate: ({ token }) => (token === undefined || token.startsWith('ticket') ? null : { id: token }),
};
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const json = { 'content-type': 'application/json' };

/** What a try is answered: an HTTP status, or the code of a close. */
type Try = (server: Started, query: string, headers?: Record<string, string>) => Promise<number>;
const tries: Readonly<Record<string, Try>> = {
  async webSocket({ at }, query, headers = {}) {
    const { closed, socket } = await connect(at(query), { headers });
    socket.send('"ping"'); // comes back to who may write
    const echoed = new Promise<number>((resolve) => socket.once('message', () => resolve(101)));
    return Promise.race([closed.then(({ code }) => code), echoed]);
  },
  async eventSource({ at }, query, headers) {
    const { response } = await listenTo(at(query), headers);
    return response.statusCode ?? 0;
  },
  poll: async ({ at }, query, headers = {}) => (await ask(at(query), { headers })).status,
  longPoll: async ({ at }, query, headers = {}) => (await ask(at(`${query}&wait=1`), { headers })).status,
  post: async ({ at }, query, headers = {}) =>
    (await ask(at(query), { method: 'POST', headers: { ...json, ...headers } }, '1')).status,
};
const good: Readonly<Record<string, number>> = {
  ...{ webSocket: 101, eventSource: 200, poll: 200, longPoll: 204, post: 202 },
};

describe.each(Object.entries(tries))('%s', (way, attempt) => {
  const isSocket = way === 'webSocket';

  it('is asked who it is: by its header, or by its address', async () => {
    const asked: unknown[] = [];
    const server = await start({
      authenticate(credentials) {
        asked.push([credentials.token, credentials.remoteAddress]);
        return byToken.authenticate!(credentials);
      },
    });
    expect(await attempt(server, 'room=x')).toBe(isSocket ? 4401 : 401);
    expect(await attempt(server, 'room=x', bearer('anna'))).toBe(good[way]);
    expect(await attempt(server, 'room=x&access_token=ben')).toBe(good[way]);
    expect(asked).toEqual([undefined, 'anna', 'ben'].map((token) => [token, '127.0.0.1']));
    expect(server.events).toContainEqual({
      type: 'refused',
      status: 401,
      reason: expect.stringContaining('credentials'),
    });
  });

  it.each([
    [4403, 403],
    [1013, 503],
    [4555, 403],
  ])('refused with %i, it hears that or %i', async (code, status) => {
    const server = await start({ authenticate: () => ({ refuse: code, reason: 'in my own words' }) });
    expect(await attempt(server, 'room=x', bearer('anna'))).toBe(isSocket ? code : status);
  });

  it('where `authenticate` throws: not now, and told without the token', async () => {
    const server = await start({
      authenticate() {
        throw new Error('no database');
      },
    });
    expect(await attempt(server, 'room=x&access_token=secret')).toBe(isSocket ? 1013 : 503);
    expect(server.events).toContainEqual(expect.objectContaining({ type: 'error', room: 'x', reason: 'no database' }));
    expect(JSON.stringify(server.events)).not.toContain('secret');
  });

  it('takes a ticket instead, once, and asks nobody about it', async () => {
    const server = await start(byToken);
    const ticket = await server.realtime.ticket({ id: 'anna' });
    expect(await attempt(server, `room=x&access_token=${ticket}`)).toBe(good[way]);
    expect(await attempt(server, `room=x&access_token=${ticket}`)).toBe(isSocket ? 4401 : 401);
    expect(JSON.stringify(server.events)).not.toContain(ticket);
  });

  it('needs the right to join, or to publish where that is all', async () => {
    const asked: AuthorizeRequest[] = [];
    const server = await start({
      ...byToken,
      authorize(request) {
        asked.push(request);
        return request.room === 'open';
      },
    });
    expect(await attempt(server, 'room=closed', bearer('anna'))).toBe(isSocket ? 4403 : 403);
    expect(asked).toEqual([{ user: { id: 'anna' }, action: way === 'post' ? 'publish' : 'join', room: 'closed' }]);
    expect(await attempt(server, 'room=open', bearer('anna'))).toBe(good[way]);
  });
});

it('with rights alone, nobody knows who it is', async () => {
  const server = await start({ authorize: ({ user, action }) => user.id === 'anonymous' && action === 'join' });
  expect(await tries['poll']!(server, 'room=x')).toBe(200);
  expect(await tries['post']!(server, 'room=x')).toBe(403);
});

describe('without the right to history', () => {
  const noPast: RealtimeServerOptions = { ...byToken, authorize: ({ action }) => action !== 'history' };
  const mine = { headers: bearer('anna') };

  it('nothing is heard of what was said before, but all after a place that it has', async () => {
    const server = await start(noPast);
    const { at, realtime } = server;
    const place = String((await ask(at('room=x&replay=1&wait=0'), mine)).headers['roomtone-cursor']);
    realtime.publish('x', 'secret');
    expect((await ask(at('room=x'), mine)).body).toBe('[]');
    expect((await ask(at('room=x&replay=10&wait=0'), mine)).status).toBe(204);
    // a place of nobody's
    const lost = await ask(at('room=x&cursor=abcdefgh-0'), mine);
    expect([lost.status, lost.headers['roomtone-resume']]).toEqual([204, 'gap']);
    expect((await ask(at(`room=x&cursor=${place}`), mine)).body).toBe('["secret"]');
    const stream = await listenTo(at('room=x&replay=10'), bearer('anna'));
    const peer = await connect(at('room=x&replay=10'), mine);
    realtime.publish('x', 'public');
    expect(await peer.next()).toBe('"public"');
    expect(await stream.until('public')).not.toContain('secret');
  });
});

describe('without the right to publish', () => {
  it('what a WebSocket says is dropped and told, and it hears on', async () => {
    const server = await start({ ...byToken, authorize: ({ action }) => action !== 'publish' });
    const peer = await connect(server.at('room=x'), { headers: bearer('anna') });
    for (let n = 0; n < 10; n++) peer.socket.send(String(n));
    peer.socket.send('ping');
    expect(await peer.next()).toBe('pong'); // behind them
    server.realtime.publish('x', 'from the server');
    expect(await peer.next()).toBe('"from the server"');
    expect(server.events.filter(({ type }) => type === 'refused')).toEqual([
      { type: 'refused', status: 'forbidden', reason: 'You may not publish here.', room: 'x' },
    ]);
  });
});

describe('goes', () => {
  async function openAll(server: Started, user: string) {
    const socket = await connect(server.at('room=x'), { headers: bearer(user) });
    const stream = await listenTo(server.at('room=x'), bearer(user));
    const { headers } = await ask(server.at('room=x&wait=0'), { headers: bearer(user) });
    const joined = server.events.length;
    const held = ask(server.at(`room=x&wait=55&cursor=${String(headers['roomtone-cursor'])}`), {
      headers: bearer(user),
    });
    await expect.poll(() => server.events.length).toBe(joined + 1);
    return { socket, stream, held };
  }

  it('when its credentials expire', async () => {
    const server = await start({ authenticate: ({ token }) => ({ id: String(token), expiresInMs: 300 }) });
    const { socket, stream, held } = await openAll(server, 'anna');
    expect(await socket.closed).toEqual({ code: 4401, reason: 'the credentials have expired' });
    await stream.ended;
    expect((await held).status).toBe(204);
  });

  it('when it is sent away, and others stay', async () => {
    const server = await start(byToken);
    const { socket, stream, held } = await openAll(server, 'anna');
    const other = await connect(server.at('room=x'), { headers: bearer('ben') });
    expect(server.realtime.disconnect('anna', { code: 4403, reason: 'banned' })).toBe(3);
    expect(await socket.closed).toEqual({ code: 4403, reason: 'banned' });
    await stream.ended;
    expect((await held).status).toBe(204);
    expect(server.realtime.disconnect('anna')).toBe(0);
    server.realtime.publish('x', 1);
    expect(await other.next()).toBe('1');
  });

  it('and what had gone before is remembered nowhere', async () => {
    const server = await start(byToken);
    const { socket } = await connect(server.at('room=x'), { headers: bearer('anna') });
    socket.close();
    await expect.poll(() => server.events.filter(({ type }) => type === 'left')).toHaveLength(1);
    expect(server.realtime.disconnect('anna')).toBe(0);
  });
});

it('a link of this package asks for another token when it is sent away, and comes back with it', async () => {
  const server = await start(byToken);
  const reasons: AuthReason[] = [];
  const getToken = (reason: AuthReason): string => (reasons.push(reason), 'anna');
  const feed = createFeed<string>({
    transport: webSocket(server.at('room=x').replace('http', 'ws'), { WebSocket: NodeWebSocket, auth: { getToken } }),
    retry: { minDelayMs: 1, initialDelayMs: 10 },
    flush: 'microtask',
  });
  onTestFinished(feed.subscribe(() => {}));
  await expect.poll(() => feed.getSnapshot().status).toBe('open');
  server.realtime.disconnect('anna');
  await expect.poll(() => reasons).toEqual(['connect', 'expired']);
  await expect.poll(() => feed.getSnapshot().status).toBe('open');
});

it('who leaves while it is asked about is not waited for', async () => {
  let isAsked = false;
  let answer = (): void => {};
  const server = await start({
    authenticate: () =>
      new Promise((resolve) => {
        isAsked = true;
        answer = () => resolve({ id: 'anna' });
      }),
  });
  const left = new Promise((resolve) => {
    server.http.once('request', (_, response) => response.once('close', resolve));
  });
  const asking = request(server.at('room=x'), { headers: { accept: 'text/event-stream' } });
  asking.on('error', () => {}).end();
  await expect.poll(() => isAsked).toBe(true);
  asking.destroy();
  await left;
  answer();
  await ask(server.at('room=x'), { method: 'OPTIONS' });
  expect(server.events).toEqual([]);
});
