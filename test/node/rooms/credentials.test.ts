// Credentials over real sockets: renewed on the link that stands, refused once and replaced, taken away for good. All four ways.

import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { ladder } from '../../../src/client/ladder.js';
import {
  createRealtimeClient,
  type RealtimeClient,
  type RealtimeClientOptions,
} from '../../../src/client/realtime-client.js';
import { createRealtimeServer, type RealtimeServer, type RealtimeServerOptions } from '../../../src/server.js';
import { createCuttingProxy } from '../../support/cutting-proxy.js';
import { createChance, firstSeed } from '../../support/seed.js';
import { NodeWebSocket } from '../fixtures/serve.js';

type RealtimeAuth = NonNullable<RealtimeClientOptions['auth']>;
type Reason = Parameters<RealtimeAuth['getToken']>[0];

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

async function run(
  options: RealtimeServerOptions,
): Promise<{ readonly port: number; readonly realtime: RealtimeServer }> {
  const http: Server = createServer();
  const realtime = createRealtimeServer({ history: { size: 10_000 }, presenceGraceMs: 100, ...options });
  realtime.attach(http, { path: '/realtime' });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  undo.push(async () => {
    http.closeAllConnections();
    await realtime.close();
    await new Promise((resolve) => http.close(resolve));
  });
  return { port: (http.address() as { port: number }).port, realtime };
}

/** A client over one way, what it was asked for, what it went through, and what it heard in room `a`. */
function createPerson(way: number, port: number, auth: Partial<RealtimeAuth>) {
  const transport = ladder(`http://127.0.0.1:${port}/realtime`, { WebSocket: NodeWebSocket, pollIntervalMs: 10 })[way];
  if (!transport) throw new Error('no such way');
  const asked: Reason[] = [];
  const { getToken = () => null } = auth;
  const client = createRealtimeClient({
    transport,
    auth: { ...auth, getToken: (reason) => (asked.push(reason), getToken(reason)) },
    retry: { minDelayMs: 1, initialDelayMs: 10, maxDelayMs: 100 },
    flush: 'microtask',
  });
  undo.push(() => client.close());
  const statuses: string[] = [];
  client.connection.subscribe(() => {
    const { status } = client.connection.getSnapshot();
    if (status !== statuses.at(-1)) statuses.push(status);
  });
  const heard: unknown[] = [];
  const room = client.room('a');
  room.on('message', ({ data }) => void heard.push(data));
  room.subscribe(() => {});
  return { client, room, asked, statuses, heard };
}

