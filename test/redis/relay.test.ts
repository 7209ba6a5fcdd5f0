// Servers on one Redis behind a balancer that knows nothing of wires: SSE, long poll and poll hold, whichever server a request comes to.

import { request as httpRequest, type RequestOptions } from 'node:http';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ladder } from '../../src/client/ladder.js';
import { until } from '../chaos/until.js';
import { createSessionName } from '../node/server/rooms-peer.js';
import { ask, listenTo } from '../node/server/support.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { createBalancer } from './balancer.js';
import { createNode } from './kit.js';
import { createPair, cursorOf, hello, json, typesIn } from './pair.js';
import { createPerson, HISTORY, isJoined, membersOf, ROOM, serveOn } from './people.js';

interface From {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

let server: RedisServer;
beforeAll(async () => void (server = await startRedis()));
afterAll(() => server.close());
let turn = 0;
const fresh = (): string => `relay-${turn++}:`;

describe.each(['sse', 'long-poll', 'poll'])('the library’s client over %s', (way) => {
  test('three servers, each request to the next: one wire, everything once and in order', async () => {
    const prefix = fresh();
    const servers = [];
    for (let n = 0; n < 3; n++) servers.push(await serveOn(server.url, prefix, { timeoutMs: 10_000, leaseMs: 60_000 }));
    const ports = servers.map(({ port }) => port);
    const { port, counts } = await createBalancer(() => ports);
    const transports = ladder(`http://127.0.0.1:${port}/realtime`, { pollIntervalMs: 20 });
    const over = transports.filter(({ name }) => name === way);
    const people = ['anna', 'ben'].map((name) => createPerson(name, port, over[0]));
    const other = createPerson('cleo', ports[0] ?? 0);
    const all = [...people, other];
    for (const { room } of all) room.enter({});
    await until('everybody to see everybody', () => all.every((each) => membersOf(each).join() === 'anna,ben,cleo'));
    const left: string[] = [];
    for (const { room } of all) room.on('presence', ({ type, member }) => void left.push(`${type} ${member.id}`));
    await Promise.all(all.map((each) => each.speak(100)));
    const node = createNode(server.url, { prefix, history: { size: HISTORY } });
    const said = (await node.backplane.latest(ROOM, HISTORY)).messages.map(({ id }) => id);
    expect([said.length, new Set(said).size]).toEqual([300, 300]);
    await until('all to be heard', () => all.every(({ heard }) => heard.length >= 300));
    for (const { heard, name, receipts, gaps, drops } of all) {
      expect(heard.map(({ id }) => id)).toEqual(said);
      const own = said.filter((id) => id.startsWith(`${name} `));
      expect(own).toEqual(own.map((_, n) => `${name} ${n}`));
      expect([new Set(receipts.map(({ status }) => status)), gaps, drops()]).toEqual([
        new Set(['acknowledged']),
        [],
        0,
      ]);
    }
    expect(left).toEqual([]);
    expect(all.every((each) => isJoined(each) && membersOf(each).join() === 'anna,ben,cleo')).toBe(true);
    // no server had all of it
    expect(Math.min(...ports.map((each) => counts.get(each) ?? 0))).toBeGreaterThan(5);
    console.info(`${way}: 300 messages, ${[...counts.values()].join(' + ')} requests, 0 wires lost`);
  });
});

describe('request by request', () => {
  test('a wire of polls: opened here, posted to there, asked on both', async () => {
    const { here, there } = await createPair(server.url, fresh());
    expect(await ask(here)).toMatchObject({ status: 204, headers: { 'roomtone-cursor': '0' } });
    expect(await ask(there, json, hello)).toMatchObject({ status: 202, body: '' });
    const once = await ask(`${there}&cursor=0&wait=25`);
    expect([once.status, typesIn(once), once.headers['content-type']]).toEqual([200, ['welcome'], 'application/json']);
    await ask(there, json, '{"t":"ping"}');
    // what was answered may not have arrived
    expect(typesIn(await ask(`${there}&cursor=0`))).toEqual(['welcome', 'pong']);
    expect(typesIn(await ask(`${here}&cursor=0`))).toEqual(['welcome', 'pong']);
    const rest = await ask(`${there}&cursor=${cursorOf(once)}`);
    expect(typesIn(rest)).toEqual(['pong']);
    expect(await ask(`${there}&cursor=${cursorOf(rest)}`)).toMatchObject({
      ...{ status: 204, body: '' },
      headers: { 'roomtone-cursor': cursorOf(rest) },
    });
    // it was forgotten, because it had arrived; or was never given
    for (const cursor of ['0', '9', '-1', 'x']) expect((await ask(`${there}&cursor=${cursor}`)).status).toBe(503);
  });

  test('an answer is held over there, until there is something or the time is over; another GET takes its place', async () => {
    const { here, there, servers } = await createPair(server.url, fresh());
    await ask(here);
    const held = ask(`${there}&wait=25&cursor=0`);
    await ask(here, json, hello);
    expect(typesIn(await held)).toEqual(['welcome']);
    const cursor = cursorOf(await held);
    const askedAt = performance.now();
    const late = await ask(`${there}&wait=0.2&cursor=${cursor}`);
    expect([late.status, cursorOf(late), performance.now() - askedAt >= 190]).toEqual([204, cursor, true]);
    const gone = ask(`${there}&wait=25&cursor=${cursor}`);
    await ask(there, json, '{"t":"pong"}'); // it is there
    const next = ask(`${here}&wait=25&cursor=${cursor}`);
    const ended = await gone;
    expect([ended.status, ended.headers['roomtone-cursor']]).toEqual([204, undefined]);
    await ask(there, json, '{"t":"ping"}');
    expect(typesIn(await next)).toEqual(['pong']);
    expect(servers.flatMap(({ events }) => events)).toEqual([]);
  });

  test('one who goes away while it is held there loses nothing', async () => {
    const { here, there } = await createPair(server.url, fresh());
    await ask(here);
    const sent = httpRequest(`${there}&wait=25&cursor=0`, { agent: false }).on('error', () => {});
    sent.end();
    await ask(there, json, hello); // over the same way, behind it or before it
    sent.destroy();
    expect(typesIn(await ask(`${there}&wait=25&cursor=0`))).toEqual(['welcome']);
  });

  test('a stream takes POSTs from everywhere; a second one, on another server, ends it and has the wire', async () => {
    const { here, there, servers } = await createPair(server.url, fresh());
    const first = await listenTo(here);
    expect((await ask(there, json, hello)).status).toBe(202);
    await first.until('"welcome"');
    const second = await listenTo(there);
    expect(await first.ended).toContain('"code":1013');
    for (const each of [here, there]) expect((await ask(each, json, hello)).status).toBe(202);
    await second.until('"bad-request"'); // hello a second time: both came to the same session
    expect((await ask(`${here}&cursor=0`)).status).toBe(503);
    expect(servers.map(({ events }) => events.map(({ type }) => type))).toEqual([['refused'], ['refused']]);
  });

  test('frames are heard in the order in which their requests came there, whichever body is whole first', async () => {
    const { here, there } = await createPair(server.url, fresh());
    await ask(here);
    const slow = httpRequest(there, { ...json, agent: false });
    const answered = new Promise((resolve) => slow.on('response', (found) => resolve(found.resume().statusCode)));
    slow.write(hello.slice(0, 5));
    await new Promise((resolve) => slow.once('socket', (socket) => socket.once('connect', resolve)));
    await ask(there.replace(/session=.*/, 'room=x'), json, '1'); // its head is there
    const rest = ['ping', 'ping', 'ping'].map((t) => ask(there, json, JSON.stringify({ t })));
    await ask(there.replace(/session=.*/, 'room=x'), json, '2');
    slow.end(hello.slice(5));
    expect([await answered, ...(await Promise.all(rest)).map(({ status }) => status)]).toEqual([202, 202, 202, 202]);
    expect(typesIn(await ask(`${here}&cursor=0`))).toEqual(['welcome', 'pong', 'pong', 'pong']);
  });

  test('another origin than the one that opened it is 403 on every server, and opens no other in its place', async () => {
    const { here, there, servers } = await createPair(server.url, fresh(), {
      allowedOrigins: ['https://a.example', 'https://b.example'],
    });
    const from = (origin: string, { method = 'GET', headers = {} }: From = {}): RequestOptions => ({
      ...{ method, headers: { ...headers, origin } },
    });
    const stream = { headers: { accept: 'text/event-stream' } };
    await ask(here, from('https://a.example'));
    for (const [what, url, how] of [
      ['POST', there, json],
      ['GET', `${there}&cursor=0`, {}],
      ['first GET', there, {}],
      ['stream', there, stream],
    ] as const)
      expect([what, (await ask(url, from('https://b.example', how), what === 'POST' ? hello : '')).status]).toEqual([
        what,
        403,
      ]);
    expect((await ask(there, from('https://c.example', json), hello)).status).toBe(403);
    expect((await ask(there, from('https://a.example', json), hello)).status).toBe(202);
    expect(typesIn(await ask(`${there}&cursor=0`))).toEqual(['welcome']); // browsers name none with a GET
    expect(servers.map(({ events }) => events.length)).toEqual([0, 5]);
  });

  test('a body over the limit is 413 there, and the end of the wire; too many POSTs are 429, and its end too', async () => {
    const { here, there, servers } = await createPair(server.url, fresh(), { maxMessageBytes: 1_000 });
    await ask(here);
    await ask(there, json, hello);
    expect((await ask(there, { ...json, headers: { 'content-type': 'text/plain' } }, '{}')).status).toBe(415);
    expect((await ask(there, json, 'x'.repeat(1_001))).status).toBe(413);
    expect((await ask(`${there}&cursor=0`)).body).toContain('"code":1009');
    expect((await ask(there, json, hello)).status).toBe(503);
    expect((await ask(there, json, 'x'.repeat(1_001))).status).toBe(413); // it is there until its client has heard that it ended

    const name = createSessionName();
    const [mine, theirs] = servers.map((each) => each.at(`session=${name}`));
    await ask(String(mine));
    const slow = Array.from({ length: 64 }, () => httpRequest(String(theirs), { ...json, agent: false }));
    onTestFinished(() => slow.forEach((each) => void each.destroy()));
    await Promise.all(
      slow.map((each) => {
        each.on('error', () => {}).write('{');
        return new Promise((resolve) => each.once('socket', (socket) => socket.once('connect', resolve)));
      }),
    );
    await ask(there.replace(/session=.*/, 'room=x'), json, '1'); // their heads are there
    const found = await ask(String(theirs), json, '{"t":"ping"}');
    expect(found.status).toBe(429);
    expect((await ask(`${String(theirs)}&cursor=0`)).body).toContain('"code":4429');
  });
});
