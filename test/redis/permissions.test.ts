// Several servers on a real Redis: a ticket of one is good on another, once; who is sent away is sent away everywhere; a webhook that came to two is one.

import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RealtimeServerOptions, type ServerEvent } from '../../src/server.js';
import { greet, keyOf, overSocket, type RoomsPeer } from '../node/server/rooms-peer.js';
import { ask, connect, start, type Started } from '../node/server/support.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { connected, createAdmin, createNode, createWay } from './kit.js';

let redisServer: RedisServer;
beforeAll(async () => void (redisServer = await startRedis()));
afterAll(() => redisServer.close());

let turn = 0;
const createPrefix = (): string => `permissions-${turn++}:`;

async function startOn(prefix: string, options: RealtimeServerOptions = {}, url = redisServer.url): Promise<Started> {
  const { backplane } = createNode(url, { prefix, timeoutMs: 1_000, leaseMs: 2_000 });
  await connected(backplane);
  return start({ backplane, ...options }, createServer());
}

test('a ticket of one server is good on another, once on all, for its time, and cannot be read in Redis', async () => {
  const prefix = createPrefix();
  const strict: RealtimeServerOptions = { authenticate: () => null };
  const [one, other, third] = [
    await startOn(prefix, strict),
    await startOn(prefix, strict),
    await startOn(prefix, strict),
  ];
  const ticket = await one.realtime.ticket({ id: 'anna', name: 'Anna' });
  const admin = await createAdmin(redisServer.url);
  const keys = await admin.keys(`${prefix}ticket:*`);
  expect(keys).toHaveLength(1);
  expect(keys.join()).not.toContain(ticket.slice(7));
  expect(await admin.pTTL(keys[0]!)).toBeGreaterThan(10_000);

  // shown to all at once: one of them has it
  const outcomes = await Promise.all(
    [one, other, third].map(async (server, n) => {
      const peer = await overSocket(server);
      await peer.say({ t: 'hello', v: 1, key: keyOf(`anna ${n}`), token: ticket });
      return Promise.race([peer.next('welcome').then(({ user }) => user), peer.closed]);
    }),
  );
  expect(outcomes.filter((each) => each === 4401)).toHaveLength(2);
  expect(outcomes).toContainEqual({ id: 'anna', name: 'Anna' });
  expect(await admin.keys(`${prefix}ticket:*`)).toEqual([]);

  // in the address, on a server that did not write it
  const second = await one.realtime.ticket({ id: 'ben' }, { ttlMs: 60_000 });
  const { user } = await greet(await overSocket({ at: (query) => other.at(`${query}&access_token=${second}`) }), 'ben');
  expect(user).toEqual({ id: 'ben' });
});

test('a hundred tickets, each shown to two servers at once, by plain links: each opens one', async () => {
  const prefix = createPrefix();
  const pair = [
    await startOn(prefix, { authenticate: () => null }),
    await startOn(prefix, { authenticate: () => null }),
  ];
  const found = await Promise.all(
    Array.from({ length: 100 }, async (_, n) => {
      const ticket = await pair[n % 2]!.realtime.ticket({ id: `user ${n}` });
      const answers = await Promise.all(pair.map(({ at }) => ask(at(`room=x&access_token=${ticket}`))));
      return answers.map(({ status }) => status).sort((one, other) => one - other);
    }),
  );
  expect(found).toEqual(Array.from({ length: 100 }, () => [200, 401]));
  for (const { events } of pair) expect(JSON.stringify(events)).not.toContain('ticket_');
});

