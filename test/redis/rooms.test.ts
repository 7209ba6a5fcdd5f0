// What rooms in Redis promise besides the contract: names are data, what is known and kept has bounds, what is not understood is said.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from 'redis';
import { redis } from '../../src/server.js';
import { until } from '../chaos/until.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { createAdmin, createNode, draft, entry, listen } from './kit.js';

let server: RedisServer;
beforeAll(async () => void (server = await startRedis()));
afterAll(() => server.close());
let turn = 0;
const fresh = (): string => `rooms-${turn++}:`;

test('names are data: patterns, braces, half characters, names of keys; each is a room of its own', async () => {
  const prefix = fresh();
  const [one, other] = [createNode(server.url, { prefix }), createNode(server.url, { prefix })];
  const names = [
    ...[
      'a',
      '*',
      'room:*',
      '?',
      '[a]',
      '\\a',
      '{',
      '}',
      '{}',
      '}{',
      'a}',
      'a}:meta',
      '{a}',
      'a{b}c',
      '%',
      '%7d',
      '%7D',
    ],
    ...[
      '__proto__',
      'constructor',
      '../a',
      'echo',
      `echo:x`,
      'é',
      'e\u0301',
      '\ud800',
      '\ud801',
      '\udc00',
      'x'.repeat(128),
    ],
    ...["'; return 1 --", ']]', '$1', '\u202e', ' ', '  '],
  ];
  const ears = await Promise.all(names.map((name) => listen(other, name)));
  for (const [n, name] of names.entries()) {
    const hostile = { id: name, from: name, payload: JSON.stringify({ name, n }), type: name };
    expect(await one.backplane.publish(name, hostile)).toMatchObject({ offset: 1, duplicate: false });
    expect(await other.backplane.publish(name, hostile)).toMatchObject({ offset: 1, duplicate: true });
    const member = { user: name, connection: name, n: 1, data: { ['__proto__']: name, name }, joinedAt: 5 };
    await one.backplane.enter(name, member);
    expect((await other.backplane.members(name)).entries).toEqual([member]);
  }
  await until('all to be heard', () => ears.every(({ events }) => events.length === 2));
  for (const [n, { messages, changes }] of ears.entries()) {
    const name = names[n]!;
    expect(messages).toMatchObject([{ id: name, from: name, type: name, payload: JSON.stringify({ name, n }) }]);
    expect(changes).toEqual([`+${name}@1`]);
  }
  const admin = await createAdmin(server.url);
  expect(await admin.sendCommand(['PUBSUB', 'NUMPAT'])).toBe(0);
  const keys = await admin.keys(`${prefix}*`);
  // meta, stream, ledger, order, board, leases; what a cluster hashes is the same for all of a room
  expect(keys).toHaveLength(6 * names.length);
  const tags = new Map<string, number>();
  for (const key of keys) {
    const tag = key.slice(key.indexOf('{') + 1, key.indexOf('}'));
    tags.set(tag, (tags.get(tag) ?? 0) + 1);
  }
  expect([tags.has(''), tags.size, new Set(tags.values())]).toEqual([false, names.length, new Set([6])]);
  // and each of them has an end
  for (const key of keys) expect(await admin.pTTL(key)).toBeGreaterThan(0);
});

test('what a stranger says on the channel is not heard, and harms nobody', async () => {
  const prefix = fresh();
  const node = createNode(server.url, { prefix });
  const ear = await listen(node);
  const admin = await createAdmin(server.url);
  for (const text of ['', 'hello', '{}', 'null\n', '[]\n', '["x","e",1,2]\n', '["p","e",1,2]\n{', '[1'])
    await admin.publish(`${prefix}{a}`, text);
  await node.backplane.publish('a', draft('m'));
  await until('the message', () => ear.ids.join() === 'm');
  expect(ear.events).toHaveLength(1);
});

test('ids are known for the window, and for as many as it is told; without one, none', async () => {
  const node = createNode(server.url, { prefix: fresh(), dedupe: { windowMs: 60_000, size: 3 } });
  const isKnown = async (id: string, { backplane } = node) => (await backplane.publish('a', draft(id))).duplicate;
  for (const id of ['1', '2', '3']) expect(await isKnown(id)).toBe(false);
  expect(await isKnown('1')).toBe(true);
  expect(await isKnown('4')).toBe(false);
  expect([await isKnown('2'), await isKnown('4'), await isKnown('1')]).toEqual([true, true, false]);

  const brief = createNode(server.url, { prefix: fresh(), dedupe: { windowMs: 150 } });
  expect(brief.backplane.dedupeMs).toBe(150);
  await isKnown('1', brief);
  const startedAt = performance.now();
  let n = 0;
  // others keep the room busy: it is not the room that is forgotten
  while (performance.now() - startedAt < 200) await isKnown(`x${n++}`, brief);
  expect(await isKnown('1', brief)).toBe(false);

  const none = createNode(server.url, { prefix: fresh(), dedupe: { windowMs: 0 } });
  expect([await isKnown('1', none), await isKnown('1', none)]).toEqual([false, false]);
});

