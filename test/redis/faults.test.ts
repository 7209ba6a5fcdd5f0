// A Redis that hangs, dies, forgets: calls end in time, nothing is lost or doubled in silence, and everything goes on by itself.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../chaos/until.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { connected, connectionsOf, createAdmin, createNode, createWay, draft, entry, listen } from './kit.js';

let server: RedisServer;
beforeAll(async () => void (server = await startRedis()));
afterAll(() => server.close());
let turn = 0;
const fresh = (): string => `faults-${turn++}:`;

test('a Redis that hangs: calls end in time, later ones at once; when it goes on, so does everything', async () => {
  const options = { prefix: fresh(), timeoutMs: 1_000 };
  const [one, other] = [createNode(server.url, options), createNode(server.url, options)];
  for (const { backplane, told } of [one, other]) {
    await connected(backplane);
    told.length = 0;
  }
  const ears = [await listen(one), await listen(other)];
  await one.backplane.publish('a', draft('before'));
  await one.backplane.enter('a', entry('c', 1));
  server.pause();
  try {
    const startedAt = performance.now();
    const late = one.backplane.publish('a', draft('late'));
    await expect(late).rejects.toMatchObject({ kind: 'timeout' });
    const firstMs = performance.now() - startedAt;
    for (let n = 0; n < 100; n++) await expect(one.backplane.publish('a', draft(`x${n}`))).rejects.toThrow(/Redis/);
    const restMs = performance.now() - startedAt - firstMs;
    expect([firstMs >= options.timeoutMs, restMs < options.timeoutMs]).toEqual([true, true]);
    await expect(other.backplane.latest('a', 1)).rejects.toMatchObject({ kind: 'timeout' });
    await expect(other.backplane.subscribe('b', () => {})).rejects.toThrow(/Redis/);
  } finally {
    server.resume();
  }
  await until('both to be back', () => [one, other].every(({ told }) => told.at(-1)?.status === 'connected'));
  // it was refused, and had its effect all the same: said again it has the same place
  const again = await other.backplane.publish('a', draft('late'));
  expect(again).toMatchObject({ offset: 2, duplicate: true });
  await other.backplane.publish('a', draft('after'));
  await until('all to be heard', () => ears.every(({ ids }) => ids.includes('after')));
  for (const { ids, resyncs, changes } of ears)
    expect([ids, resyncs, changes]).toEqual([['before', 'late', 'after'], 0, ['+c@1']]);
  expect(one.told.map(({ status }) => status)).toEqual(['lost', 'connected']);
});

test('a Redis that dies and comes back empty: another epoch, everybody is told, members are written again', async () => {
  const own = await startRedis();
  try {
    const prefix = fresh();
    const options = { prefix, timeoutMs: 1_500, leaseMs: 2_000 };
    const [one, other] = [createNode(own.url, options), createNode(own.url, options)];
    for (const { backplane } of [one, other]) await connected(backplane);
    const ears = [await listen(one), await listen(other)];
    await one.backplane.enter('a', entry('c1', 3));
    await other.backplane.enter('a', entry('c2', 5));
    const { epoch } = await one.backplane.publish('a', draft('m'));
    await other.backplane.publish('a', draft('n'));
    // an answer may overtake what is told
    await until('both to be heard', () => ears.every(({ ids }) => ids.join() === 'm,n'));
    await own.kill();
    await expect(one.backplane.publish('a', draft('o'))).rejects.toThrow(/Redis/);
    await expect(one.backplane.enter('a', entry('c3', 1))).rejects.toThrow(/Redis/);
    await expect(one.backplane.leave('a', 'c1', 4)).rejects.toThrow(/Redis/);
    await own.start();
    await until('everybody to be told', () => ears.every(({ resyncs }) => resyncs === 1));
    expect(await other.backplane.since('a', { epoch, offset: 1 }, 10)).toMatchObject({
      ...{ offset: 0, messages: [] },
      gap: { reason: 'epoch', missed: null },
    });
    // also what nobody could be told: c3 came, c1 left
    const wanted = 'c2@5,c3@1';
    let seen = '';
    const look = async (): Promise<void> => {
      while (seen !== wanted) seen = (await connectionsOf(other)).sort().join();
    };
    await look();
    await one.backplane.publish('a', draft('p'));
    await until('the next to be heard', () => ears.every(({ ids }) => ids.join() === 'm,n,p'));
    expect(ears.map(({ messages }) => messages.at(-1)?.offset)).toEqual([1, 1]);
  } finally {
    await own.close();
  }
});

