// Who is where, over servers that die, hang and lose their way to Redis: nobody stays for ever, nobody who is there leaves.

import { expect, test, beforeAll, afterAll } from 'vitest';
import { until } from '../chaos/until.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { connected, connectionsOf, createAdmin, createNode, createWay, draft, entry, listen } from './kit.js';

let server: RedisServer;
beforeAll(async () => void (server = await startRedis()));
afterAll(() => server.close());
let turn = 0;
const LEASE_MS = 2_000;
const fresh = (): string => `members-${turn++}:`;
const numbersOf = (ear: { readonly events: readonly { readonly kind: string }[] }): number[] =>
  ear.events.flatMap((event) => ('seq' in event ? [event.seq as number] : []));

test('the members of a server that is gone without a word leave within its lease, once each; the others stay', async () => {
  const prefix = fresh();
  const way = await createWay(server.port);
  const [dying, one, other] = [
    createNode(way.url, { prefix, leaseMs: LEASE_MS }),
    createNode(server.url, { prefix, leaseMs: LEASE_MS }),
    createNode(server.url, { prefix, leaseMs: LEASE_MS }),
  ];
  const ears = [await listen(one), await listen(other)];
  for (const n of [1, 2, 3]) await dying.backplane.enter('a', entry(`d${n}`, n));
  await one.backplane.enter('a', entry('o', 1));
  const startedAt = performance.now();
  way.block();
  await until('them to leave', () =>
    ears.every(({ changes }) => changes.filter((each) => each[0] === '-').length === 3),
  );
  const goneAfterMs = performance.now() - startedAt;
  for (const ear of ears) {
    expect(ear.changes.filter((each) => each[0] === '-').sort()).toEqual(['-d1@1', '-d2@2', '-d3@3']);
    expect(numbersOf(ear)).toEqual(numbersOf(ear).map((_, index) => index + 1));
  }
  expect(await connectionsOf(one)).toEqual(['o@1']);
  expect((await one.backplane.members('a')).seq).toBe(numbersOf(ears[0]!).at(-1));
  console.info(`gone after ${goneAfterMs.toFixed(0)} ms of ${LEASE_MS}`);

  // it was only cut off: it shows its members again, by itself
  way.open();
  await until('them to be back', () => ears.every(({ changes }) => changes.length === 10));
  expect((await connectionsOf(other)).sort()).toEqual(['d1@1', 'd2@2', 'd3@3', 'o@1']);
});

test('a room that only the dead were in shows nobody to the next who looks', async () => {
  const prefix = fresh();
  const way = await createWay(server.port);
  const dying = createNode(way.url, { prefix, leaseMs: LEASE_MS, timeoutMs: 1_500 });
  await connected(dying.backplane);
  await dying.backplane.enter('a', entry('d', 1));
  way.block();
  const one = createNode(server.url, { prefix });
  let found = ['?'];
  const startedAt = performance.now();
  while (found.length > 0) found = await connectionsOf(one);
  expect(performance.now() - startedAt).toBeGreaterThan(LEASE_MS / 4);
});

test.each(['hangs', 'cannot be reached'])(
  'Redis %s for longer than a lease: nobody leaves and nobody comes, whoever is back first',
  async (how) => {
    const prefix = fresh();
    const leaseMs = 1_000;
    // what hangs answers later all that it was asked; what was said into a broken way is never heard
    const ways = await Promise.all([1, 2, 3].map(() => createWay(server.port)));
    const away =
      how === 'hangs'
        ? () => server.pause()
        : () => {
            for (const way of ways) way.block();
          };
    const back =
      how === 'hangs'
        ? () => server.resume()
        : () => {
            for (const way of ways) way.open();
          };
    const nodes = ways.map(({ url }) => createNode(url, { prefix, leaseMs, timeoutMs: 1_000 }));
    for (const { backplane } of nodes) await connected(backplane);
    const ears = await Promise.all(nodes.map((node) => listen(node)));
    for (const [n, { backplane }] of nodes.entries()) await backplane.enter('a', entry(`c${n}`, 1));
    await until('all to be heard', () => ears.every(({ changes }) => changes.length === 3));
    away();
    try {
      await until('all to notice', () => nodes.every(({ told }) => told.at(-1)?.status === 'lost'), 20_000);
      const lostAt = performance.now();
      await until('two leases', () => performance.now() - lostAt > 2 * leaseMs);
      // what is that old is not shown as the truth: everybody is told to ask again, once
      expect(ears.map(({ resyncs }) => resyncs)).toEqual([1, 1, 1]);
      // what is said meanwhile is refused, and holds when Redis is back
      await expect(nodes[1]!.backplane.leave('a', 'c1', 2)).rejects.toThrow();
    } finally {
      back();
    }
    await until('all to be back', () => nodes.every(({ told }) => told.at(-1)?.status === 'connected'));
    await until('the one who left to be gone', () => ears.every(({ changes }) => changes.length === 4));
    const backAt = performance.now();
    await until('a lease to pass', () => performance.now() - backAt > leaseMs);
    for (const { changes, resyncs } of ears) {
      expect(changes.slice(0, 3).sort()).toEqual(['+c0@1', '+c1@1', '+c2@1']);
      expect([changes.slice(3), resyncs]).toEqual([['-c1@1'], 1]);
    }
    expect((await connectionsOf(nodes[0]!)).sort()).toEqual(['c0@1', 'c2@1']);
  },
);