test('history has an end in time too: what is too old is missing, and that is told', async () => {
  const { backplane } = createNode(server.url, { prefix: fresh(), history: { size: 100_000, ttlMs: 300 } });
  const { epoch } = await backplane.position('a');
  const since = () => backplane.since('a', { epoch, offset: 0 }, 100_000);
  // the room is never silent: it is the messages that get old, one by one
  let past = await since();
  for (let n = 1; !past.gap; n++) {
    await backplane.publish('a', draft(`m${n}`));
    past = await since();
  }
  const first = past.messages[0];
  expect(first && past.offset - first.offset + 1).toBe(past.messages.length);
  expect(past).toMatchObject({ more: false, gap: { reason: 'expired', missed: (first?.offset ?? 0) - 1 } });
  const none = createNode(server.url, { prefix: fresh(), history: { size: 0 } });
  await none.backplane.publish('a', draft('m'));
  expect(await none.backplane.latest('a', 5)).toMatchObject({ offset: 1, messages: [], more: false });
});

test('a client of the redis package gives its settings, and stays its owner’s', async () => {
  const mine = createClient({ url: server.url, name: 'mine' });
  const prefix = fresh();
  const one = redis(mine, { prefix });
  const node = createNode(server.url, { prefix });
  const ear = await listen(node);
  await one.publish('a', draft('m'));
  await until('the message', () => ear.ids.join() === 'm');
  expect([mine.isOpen, mine.listenerCount('error')]).toEqual([false, 0]);
  await one.close();
});

test('what makes no sense is said by name', () => {
  for (const [options, words] of [
    [{ prefix: 'a{b' }, /prefix/],
    [{ leaseMs: 10 }, /leaseMs/],
    [{ timeoutMs: 0 }, /timeoutMs/],
    [{ presenceTickMs: -1 }, /presenceTickMs/],
    [{ history: { size: -1 } }, /history\.size/],
    [{ dedupe: { size: NaN } }, /dedupe\.size/],
  ] as const)
    expect(() => redis(server.url, options)).toThrow(words);
  expect(() => redis({} as never)).toThrow(/address/);
});

test('an address that is none, and a wrong password, are refused in words', async () => {
  const nowhere = createNode('http://127.0.0.1:1', { prefix: fresh() });
  await expect(nowhere.backplane.position('a')).rejects.toMatchObject({ kind: 'config' });
  const admin = await createAdmin(server.url);
  await admin.sendCommand(['ACL', 'SETUSER', 'guarded', 'on', '>secret', '~*', '&*', '+@all']);
  const wrong = createNode(server.url.replace('//', '//guarded:wrong@'), { prefix: fresh(), timeoutMs: 1_000 });
  await expect(wrong.backplane.position('a')).rejects.toThrow(/WRONGPASS/);
  const right = createNode(server.url.replace('//', '//guarded:secret@'), { prefix: fresh() });
  expect(await right.backplane.position('a')).toMatchObject({ offset: 0 });
});

test('a closed backplane holds nothing: the process ends by itself', async () => {
  const admin = await createAdmin(server.url);
  const clients = async (): Promise<number> => (await admin.clientList()).length;
  const before = await clients();
  const resources = (): number => process.getActiveResourcesInfo().filter((each) => /TCP|Timeout/.test(each)).length;
  const held = resources();
  const backplane = redis(server.url, { prefix: fresh() });
  await backplane.subscribe('a', () => {});
  await backplane.enter('a', entry('c', 1));
  expect(await clients()).toBe(before + 2);
  await backplane.close();
  await backplane.close();
  let now = 0;
  while (now !== before) now = await clients();
  await until('its handles to be gone', () => resources() <= held);
  await expect(async () => backplane.subscribe('a', () => {})).rejects.toThrow(/closed/);
  // one that never was asked has never connected
  await redis('redis://127.0.0.1:1').close();
});