test('the listening connection is cut under load: what it missed is fetched, in order, and nobody is disturbed', async () => {
  const prefix = fresh();
  const [one, other] = [
    createNode(server.url, { prefix }),
    createNode(server.url, { prefix, history: { size: 1_000 } }),
  ];
  const ear = await listen(other);
  const admin = await createAdmin(server.url);
  const wanted = Array.from({ length: 400 }, (_, n) => `m${n}`);
  for (const [n, id] of wanted.entries()) {
    // also between two messages of one group: none of the answers was awaited
    if (n % 100 === 50) await admin.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub']);
    const said = one.backplane.publish('a', draft(id));
    if (n % 10 === 0) await said;
    else void Promise.resolve(said).catch(() => {});
  }
  await until('all to be heard', () => ear.ids.length >= wanted.length);
  expect([ear.ids, ear.resyncs]).toEqual([wanted, 0]);
});

test('more was missed than is kept: that is told, and the newest go on', async () => {
  const prefix = fresh();
  const way = await createWay(server.port);
  const one = createNode(server.url, { prefix, history: { size: 5 } });
  const other = createNode(way.url, { prefix, history: { size: 5 } });
  const ear = await listen(other);
  await one.backplane.publish('a', draft('m0'));
  await until('the first', () => ear.ids.length === 1);
  way.block();
  for (let n = 1; n <= 20; n++) await one.backplane.publish('a', draft(`m${n}`));
  way.open();
  await until('the news', () => ear.resyncs === 1);
  await one.backplane.publish('a', draft('m21'));
  await until('the next', () => ear.ids.at(-1) === 'm21');
  expect([ear.ids, ear.resyncs]).toEqual([['m0', 'm21'], 1]);
});

describe('a Redis that lost its newest part', () => {
  const lose = async (admin: Awaited<ReturnType<typeof createAdmin>>, prefix: string, to: number): Promise<void> => {
    await admin.hSet(`${prefix}{a}:meta`, 'o', String(to));
    for (let lost = to + 1; lost <= 3; lost++) await admin.xDel(`${prefix}{a}:stream`, `${lost}-0`);
    // what a stream was is forgotten too
    await admin.sendCommand(['XSETID', `${prefix}{a}:stream`, `${to}-0`]);
  };

  test('is found out by a server that has seen more, before a place is given twice', async () => {
    const prefix = fresh();
    const [one, other] = [createNode(server.url, { prefix }), createNode(server.url, { prefix })];
    const ear = await listen(one);
    const { epoch } = await one.backplane.position('a');
    for (const n of [1, 2, 3]) await other.backplane.publish('a', draft(`m${n}`));
    await until('all', () => ear.ids.length === 3);
    await lose(await createAdmin(server.url), prefix, 1);
    const next = await one.backplane.publish('a', draft('new'));
    expect([next.epoch === epoch, next.offset]).toEqual([false, 1]);
    await until('the news', () => ear.resyncs === 1);
    expect((await other.backplane.since('a', { epoch, offset: 3 }, 5)).gap?.reason).toBe('epoch');
    // an id of the old life is known still: nothing is published twice
    expect(await other.backplane.publish('a', draft('m1'))).toMatchObject({ epoch, offset: 1, duplicate: true });
  });

  test('is found out by who hears a place a second time', async () => {
    const prefix = fresh();
    const [one, other] = [createNode(server.url, { prefix }), createNode(server.url, { prefix })];
    const ear = await listen(one);
    const { epoch } = await one.backplane.position('a');
    for (const n of [1, 2, 3]) await other.backplane.publish('a', draft(`m${n}`));
    await until('all', () => ear.ids.length === 3);
    await lose(await createAdmin(server.url), prefix, 1);
    // this one never listened: it cannot know
    expect(await other.backplane.publish('a', draft('new'))).toMatchObject({ epoch, offset: 2 });
    await until('the news', () => ear.resyncs === 1);
    expect((await one.backplane.position('a')).epoch).not.toBe(epoch);
    expect(ear.ids).toEqual(['m1', 'm2', 'm3']);
  });
});

test('without a Redis: calls are refused in words, it is told once; when it comes, all goes on', async () => {
  const own = await startRedis();
  await own.kill();
  try {
    const node = createNode(own.url, { prefix: fresh(), timeoutMs: 500 });
    await expect(node.backplane.publish('a', draft('m'))).rejects.toThrow(/Redis is not there: .*ECONNREFUSED/);
    await expect(node.backplane.subscribe('a', () => {})).rejects.toThrow(/Redis is not there/);
    expect(node.told.map(({ status }) => status)).toEqual(['lost']);
    await own.start();
    await until('it to be back', () => node.told.length === 2);
    expect(node.told[1]).toEqual({ status: 'connected' });
    const ear = await listen(node);
    await node.backplane.publish('a', draft('m'));
    await until('the message', () => ear.ids.length === 1);
  } finally {
    await own.close();
  }
});