const until = async (what: string, is: () => boolean): Promise<void> => {
  const started = performance.now();
  while (!is()) {
    if (performance.now() - started > 15_000) throw new Error(`waited 15 s for: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
};
const joined = (client: RealtimeClient): boolean => client.room('a').getSnapshot().status === 'joined';

describe.each([
  { name: 'websocket', way: 0 },
  { name: 'sse', way: 1 },
  { name: 'long-poll', way: 2 },
  { name: 'poll', way: 3 },
])('over $name', ({ way }) => {
  test('tokens that live 300 ms: renewed 8 times in place, no reconnect, nothing lost', async () => {
    const shown: (string | undefined)[] = [];
    const { port, realtime } = await run({
      authenticate: ({ token }) => (shown.push(token), { id: 'ada', expiresInMs: 300 }),
    });
    let serial = 0;
    const { client, room, asked, statuses, heard } = createPerson(way, port, { getToken: () => `t${++serial}` });
    await until('the room', () => joined(client));
    let published = 0;
    const receipts: Promise<{ readonly status: string }>[] = [];
    while (shown.length < 9) {
      const before = shown.length;
      realtime.publish('a', published++);
      receipts.push(room.send(published++).done);
      const count = published;
      await until('more', () => heard.length >= count || shown.length > before);
    }
    await until('all', () => heard.length === published);
    expect(new Set((await Promise.all(receipts)).map(({ status }) => status))).toEqual(new Set(['acknowledged']));
    expect([...heard].sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: published }, (_, n) => n));
    expect(shown.slice(0, 9)).toEqual(['t1', 't2', 't3', 't4', 't5', 't6', 't7', 't8', 't9']);
    expect(asked.slice(0, 9)).toEqual(['connect', ...Array.from({ length: 8 }, () => 'refresh')]);
    expect(statuses).toEqual(['connecting', 'open']);
    expect(room.getSnapshot().gap).toBeNull();
    console.info(`renewed ${shown.length - 1} times, ${published} messages, 0 reconnects`);
  });

  test('they expire: closed once, asked once by force, back with everything', async () => {
    const { port, realtime } = await run({
      authenticate: ({ token }) => ({ id: 'ada', ...(token === 'short' ? { expiresInMs: 150 } : {}) }),
    });
    // the app has nothing new to give, until it is told that the old one is refused
    const getToken = (reason: Reason): string | null =>
      reason === 'connect' ? 'short' : reason === 'expired' ? 'long' : null;
    const { client, asked, statuses, heard } = createPerson(way, port, { getToken });
    await until('the room', () => joined(client));
    realtime.publish('a', 'before');
    await until('the end', () => statuses.includes('reconnecting'));
    realtime.publish('a', 'between');
    await until('the room again', () => joined(client));
    realtime.publish('a', 'after');
    await until('all', () => heard.length === 3);
    expect(heard).toEqual(['before', 'between', 'after']);
    expect(asked).toEqual(['connect', 'refresh', 'expired']);
    expect(statuses).toEqual(['connecting', 'open', 'reconnecting', 'open']);
  });

  test('banned while cut off: nothing that was said since is seen, and it ends', async () => {
    const banned = new Set<string>();
    const server = await run({ authenticate: ({ token }) => (banned.has(token ?? '') ? null : { id: token ?? '' }) });
    const { random } = createChance(firstSeed());
    const proxy = await createCuttingProxy(() => server.port, random);
    undo.push(() => proxy.close());
    const { client, room, asked, heard } = createPerson(way, proxy.port, { getToken: () => 'ada' });
    await until('the room', () => joined(client));
    server.realtime.publish('a', 'before');
    await until('it', () => heard.length === 1);
    banned.add('ada');
    proxy.cutAll();
    server.realtime.publish('a', 'secret');
    const lost = room.send('from the grave');
    await until('the end', () => client.connection.getSnapshot().status === 'failed');
    server.realtime.publish('a', 'secret too');
    expect(client.connection.getSnapshot().error).toMatchObject({ kind: 'unauthorized', code: 4401 });
    expect((await lost.done).status).not.toBe('acknowledged');
    expect(heard).toEqual(['before']);
    expect(room.getSnapshot().messages.map(({ data, state }) => [data, state])).toEqual([
      ['before', 'sent'],
      ['from the grave', 'failed'],
    ]);
    expect(asked.filter((reason) => reason === 'expired')).toHaveLength(1);
  });

  test('banned on the link that stands: the next renewal ends it', async () => {
    let isBanned = false;
    const { port, realtime } = await run({
      authenticate: () => (isBanned ? null : { id: 'ada', expiresInMs: 300 }),
    });
    const { client, heard } = createPerson(way, port, { getToken: () => 'ada' });
    await until('the room', () => joined(client));
    isBanned = true;
    await until('the end', () => client.connection.getSnapshot().status === 'failed');
    realtime.publish('a', 'secret');
    expect([heard, client.connection.getSnapshot().error?.kind]).toEqual([[], 'unauthorized']);
  });

  test('another user’s token on the same client: nothing of one is shown or sent for the other', async () => {
    const server = await run({ authenticate: ({ token }) => ({ id: token ?? '' }) });
    let who = 'ada';
    const { random } = createChance(firstSeed());
    const proxy = await createCuttingProxy(() => server.port, random);
    undo.push(() => proxy.close());
    const { client, room, heard } = createPerson(way, proxy.port, { getToken: () => who });
    await until('the room', () => joined(client));
    await room.send('by ada').done;
    await until('it', () => heard.length === 1);
    who = 'ben';
    proxy.cutAll();
    const waiting = room.send('by ada, too late');
    await until('ben', () => client.getSnapshot().user?.id === 'ben' && joined(client));
    await room.send('by ben').done;
    expect((await waiting.done).status).not.toBe('acknowledged');
    await until('it', () => heard.length === 2);
    expect(room.getSnapshot().messages.map(({ from, data }) => [from, data])).toEqual([
      ['ada', 'by ada'], // of the room's history, as ben may see it
      ['ben', 'by ben'],
    ]);
  });
});

test.each([
  ['header', 1],
  ['header', 2],
  ['query', 0],
  ['query', 1],
  ['query', 3],
  ['subprotocol', 0],
] as const)(
  'a token that travels as %s over way %i: the upgrade or request shows it, hello does not',
  async (via, way) => {
    const { port } = await run({
      authenticate({ headers, url, token }) {
        if (token !== undefined) return null;
        const shown = {
          header: headers.authorization?.replace('Bearer ', ''),
          query: new URL(url, 'http://x').searchParams.get('ticket'),
          subprotocol: headers['sec-websocket-protocol'],
        }[via];
        return shown === 'SECRET-of-ada' ? { id: 'ada' } : null;
      },
    });
    const { client, asked } = createPerson(way, port, { via, queryName: 'ticket', getToken: () => 'SECRET-of-ada' });
    await until('the room', () => joined(client));
    expect(client.getSnapshot().user).toEqual({ id: 'ada' });
    expect(asked).toEqual(['connect']);
  },
);

test('a ladder whose token is a header passes the WebSocket over, which cannot carry it', async () => {
  const { port } = await run({ authenticate: ({ headers }) => (headers.authorization ? { id: 'ada' } : null) });
  const client = createRealtimeClient({
    transport: ladder(`http://127.0.0.1:${port}/realtime`, { WebSocket: NodeWebSocket }),
    auth: { via: 'header', getToken: () => 'SECRET-of-ada' },
    flush: 'microtask',
  });
  undo.push(() => client.close());
  client.retain();
  await until('a link', () => client.connection.getSnapshot().status === 'open');
  expect(client.connection.getSnapshot().transport).toBe('sse');
});
