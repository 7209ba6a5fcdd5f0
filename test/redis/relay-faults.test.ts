// A wire and its requests on different servers, while servers, Redis or the way to it fail: 503 in time, and nobody else is disturbed.

import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { until } from '../chaos/until.js';
import { createSessionName } from '../node/server/rooms-peer.js';
import { type Answer, ask, listenTo, start } from '../node/server/support.js';
import { type Built, buildProcess } from '../support/built-process.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { connected, createAdmin, createNode, createWay } from './kit.js';
import { createPair, cursorOf, hello, helloOf, json, typesIn } from './pair.js';

let server: RedisServer;
let built: Built;
beforeAll(async () => {
  server = await startRedis();
  built = await buildProcess('test/redis/node-process.ts');
});
afterAll(async () => {
  built.remove();
  await server.close();
});
let turn = 0;
const fresh = (): string => `relay-faults-${turn++}:`;
const TIMEOUT_MS = 1_000;
/** A server is asked again for an answer that it holds at least this often. */
const PART_MS = 5_000;
/** For a machine that is busy. */
const SLACK_MS = 3_000;

const timed = async (run: () => Promise<Answer>): Promise<{ readonly status: number; readonly ms: number }> => {
  const startedAt = performance.now();
  const { status } = await run();
  return { status, ms: performance.now() - startedAt };
};

test('the owner is killed: what is held over there ends in time, and what comes later is 503 at once', async () => {
  const prefix = fresh();
  const settings = JSON.stringify({ url: server.url, prefix, history: 10, leaseMs: 60_000 });
  const child: ChildProcess = built.spawn([settings], ['ignore', 'inherit', 'inherit', 'ipc']);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  onTestFinished(() => void child.kill('SIGKILL'));
  const port = await new Promise<number>((resolve) => child.once('message', (found) => resolve(Number(found))));
  const node = createNode(server.url, { prefix, timeoutMs: TIMEOUT_MS });
  await connected(node.backplane);
  const { at } = await start({ backplane: node.backplane });
  const query = `session=${createSessionName()}`;
  await ask(`http://127.0.0.1:${port}/realtime?${query}`);
  expect((await ask(at(query), json, hello)).status).toBe(202);
  const first = await ask(`${at(query)}&wait=25&cursor=0`);
  expect(typesIn(first)).toEqual(['welcome']);
  const held = timed(() => ask(`${at(query)}&wait=25&cursor=${cursorOf(first)}`));
  await ask(`${at(query)}x`, json, hello); // the GET before it is there
  child.kill('SIGKILL');
  await ended;
  // Redis hears of it when the connection ends: until then nobody answers
  let post = await timed(() => ask(at(query), json, hello));
  expect([post.status, post.ms < TIMEOUT_MS + SLACK_MS]).toEqual([503, true]);
  const admin = await createAdmin(server.url);
  while ((await admin.pubSubChannels(`${prefix}wire:*`)).length > 0)
    post = await timed(() => ask(at(query), json, hello));
  post = await timed(() => ask(at(query), json, hello));
  const { status, ms } = await held;
  expect([status, ms < PART_MS + TIMEOUT_MS + SLACK_MS]).toEqual([503, true]);
  expect(post.status).toBe(503);
  console.info(`held: 503 after ${ms.toFixed(0)} ms; later: after ${post.ms.toFixed(1)} ms`);
});

test('Redis hangs: wires go on with their own server, 503 at others, at once after the first; then all is as before', async () => {
  const { here, there, servers, nodes } = await createPair(server.url, fresh(), {}, { timeoutMs: TIMEOUT_MS });
  await ask(here);
  await ask(here, json, hello);
  expect((await ask(there, json, '{"t":"ping"}')).status).toBe(202);
  const during = servers.map((each) => each.at(`session=${createSessionName()}`));
  server.pause();
  try {
    const first = await timed(() => ask(there, json, '{"t":"ping"}'));
    expect([first.status, first.ms < TIMEOUT_MS + SLACK_MS]).toEqual([503, true]);
    const later = [];
    for (let n = 0; n < 50; n++) later.push(await timed(() => ask(there, json, '{"t":"ping"}')));
    expect(new Set(later.map(({ status }) => status))).toEqual(new Set([503]));
    expect(later.reduce((sum, { ms }) => sum + ms, 0)).toBeLessThan(50 * TIMEOUT_MS);
    expect((await ask(here, json, '{"t":"pong"}')).status).toBe(202);
    expect(typesIn(await ask(`${here}&cursor=0&wait=25`))).toEqual(['welcome', 'pong']);
    // one can begin, too
    for (const [n, each] of during.entries()) {
      expect((await ask(each)).status).toBe(204);
      expect((await ask(each, json, helloOf(`during ${n}`))).status).toBe(202);
      expect(typesIn(await ask(`${each}&cursor=0&wait=25`))).toEqual(['welcome']);
    }
  } finally {
    server.resume();
  }
  await until('both to be back', () => nodes.every(({ told }) => told.at(-1)?.status === 'connected'));
  let found = await ask(there, json, '{"t":"pong"}');
  expect(found.status).toBe(202);
  // what began without Redis is found by others from now on
  const [one = ''] = during;
  const elsewhere = one.replace(servers[0]?.base ?? '', servers[1]?.base ?? '');
  do found = await ask(elsewhere, json, '{"t":"pong"}');
  while (found.status === 503);
  expect(found.status).toBe(202);
});

