// Plain links over two servers on one Redis: the contract, and what Redis may do meanwhile.

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../chaos/until.js';
import { cursorOf, hearBy, plainContract, post, untilJoined, waysTo } from '../node/server/plain-contract.js';
import { ask, connect, listenTo, type Started, start } from '../node/server/support.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import type { RealtimeServerOptions, RedisOptions } from '../../src/server.js';
import { connected, createAdmin, createNode } from './kit.js';

let server: RedisServer;
beforeAll(async () => void (server = await startRedis()));
afterAll(() => server.close());
let turn = 0;

async function startPair(
  url: string,
  redisOptions: RedisOptions,
  options: RealtimeServerOptions = {},
): Promise<readonly [Started, Started]> {
  const shared = { prefix: `plain-${turn++}:`, ...redisOptions };
  const backplanes = [createNode(url, shared).backplane, createNode(url, shared).backplane];
  await Promise.all(backplanes.map(connected));
  const [a, b] = await Promise.all(backplanes.map((backplane) => start({ ...options, backplane })));
  return [a!, b!];
}
const own = async (): Promise<RedisServer> => {
  const started = await startRedis();
  onTestFinished(() => started.close());
  return started;
};
const peopleOf = (pair: readonly Started[], room = 'x') =>
  pair.flatMap(({ base }) => {
    const { ws, sse, long } = waysTo(base, room);
    return [ws, sse, long].map(hearBy);
  });

describe('on one Redis', () => {
  plainContract((size, options) => startPair(server.url, { history: { size } }, options));
});

test('Redis hangs: who comes is told to come again, who is there stays; then it goes on where it was', async () => {
  const hanging = await own();
  const pair = await startPair(hanging.url, { timeoutMs: 300 });
  const [a, b] = pair;
  const people = peopleOf(pair);
  await untilJoined(pair, 6);
  a.realtime.publish('x', 1);
  await until('all to hear it', () => people.every(({ heard }) => heard.length === 1));
  hanging.pause();
  const answers = [
    ask(a.at('room=x')),
    ask(b.at('room=x&wait=20&cursor=e-1')),
    ask(a.at('room=x'), { headers: { accept: 'text/event-stream' } }),
    ask(b.at('room=new'), { headers: { accept: 'text/event-stream' } }),
    post(b, 'x', 'lost'),
  ];
  const socket = await connect(b.at('room=x'));
  for (const answer of await Promise.all(answers))
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  expect(await socket.closed).toEqual({ code: 1013, reason: 'not now' });
  const writer = await connect(a.at('room=x'));
  writer.socket.send('"lost too"');
  expect((await writer.closed).code).toBe(1013);
  hanging.resume();
  // what was asked while it hung may still be done: nobody knows
  const back = async (): Promise<boolean> => (await post(b, 'x', 2)).status === 202;
  while (!(await back()));
  a.realtime.publish('x', 3);
  await until('all to hear the last', () => people.every(({ heard }) => heard.at(-1) === 3));
  const kept = JSON.parse((await ask(a.at('room=x'))).body) as unknown[];
  for (const { heard, gaps } of people) expect([heard, gaps]).toEqual([kept, []]);
});

test('Redis is killed and comes back empty: streams and polls are told one gap, sockets are let go, and all hear what follows', async () => {
  const dying = await own();
  const pair = await startPair(dying.url, { timeoutMs: 1_000, leaseMs: 1_000 });
  const [a, b] = pair;
  const people = peopleOf(pair);
  await untilJoined(pair, 6);
  for (const n of [1, 2, 3]) a.realtime.publish('x', n);
  await until('all to hear it', () => people.every(({ heard }) => heard.length === 3));
  const place = cursorOf(await ask(a.at('room=x&wait=0')));
  const socket = await connect(b.at('room=x'));
  await dying.kill();
  await dying.start();
  expect((await socket.closed).code).toBe(1013);
  // sockets have no place: what is said before they are back is not for them
  const ofSockets = ({ events }: Started, type: 'joined' | 'left'): number =>
    events.filter((each) => each.type === type && each.transport === 'websocket').length;
  const isBack = (each: Started): boolean =>
    ofSockets(each, 'left') > 0 && ofSockets(each, 'joined') - ofSockets(each, 'left') === 1;
  await until('both sockets to be back', () => pair.every(isBack));
  while ((await post(b, 'x', 'back')).status !== 202);
  await until('all to hear what follows', () => people.every(({ heard }) => heard.at(-1) === 'back'));
  for (const [index, { heard, gaps }] of people.entries())
    expect([index, heard, gaps.length]).toEqual([index, [1, 2, 3, 'back'], index % 3 === 0 ? 0 : 1]);
  for (const { at } of pair) {
    const answer = await ask(at(`room=x&wait=20&cursor=${place}`));
    expect([answer.body, answer.headers['roomtone-resume']]).toEqual(['["back"]', 'gap']);
  }
});

test('what one says is in its order from the first message on, also where Redis has forgotten its scripts', async () => {
  const fresh = await own();
  const [a, b] = await startPair(fresh.url, { history: { size: 2_000 } });
  const count = 1_000;
  for (const what of ['a new one', 'one that was started again']) {
    const { socket } = await connect(b.at('room=x'));
    const isEmpty = async (): Promise<boolean> => (await ask(a.at('room=x'))).body === '[]';
    while (!(await isEmpty()));
    for (let n = 0; n < count; n++) {
      a.realtime.publish('x', ['server', n, 'x'.repeat(300)]);
      socket.send(JSON.stringify(['socket', n]));
      // while what was said before is on its way
      if (n % 20 === 19) await new Promise((resolve) => setImmediate(resolve));
    }
    const kept = async (): Promise<[string, number][]> =>
      JSON.parse((await ask(b.at('room=x'))).body) as [string, number][];
    let all = await kept();
    while (all.length < 2 * count) all = await kept();
    for (const who of ['server', 'socket'])
      expect([what, ...all.flatMap(([from, n]) => (from === who ? [n] : []))]).toEqual([what, ...Array(count).keys()]);
    await fresh.kill();
    await fresh.start();
  }
});

test('servers hear a room no longer when nobody there reads it', async () => {
  const channel = `plain-${turn}:{quiet}`;
  const pair = await startPair(server.url, { leaseMs: 200 });
  const admin = await createAdmin(server.url);
  const servers = async (): Promise<number | undefined> => (await admin.pubSubNumSub([channel]))[channel];
  const streams = await Promise.all(pair.map(({ at }) => listenTo(at('room=quiet'))));
  expect(await servers()).toBe(2);
  for (const { response } of streams) response.destroy();
  while ((await servers()) !== 0);
});
