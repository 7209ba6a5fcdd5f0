// Two servers, one Redis, and the library's own clients over WebSockets: one world, whichever server somebody is on and whatever happens to it.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../chaos/until.js';
import { greet, overSocket } from '../node/server/rooms-peer.js';
import { createCuttingProxy } from '../support/cutting-proxy.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { createNode, createWay } from './kit.js';
import { createPerson, HISTORY, isJoined, membersOf, type Person, ROOM, serveOn } from './people.js';

let server: RedisServer;
beforeAll(async () => void (server = await startRedis()));
afterAll(() => server.close());
let turn = 0;
const fresh = (): string => `servers-${turn++}:`;

const statuses = (people: readonly Person[]): ReadonlySet<string> =>
  new Set(people.flatMap(({ receipts }) => receipts.map(({ status }) => status)));
/** The room by its own account. */
const account = async (prefix: string): Promise<readonly string[]> =>
  (await createNode(server.url, { prefix, history: { size: HISTORY } }).backplane.latest(ROOM, HISTORY)).messages.map(
    ({ id }) => id,
  );
/** Everybody has heard exactly that, in that order, and each sender's own in the order of sending. */
const expectAll = async (people: readonly Person[], wanted: readonly string[], count: number): Promise<void> => {
  expect([wanted.length, new Set(wanted).size]).toEqual([count, count]);
  await until('everybody to hear everything', () => people.every(({ heard }) => heard.length >= wanted.length), 20_000);
  for (const { heard } of people) expect(heard.map(({ id }) => id)).toEqual(wanted);
  for (const { name } of people) {
    const own = wanted.filter((id) => id.startsWith(`${name} `)).map((id) => Number(id.split(' ')[1]));
    expect(own).toEqual(own.map((_, index) => index));
  }
};

test('what is said on one server is heard on the other, and everybody is seen on both', async () => {
  const prefix = fresh();
  const [a, b] = [await serveOn(server.url, prefix), await serveOn(server.url, prefix)];
  const [anna, ben] = [createPerson('anna', a.port), createPerson('ben', b.port)];
  const people = [anna, ben];
  anna.room.enter({ at: 'a' });
  const leave = ben.room.enter({ at: 'b' });
  await until('both to see both', () => people.every((each) => membersOf(each).join() === 'anna,ben'));
  await Promise.all(people.map((each) => each.speak(200)));
  await expectAll(people, await account(prefix), 400);
  a.realtime.publish(ROOM, { from: 'the server' });
  await until('the server to be heard', () => people.every(({ heard }) => heard.length === 401));
  leave();
  await until('one to be gone', () => people.every((each) => membersOf(each).join() === 'anna'));
  ben.client.close();
  expect(people.flatMap(({ gaps }) => gaps)).toEqual([]);
});

test('a client that moves to the other server goes on at its place, and nobody sees it leave', async () => {
  const prefix = fresh();
  const [a, b] = [await serveOn(server.url, prefix), await serveOn(server.url, prefix)];
  let target = a.port;
  const way = await createCuttingProxy(() => target, Math.random);
  try {
    const [anna, ben] = [createPerson('anna', way.port), createPerson('ben', b.port)];
    anna.room.enter({ x: 1 });
    await until('both to be there', () =>
      [anna, ben].every((each) => isJoined(each) && membersOf(each).join() === 'anna'),
    );
    const left: string[] = [];
    ben.room.on('presence', ({ type, member }) => void (type === 'leave' && left.push(member.id)));
    await anna.speak(10);
    const saying = Promise.all([ben.speak(300), anna.speak(0)]);
    for (let move = 0; move < 4; move++) {
      target = target === a.port ? b.port : a.port;
      way.cutAll();
      await until('it to be back', () => isJoined(anna));
    }
    await saying;
    await expectAll([anna, ben], await account(prefix), 310);
    expect([anna.gaps, ben.gaps, left]).toEqual([[], [], []]);
    expect(membersOf(ben)).toEqual(['anna']);
  } finally {
    await way.close();
  }
});

test('the same message said again to the other server is the same message', async () => {
  const prefix = fresh();
  const [a, b] = [await serveOn(server.url, prefix), await serveOn(server.url, prefix)];
  const peers = await Promise.all(
    [a, b].map(async ({ port }) => {
      const peer = await overSocket({ at: (query) => `http://127.0.0.1:${port}/realtime?${query}` });
      await greet(peer, 'anna', 'anna');
      await peer.say({ t: 'join', room: ROOM, join: 1 });
      await peer.next('joined');
      return peer;
    }),
  );
  const acks = [];
  for (const data of ['first', 'again'])
    for (const peer of peers) {
      await peer.say({ t: 'publish', room: ROOM, id: 'm', data });
      const { epoch, offset, at } = await peer.next('ack');
      acks.push(JSON.stringify({ epoch, offset, at }));
    }
  expect(new Set(acks).size).toBe(1);
  await peers[0]!.say({ t: 'publish', room: ROOM, id: 'n', data: 1 });
  for (const peer of peers) {
    expect(await peer.next('message')).toMatchObject({ id: 'm', offset: 1, data: 'first' });
    expect(await peer.next('message')).toMatchObject({ id: 'n', offset: 2 });
  }
});

