// Who may come, and for how long: words of one's own, tickets, sending somebody away, and pages of other sites with a visitor's cookies.

import { describe, expect, it, onTestFinished } from 'vitest';
import { createRealtimeClient, type RealtimeClient } from '../../../src/client/realtime-client.js';
import type { RealtimeServerOptions } from '../../../src/server.js';
import type { TicketStore } from '../../../src/server/backplane.js';
import { createTicketStore } from '../../../src/server/ticket-store.js';
import { createTickets } from '../../../src/server/tickets.js';
import { createManualClock, seededRandom } from '../../../src/testing.js';
import type { AuthReason } from '../../../src/transport/auth.js';
import { webSocket } from '../../../src/transport/web-socket.js';
import { NodeWebSocket } from '../fixtures/serve.js';
import { createSessionName, greet, keyOf, overSocket } from './rooms-peer.js';
import { ways } from './rooms-ways.js';
import { ask, connect, start, type Started } from './support.js';

const byToken: RealtimeServerOptions = { authenticate: ({ token }) => (token ? { id: token } : null) };

function createClient({ base }: Started, getToken: (reason: AuthReason) => string | null): RealtimeClient {
  const client = createRealtimeClient({
    transport: webSocket(`${base.replace('http', 'ws')}/realtime`, { WebSocket: NodeWebSocket }),
    auth: { getToken },
    retry: { minDelayMs: 1, initialDelayMs: 10 },
    flush: 'microtask',
  });
  onTestFinished(() => client.close());
  return client;
}

describe.each(ways)('authenticate over $way', ({ open }) => {
  it('says no in words of its own', async () => {
    const server = await start({ authenticate: () => ({ refuse: 4403, reason: 'banned' }) });
    const peer = await open(server);
    await peer.say({ t: 'hello', v: 1, key: keyOf('anna'), token: 'secret-token' });
    expect(await peer.closed).toBe(4403);
    expect(server.events).toContainEqual({ type: 'refused', status: 4403, reason: 'banned' });
    expect(JSON.stringify(server.events)).not.toContain('secret-token');
  });
});

it.each([
  ['a code that cannot be said', { refuse: 1005 }],
  ['no code', { refuse: 'no' as unknown as number }],
  ['a reason that is too long', { refuse: 4403, reason: 'x'.repeat(124) }],
])('%s is the host’s mistake: not now, and told', async (_, denial) => {
  const server = await start({ authenticate: () => denial });
  const peer = await overSocket(server);
  await peer.say({ t: 'hello', v: 1, key: keyOf('anna') });
  expect(await peer.closed).toBe(1013);
  expect(server.events).toContainEqual(expect.objectContaining({ type: 'error' }));
});