test('Redis dies and comes back with nothing: the same wires are found again', async () => {
  const own = await startRedis();
  try {
    const { here, there } = await createPair(own.url, fresh(), {}, { timeoutMs: TIMEOUT_MS });
    await ask(here);
    const stream = await listenTo(here.replace(/session=/, 'session=stream-'));
    await own.kill();
    expect((await ask(there, json, hello)).status).toBe(503);
    await own.start();
    for (const url of [there, there.replace(/session=/, 'session=stream-')]) {
      let found: Answer;
      do found = await ask(url, json, helloOf(url));
      while (found.status === 503);
      expect(found.status).toBe(202);
    }
    await stream.until('"welcome"');
    expect(typesIn(await ask(`${there}&cursor=0&wait=25`))).toEqual(['welcome']);
  } finally {
    await own.close();
  }
});

test('the way of one server to Redis is cut: its wires are 503 at the other, and at home nothing happened', async () => {
  const way = await createWay(server.port);
  const { here, there } = await createPair([way.url, server.url], fresh(), {}, { timeoutMs: TIMEOUT_MS });
  await ask(here);
  expect((await ask(there, json, hello)).status).toBe(202);
  way.block();
  const { status, ms } = await timed(() => ask(there, json, '{"t":"ping"}'));
  // Redis does not know: it was said, and nobody heard
  expect([status, ms >= TIMEOUT_MS, ms < TIMEOUT_MS + SLACK_MS]).toEqual([503, true, true]);
  expect((await ask(here, json, '{"t":"ping"}')).status).toBe(202);
  const known = await ask(`${here}&cursor=0&wait=25`);
  expect(typesIn(known)).toEqual(['welcome', 'pong']);
  way.open();
  let found: Answer;
  do found = await ask(`${there}&cursor=${cursorOf(known)}`);
  while (found.status === 503);
  expect(found.status).toBe(204);
});

test('the owner goes: who is held elsewhere hears the last word; the other one goes: its clients come again, and the wire stays', async () => {
  const { here, there, servers } = await createPair(server.url, fresh());
  await ask(here);
  await ask(there, json, hello);
  const first = await ask(`${there}&cursor=0&wait=25`);
  let held = ask(`${there}&cursor=${cursorOf(first)}&wait=25`);
  await ask(there, json, '{"t":"pong"}');
  await servers[1]?.realtime.close();
  const sentAway = await held;
  expect([sentAway.status, sentAway.headers['roomtone-cursor']]).toEqual([204, undefined]);
  await ask(here, json, '{"t":"ping"}');
  expect(typesIn(await ask(`${here}&cursor=${cursorOf(first)}&wait=25`))).toEqual(['pong']);

  const next = await createPair(server.url, fresh());
  await ask(next.here);
  await ask(next.there, json, hello);
  const welcome = await ask(`${next.there}&cursor=0&wait=25`);
  held = ask(`${next.there}&cursor=${cursorOf(welcome)}&wait=25`);
  await ask(next.there, json, '{"t":"pong"}');
  await next.servers[0]?.realtime.close();
  await next.nodes[0]?.backplane.close();
  expect(JSON.parse((await held).body)).toMatchObject([{ t: 'close', code: 1012 }]);
  expect((await ask(next.there, json, hello)).status).toBe(503);
});

test('Redis neither keeps anything of a wire nor sees its name or what is said over it; when it ends nobody listens', async () => {
  const prefix = fresh();
  const admin = await createAdmin(server.url);
  const seen: string[] = [];
  const ear = await admin.duplicate().connect();
  await ear.pSubscribe(`${prefix}*`, (text, channel) => void seen.push(`${channel} ${text}`));
  const { name, here, there } = await createPair(server.url, prefix, { pollIdleMs: 300 });
  await ask(here);
  const secret = 'a-token-that-nobody-else-knows';
  await ask(there, json, JSON.stringify({ t: 'hello', v: 1, key: 'key-of-somebody-', token: secret }));
  const found = await ask(`${there}&cursor=0&wait=25`);
  expect(typesIn(found)).toEqual(['welcome']);
  ear.destroy(); // Redis counts it among those who are told
  expect(seen.length).toBeGreaterThan(4);
  const all = seen.join('\n');
  for (const word of [name, secret, 'hello', 'welcome', 'key-of-somebody-']) expect(all).not.toContain(word);
  // rooms have keys, in braces
  expect((await admin.keys(`${prefix}*`)).filter((key) => !key.startsWith(`${prefix}{`))).toEqual([]);
  expect(await admin.pubSubChannels(`${prefix}wire:*`)).toHaveLength(1);
  await ask(there, json, '{"t":"bye"}');
  while ((await admin.pubSubChannels(`${prefix}wire:*`)).length > 0);
  expect((await ask(there, json, hello)).status).toBe(503);
});

test('who makes up names has to knock for each; one who is known there has not', async () => {
  const { here, there } = await createPair(server.url, fresh(), { connectRateLimit: { perSecond: 0.01, burst: 3 } });
  await ask(here);
  expect((await ask(there, json, hello)).status).toBe(202);
  for (let n = 0; n < 10; n++) expect((await ask(there, json, '{"t":"ping"}')).status).toBe(202);
  const strange = (): Promise<Answer> =>
    ask(there.replace(/session=.*/, `session=${createSessionName()}`), json, hello);
  expect((await strange()).status).toBe(503);
  expect((await strange()).status).toBe(503);
  expect((await strange()).status).toBe(429);
  expect((await ask(there, json, '{"t":"ping"}')).status).toBe(202);
});