test('servers are restarted one after the other under load: 0 lost, 0 doubled, in order', async () => {
  const prefix = fresh();
  const all = [await serveOn(server.url, prefix), await serveOn(server.url, prefix)];
  let next = 0;
  const way = await createCuttingProxy(() => all[next++ % 2]!.port, Math.random);
  try {
    const people = ['anna', 'ben', 'cleo', 'dora'].map((name) => createPerson(name, way.port));
    await until('everybody to be there', () => people.every(isJoined));
    const saying = Promise.all(people.map((each) => each.speak(300)));
    for (const place of [0, 1, 0, 1]) {
      const heard = people[0]!.heard.length;
      const old = all[place]!;
      all[place] = await serveOn(server.url, prefix);
      await old.stop();
      await until('the talk to go on', () => people[0]!.heard.length > heard + 50 || people[0]!.heard.length === 1_200);
    }
    await saying;
    expect(statuses(people)).toEqual(new Set(['acknowledged']));
    await expectAll(people, await account(prefix), 1_200);
    expect(people.flatMap(({ gaps }) => gaps)).toEqual([]);
  } finally {
    await way.close();
  }
});

test('Redis hangs under load, then is there again: nobody is cut off, nothing is lost, doubled or turned round', async () => {
  const prefix = fresh();
  const options = { timeoutMs: 1_000 };
  const [a, b] = [await serveOn(server.url, prefix, options), await serveOn(server.url, prefix, options)];
  const people = [a, b, a, b].map(({ port }, n) => createPerson(`person${n}`, port));
  await until('everybody to be there', () => people.every(isJoined));
  const drops = people.map((each) => each.drops());
  const saying = Promise.all(people.map((each) => each.speak(150)));
  await until('some talk', () => people.every(({ heard }) => heard.length > 100));
  server.pause();
  const pausedAt = performance.now();
  // longer than a call may take
  await until('two seconds', () => performance.now() - pausedAt > 2_000);
  server.resume();
  await saying;
  expect(statuses(people)).toEqual(new Set(['acknowledged']));
  await expectAll(people, await account(prefix), 600);
  expect(people.flatMap(({ gaps }) => gaps)).toEqual([]);
  expect(people.map((each) => each.drops())).toEqual(drops);
});

test('Redis dies under load and comes back empty: one gap is told to everybody, and the talk goes on', async () => {
  const own = await startRedis();
  try {
    const prefix = fresh();
    const [a, b] = [await serveOn(own.url, prefix), await serveOn(own.url, prefix)];
    const people = [a, b].map(({ port }, n) => createPerson(`person${n}`, port));
    for (const { room } of people) room.enter({});
    await until('everybody to be there', () => people.every((each) => membersOf(each).length === 2));
    const drops = people.map((each) => each.drops());
    await Promise.all(people.map((each) => each.speak(20)));
    const saying = Promise.all(people.map((each) => each.speak(20)));
    await own.kill();
    await own.start();
    await saying;
    await until('the gap to be told', () => people.every(({ gaps }) => gaps.length === 1));
    await until('everybody to be seen again', () =>
      people.every((each) => isJoined(each) && membersOf(each).length === 2),
    );
    expect(people.map(({ gaps }) => gaps.map(({ reason }) => reason))).toEqual([['epoch'], ['epoch']]);
    expect(statuses(people)).toEqual(new Set(['acknowledged']));
    expect(people.map((each) => each.drops())).toEqual(drops);
  } finally {
    await own.close();
  }
});

test('Redis hangs for longer than a lease: everybody knows that the room is not current, and nobody is seen to leave', async () => {
  const prefix = fresh();
  const options = { leaseMs: 1_000, timeoutMs: 1_000 };
  const [a, b] = [await serveOn(server.url, prefix, options), await serveOn(server.url, prefix, options)];
  const people = [a, b].map(({ port }, n) => createPerson(`person${n}`, port));
  for (const { room } of people) room.enter({});
  await until('everybody to be seen', () => people.every((each) => membersOf(each).length === 2));
  const changes: string[] = [];
  for (const { room } of people) room.on('presence', ({ type, member }) => void changes.push(`${type} ${member.id}`));
  server.pause();
  try {
    await until('everybody to know', () => people.every(({ room }) => room.getSnapshot().status === 'rejoining'));
    for (const each of people)
      expect([each.room.getSnapshot().synced, membersOf(each)]).toEqual([false, ['person0', 'person1']]);
  } finally {
    server.resume();
  }
  await until('everybody to be back', () => people.every((each) => isJoined(each) && each.room.getSnapshot().synced));
  await Promise.all(people.map((each) => each.speak(10)));
  await expectAll(people, await account(prefix), 20);
  const backAt = performance.now();
  await until('whoever would leave to leave', () => performance.now() - backAt > 3_500);
  expect(changes).toEqual([]);
  for (const { gaps, room } of people)
    expect([gaps, [...room.getSnapshot().members.keys()].sort()]).toEqual([[], ['person0', 'person1']]);
  expect(people.map((each) => each.drops())).toEqual([0, 0]);
});

test('one server alone is cut off from Redis: its people know, and are back with it; the others see them leave and come', async () => {
  const prefix = fresh();
  const options = { leaseMs: 1_000, timeoutMs: 1_000 };
  const way = await createWay(server.port);
  const [a, b] = [await serveOn(way.url, prefix, options), await serveOn(server.url, prefix, options)];
  const [cut, other] = [createPerson('cut', a.port), createPerson('other', b.port)];
  for (const { room } of [cut, other]) room.enter({});
  await until('both to be seen', () => [cut, other].every((each) => membersOf(each).length === 2));
  const changes: string[] = [];
  other.room.on('presence', ({ type, member }) => void changes.push(`${type} ${member.id}`));
  way.block();
  await until('it to know', () => cut.room.getSnapshot().status === 'rejoining');
  await until('the other to see it', () => changes.length === 1);
  await other.speak(20);
  expect(cut.heard.length).toBeLessThan(20);
  const saying = cut.speak(10);
  way.open();
  await saying;
  await expectAll([cut, other], await account(prefix), 30);
  await until('it to be seen again', () => changes.length === 2);
  expect([changes, cut.gaps, cut.drops()]).toEqual([['leave cut', 'enter cut'], [], 0]);
});