describe('disconnect', () => {
  it('ends all that a user has, by whichever way, at once for those who watch, and nobody else’s', async () => {
    const server = await start({ ...byToken, presenceGraceMs: 60_000 });
    const watcher = await overSocket(server);
    await greet(watcher, 'watcher', 'watcher');
    await watcher.say({ t: 'join', room: 'a', join: 1 });
    await watcher.next('joined');
    const peers = [];
    for (const { way, open } of ways.slice(0, 3)) {
      const peer = await open(server);
      await greet(peer, way, 'anna');
      await peer.say({ t: 'join', room: 'a', join: 1, presence: { way } });
      await peer.next('joined');
      peers.push(peer);
    }
    expect(server.realtime.disconnect('anna')).toBe(3);
    expect(await Promise.all(peers.map(({ closed }) => closed))).toEqual([4401, 4401, 4401]);
    const gone = new Set<string>();
    while (gone.size < 3)
      for (const change of (await watcher.next('presence')).changes)
        if (change.op === 'leave') gone.add(change.connection);
    expect([server.realtime.disconnect('anna'), server.realtime.disconnect('__proto__')]).toEqual([0, 0]);
    await watcher.settled();
  });

  it('has a client ask for another token, once, and come back with it', async () => {
    const server = await start(byToken);
    const reasons: AuthReason[] = [];
    const client = createClient(server, (reason) => (reasons.push(reason), 'anna'));
    const room = client.room('a');
    room.subscribe(() => {});
    await expect.poll(() => room.getSnapshot().status).toBe('joined');
    server.realtime.disconnect('anna', { reason: 'password changed' });
    await expect.poll(() => reasons).toEqual(['connect', 'expired']);
    await expect.poll(() => room.getSnapshot().status).toBe('joined');
  });

  it('with 4403, or where there is no other token, stops it', async () => {
    const server = await start(byToken);
    for (const [user, code] of [
      ['anna', 4403],
      ['ben', 4401],
    ] as const) {
      const client = createClient(server, (reason) => (reason === 'expired' ? null : user));
      const room = client.room('a');
      room.subscribe(() => {});
      await expect.poll(() => room.getSnapshot().status).toBe('joined');
      server.realtime.disconnect(user, { code });
      await expect.poll(() => client.getSnapshot().connection.status).toBe('failed');
    }
  });

  it.each([
    [{ code: 1006 }, /1006/],
    [{ code: NaN }, /NaN/],
    [{ reason: 'é'.repeat(62) }, /123 bytes/],
  ])('%j cannot be said', async (options, message) => {
    const server = await start();
    expect(() => server.realtime.disconnect('anna', options)).toThrow(message);
  });
});

describe('tickets', () => {
  const strict: RealtimeServerOptions = { authenticate: () => null };

  it.each(ways)('are taken once, in the address, over $way', async ({ open }) => {
    const server = await start(strict);
    const ticket = await server.realtime.ticket({ id: 'anna', name: 'Anna' });
    const withTicket = { at: (query: string) => server.at(`${query}&access_token=${ticket}`) };
    const { user } = await greet(await open(withTicket), 'anna');
    expect(user).toEqual({ id: 'anna', name: 'Anna' });
    const second = await open(withTicket);
    await second.say({ t: 'hello', v: 1, key: keyOf('another') });
    expect(await second.closed).toBe(4401);
    expect(JSON.stringify(server.events)).not.toContain(ticket);
  });

  it('are as good as tokens, carry their end, and others are asked about as before', async () => {
    const server = await start(byToken);
    const ticket = await server.realtime.ticket({ id: 'anna', expiresInMs: 50 });
    const anna = await overSocket(server);
    expect(await greet(anna, 'anna', ticket)).toMatchObject({ user: { id: 'anna' }, expiresInMs: 50 });
    expect(await anna.closed).toBe(4401);
    expect((await greet(await overSocket(server), 'ben', 'ben')).user.id).toBe('ben');
  });

  /** With a store that can be looked into. */
  function createWorld() {
    const clock = createManualClock();
    const store = createTicketStore(clock);
    const keys: string[] = [];
    const put: TicketStore['put'] = (key, ...rest) => (keys.push(key), store.put(key, ...rest));
    const tickets = createTickets({
      store: { ...store, put },
      hash: (text) => `hash of ${text}`,
      random: seededRandom(1),
    });
    return { clock, store, keys, tickets };
  }

  it('last for their time, cannot be guessed, and are of somebody', async () => {
    const { clock, tickets, keys } = createWorld();
    const [one, other] = [await tickets.issue({ id: 'anna' }), await tickets.issue({ id: 'ben' }, 100)];
    expect(one).toMatch(/^ticket_[\w-]{22}$/);
    expect(one).not.toBe(other);
    expect(keys).toEqual([`hash of ${one}`, `hash of ${other}`]);
    clock.advance(100);
    for (const wrong of [other, 'ticket_', 'nonsense', null, undefined])
      expect(await tickets.take(wrong)).toBe(undefined);
    expect([await tickets.take(one), await tickets.take(one)]).toEqual([{ id: 'anna' }, undefined]);
    for (const wrong of [{}, { id: '' }, null, { id: 'webhook:/hooks/payments' }])
      await expect(tickets.issue(wrong as { id: string })).rejects.toThrow('of a user');
    await expect(tickets.issue({ id: 'anna' }, 0)).rejects.toThrow('ttlMs');
    const forEver = await tickets.issue({ id: 'anna', expiresInMs: Infinity });
    expect(await tickets.take(forEver)).toEqual({ id: 'anna' });
  });

  it('that nobody uses are bounded, and make way when their time is over', async () => {
    const { clock, store, tickets } = createWorld();
    for (let n = 0; n < 100_000; n++) void store.put(`ticket ${n}`, '{}', 30_000);
    await expect(tickets.issue({ id: 'anna' })).rejects.toThrow(expect.objectContaining({ kind: 'overflow' }));
    clock.advance(30_000);
    await tickets.issue({ id: 'anna' });
    expect(store.size).toBe(1);
  });
});