test('who is sent away is gone from every server, at once for those who watch, and others stay', async () => {
  const prefix = createPrefix();
  const options: RealtimeServerOptions = {
    authenticate: ({ token }) => ({ id: token ?? 'nobody' }),
    presenceGraceMs: 60_000,
  };
  const [one, other] = [await startOn(prefix, options), await startOn(prefix, options)];
  const watcher = await overSocket(one);
  await greet(watcher, 'watcher', 'watcher');
  await watcher.say({ t: 'join', room: 'a', join: 1 });
  await watcher.next('joined');
  const peers = [];
  for (const [n, server] of [one, other, other].entries()) {
    const peer = await overSocket(server);
    await greet(peer, `anna ${n}`, 'anna');
    await peer.say({ t: 'join', room: 'a', join: 1, presence: { n } });
    await peer.next('joined');
    peers.push(peer);
  }
  const plain = await connect(other.at('room=a'), { headers: { authorization: 'Bearer anna' } });
  expect(one.realtime.disconnect('anna', { code: 4403, reason: 'banned' })).toBe(1);
  expect(await plain.closed).toEqual({ code: 4403, reason: 'banned' });
  expect(await Promise.all(peers.map(({ closed }) => closed))).toEqual([4403, 4403, 4403]);
  const gone = new Set<string>();
  while (gone.size < 3)
    for (const change of (await watcher.next('presence')).changes)
      if (change.op === 'leave') gone.add(change.connection);
  await watcher.settled();
});

test('a server whose way to Redis was cut sends away who was to go meanwhile; one that is cut off says so later', async () => {
  const prefix = createPrefix();
  const byToken: RealtimeServerOptions = { authenticate: ({ token }) => ({ id: token ?? 'nobody' }) };
  const way = await createWay(Number(new URL(redisServer.url).port));
  const [near, far] = [await startOn(prefix, byToken), await startOn(prefix, byToken, way.url)];
  const enter = async (server: Started, name: string): Promise<RoomsPeer> => {
    const peer = await overSocket(server);
    await greet(peer, name, name);
    return peer;
  };
  // both have begun to listen
  const [zoe, yan] = [await enter(far, 'zoe'), await enter(near, 'yan')];
  const pairs = [
    [near, zoe, 'zoe'],
    [far, yan, 'yan'],
  ] as const;
  for (const [server, { closed }, name] of pairs) {
    const told = setInterval(() => server.realtime.disconnect(name), 50);
    await closed;
    clearInterval(told);
  }
  const [anna, ben] = [await enter(far, 'anna'), await enter(near, 'ben')];
  way.block();
  expect(near.realtime.disconnect('anna')).toBe(0);
  expect(far.realtime.disconnect('ben')).toBe(0);
  await expect(far.realtime.ticket({ id: 'cleo' })).rejects.toThrow(/Redis/);
  way.open();
  expect(await Promise.all([anna.closed, ben.closed])).toEqual([4401, 4401]);
});

test('the same webhook at two servers is published once, whoever of them is asked, also at once', async () => {
  const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const prefix = createPrefix();
  const published: ServerEvent[] = [];
  const options: RealtimeServerOptions = {
    webhooks: { '/hooks/payments': { secret: SECRET, room: 'payments' } },
    onEvent: (event) => void (event.type === 'published' && published.push(event)),
  };
  const [one, other] = [await startOn(prefix, options), await startOn(prefix, options)];
  const reader = await overSocket(other);
  await greet(reader, 'reader');
  await reader.say({ t: 'join', room: 'payments', join: 1 });
  await reader.next('joined');
  const send = async ({ base }: Started, id: string, amount: number): Promise<number> => {
    const body = JSON.stringify({ amount });
    const at = new Date();
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new Webhook(SECRET).sign(id, at, body),
    };
    return (await ask(`${base}/hooks/payments`, { method: 'POST', headers }, body)).status;
  };
  expect([await send(one, 'first', 1), await send(other, 'first', 1), await send(one, 'first', 1)]).toEqual([
    202, 200, 200,
  ]);
  const ids = Array.from({ length: 20 }, (_, n) => `event ${n}`);
  const statuses = await Promise.all(ids.flatMap((id, n) => [one, other].map((server) => send(server, id, 10 + n))));
  expect(statuses.filter((status) => status === 202)).toHaveLength(20);
  expect(statuses.filter((status) => status === 200)).toHaveLength(20);
  await send(other, 'last', 99);
  await reader.next('message', ({ id }) => id === 'last');
  const heard = reader.heard.filter((event) => event.t === 'message').map(({ id }) => id);
  expect(heard).toHaveLength(22);
  expect(new Set(heard).size).toBe(22);
  expect(published).toHaveLength(22);
});