test('calls about one connection take effect in their order, however many are under way', async () => {
  const prefix = fresh();
  const [one, other] = [createNode(server.url, { prefix }), createNode(server.url, { prefix })];
  const ear = await listen(other);
  await (await createAdmin(server.url)).scriptFlush(); // the first calls must bring their script
  let n = 0;
  const said: unknown[] = [];
  for (let round = 0; round < 50; round++) {
    said.push(one.backplane.enter('a', entry('c', ++n)), one.backplane.enter('a', entry('c', ++n, { round })));
    if (round % 2) said.push(one.backplane.leave('a', 'c', ++n));
  }
  said.push(one.backplane.enter('a', entry('c', ++n, { last: true })));
  await Promise.all(said);
  const { seq, entries } = await other.backplane.members('a');
  expect(entries.map((each) => [each.n, each.data])).toEqual([[n, { last: true }]]);
  await until('all to be told', () => numbersOf(ear).at(-1) === seq);
  const numbers = ear.changes.map((each) => Number(each.split('@')[1]));
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  // a hundred changes are not a hundred events
  expect(numbersOf(ear).length).toBeLessThan(20);
});

test('a member is shown before its next message, and not after its leave', async () => {
  const prefix = fresh();
  const [one, other] = [createNode(server.url, { prefix }), createNode(server.url, { prefix })];
  const ear = await listen(other);
  for (let n = 1; n < 20; n += 2) {
    await one.backplane.enter('a', entry('c', n));
    await one.backplane.publish('a', draft(`m${n}`));
    await one.backplane.leave('a', 'c', n + 1);
  }
  await until('all', () => ear.changes.length === 20);
  const kinds = ear.events.map((event) => (event.kind === 'presence' ? event.changes[0]?.op : event.kind));
  expect(kinds).toEqual(Array.from({ length: 10 }, () => ['enter', 'message', 'leave']).flat());
});

test('who says good-bye is gone at once, and a quiet room leaves nothing behind', async () => {
  const prefix = fresh();
  const brief = { prefix, leaseMs: 200, history: { ttlMs: 100 }, dedupe: { windowMs: 100 } };
  const [one, other] = [createNode(server.url, brief), createNode(server.url, { ...brief, leaseMs: 60_000 })];
  const ear = await listen(other);
  const { epoch } = await other.backplane.position('a');
  await one.backplane.enter('a', entry('c', 1));
  await one.backplane.publish('a', draft('m'));
  await one.backplane.close();
  await until('the good-bye', () => ear.changes.includes('-c@1'));
  await expect(async () => one.backplane.publish('a', draft('n'))).rejects.toThrow(/closed/);
  await other.backplane.close();
  const admin = await createAdmin(server.url);
  let left = ['?'];
  while (left.length > 0) left = await admin.keys(`${prefix}*`);

  // as long as somebody listens the stream is the same one, whatever its time
  const third = createNode(server.url, brief);
  await listen(third);
  const before = (await third.backplane.position('a')).epoch;
  expect(before).not.toBe(epoch);
  const startedAt = performance.now();
  await until('its time to be over', () => performance.now() - startedAt > 1_200);
  expect((await third.backplane.publish('a', draft('o'))).epoch).toBe(before);
});

test('what Redis lost of a board, without losing all, is written again when the way to it breaks and is mended', async () => {
  const prefix = fresh();
  const [one, other] = [createNode(server.url, { prefix }), createNode(server.url, { prefix })];
  for (const n of [1, 2]) await one.backplane.enter('a', entry(`c${n}`, n));
  const admin = await createAdmin(server.url);
  await admin.hDel(`${prefix}{a}:board`, '"c2"');
  expect(await connectionsOf(other)).toEqual(['c1@1']);
  await admin.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub']);
  let found: string[] = [];
  while (found.length < 2) found = await connectionsOf(other);
  expect(found).toEqual(['c1@1', 'c2@2']);
});

test('a thousand who look at once ask a few times together, and nobody is given a list that is older than the question', async () => {
  const prefix = fresh();
  const [one, other] = [createNode(server.url, { prefix }), createNode(server.url, { prefix })];
  await one.backplane.members('a');
  const admin = await createAdmin(server.url);
  await admin.sendCommand(['CONFIG', 'RESETSTAT']);
  const all = Array.from({ length: 1_000 }, async () => one.backplane.members('a'));
  await other.backplane.enter('a', entry('c', 1));
  const late = one.backplane.members('a');
  expect((await late).entries).toHaveLength(1);
  const lists = await Promise.all(all);
  for (const { seq, entries } of lists) expect(entries).toHaveLength(seq);
  const stats = await admin.info('commandstats');
  expect(Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1])).toBeLessThan(20);
});