describe('a user who is called as webhooks are', () => {
  it.each(ways)('is refused over $way, and told; who only begins alike is not', async ({ open }) => {
    const server = await start(byToken);
    const peer = await open(server);
    await peer.say({ t: 'hello', v: 1, key: keyOf('anna'), token: 'webhook:/hooks/payments' });
    expect(await peer.closed).toBe(4403);
    expect(server.events).toContainEqual({ type: 'refused', status: 4403, reason: expect.stringContaining('webhook') });
    expect((await greet(await open(server), 'ben', 'webhook')).user.id).toBe('webhook');
  });

  it('also where a user becomes it later', async () => {
    const server = await start(byToken);
    const peer = await overSocket(server);
    await greet(peer, 'anna', 'anna');
    await peer.say({ t: 'auth', token: 'webhook:' });
    expect(await peer.closed).toBe(4403);
  });
});

describe('HC6: a page of another site, with the visitor’s cookies', () => {
  const host = 'app.example';
  const strangers = [
    'https://evil.example',
    'null',
    'https://app.example.evil.example',
    'https://evilapp.example',
    'https://evil.app.example',
    'https://app.example:8443',
    'https://app.example@evil.example',
    'https://app.exampl',
    'https://аpp.example', // the first letter is Cyrillic; browsers send it as xn--…
    'https://xn--pp-0xc.example',
  ].map((origin) => Buffer.from(origin).toString('latin1'));

  it.each(strangers)('%s is refused before anybody is asked whose cookies those are', async (origin) => {
    let asked = 0;
    const server = await start({ authenticate: () => (asked++, { id: 'victim' }) });
    const headers = { origin, host, cookie: 'sid=victim' };
    const session = `session=${createSessionName()}`;
    await expect(connect(server.at(session), { headers })).rejects.toThrow('403');
    await expect(connect(server.at('room=x'), { headers })).rejects.toThrow('403');
    for (const accept of ['text/event-stream', '*/*']) {
      const { status, headers: got } = await ask(server.at(session), { headers: { ...headers, accept } });
      expect([status, got['access-control-allow-origin']]).toEqual([403, undefined]);
    }
    // a page may send what forms send without being asked
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/json',
    ])
      expect(
        (await ask(server.at(session), { method: 'POST', headers: { ...headers, 'content-type': type } }, '[]')).status,
      ).toBe(403);
    expect([asked, server.events.some(({ type }) => type === 'connected')]).toEqual([0, false]);
  });

  it('without an origin a form’s content type is refused all the same', async () => {
    const server = await start();
    const session = `session=${createSessionName()}`;
    await ask(server.at(session));
    const headers = { 'content-type': 'text/plain' };
    expect((await ask(server.at(session), { method: 'POST', headers }, '[]')).status).toBe(415);
  });

  it('the host’s own page comes in', async () => {
    const server = await start();
    const headers = { origin: `https://${host}`, host, cookie: 'sid=victim' };
    await connect(server.at(`session=${createSessionName()}`), { headers });
  });
});
