// What links without users may expect of two servers that stand on the same rooms, whatever those stand on. A suite; chooses no rooms.

import { expect, onTestFinished, test } from 'vitest';
import { createFeed, eventSource, longPoll, poll, type Transport, webSocket } from '../../../src/core.js';
import type { RealtimeServerOptions } from '../../../src/server.js';
import { until } from '../../chaos/until.js';
import { createCuttingProxy } from '../../support/cutting-proxy.js';
import { createChance, firstSeed } from '../../support/seed.js';
import { NodeWebSocket } from '../fixtures/serve.js';
import { greet, overSocket } from './rooms-peer.js';
import { type Answer, ask, connect, listenTo, type Started } from './support.js';

/** Of the same rooms, with `size` messages kept; gone when the test is. */
export type StartPair = (size: number, options?: RealtimeServerOptions) => Promise<readonly [Started, Started]>;

const json = { method: 'POST', headers: { 'content-type': 'application/json' } } as const;
export const cursorOf = ({ headers }: Answer): string => String(headers['roomtone-cursor']);
const resumeOf = ({ headers }: Pick<Answer, 'headers'>): unknown => headers['roomtone-resume'];
export const post = (server: Started, room: string, data: unknown): Promise<Answer> =>
  ask(server.at(`room=${room}`), json, JSON.stringify(data));
const count = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);

/** A client of the library: all that it was told, in order. */
export function hearBy(transport: Transport): { readonly heard: unknown[]; readonly gaps: unknown[] } {
  const heard: unknown[] = [];
  const gaps: unknown[] = [];
  const feed = createFeed({
    transport,
    ...{ split: true, flush: 'microtask' as const, retry: { minDelayMs: 1, initialDelayMs: 5, maxDelayMs: 50 } },
    onMessage: ({ data }) => void heard.push(data),
    onGap: (gap) => void gaps.push(gap),
  });
  onTestFinished(() => feed.close());
  onTestFinished(feed.subscribe(() => {}));
  return { heard, gaps };
}

/** Each of the four ways, for clients of the library. */
export const waysTo = (base: string, room: string): Record<'ws' | 'sse' | 'long' | 'poll', Transport> => {
  const url = `${base}/realtime?room=${room}`;
  return {
    ws: webSocket(url.replace('http', 'ws'), { WebSocket: NodeWebSocket }),
    sse: eventSource(url),
    long: longPoll(`${url}&wait=20`, { minGapMs: 1 }),
    poll: poll(url, { intervalMs: 10 }),
  };
};

/** Resolves when both servers have so many readers in all. */
export const untilJoined = (servers: readonly Started[], wanted: number): Promise<void> =>
  until(`${wanted} readers`, () => {
    const types = servers.flatMap(({ events }) => events.map(({ type }) => type));
    return types.filter((type) => type === 'joined').length >= wanted;
  });

/** `renames`: the rooms answer later, and call what no user said by names of their own. */
export function plainContract(startPair: StartPair, renames = false): void {
  test('what is said in any way on either server is heard in every way on both, once and in one order', async () => {
    const pair = await startPair(1_000);
    const [a, b] = pair;
    const readers = pair.flatMap(({ base }) => {
      const { ws, sse, long } = waysTo(base, 'x');
      return [ws, sse, long].map(hearBy);
    });
    await untilJoined(pair, 6);
    const [atA, atB] = [await connect(a.at('room=x')), await connect(b.at('room=x'))];
    for (let n = 0; n < 50; n++) {
      a.realtime.publish('x', `a ${n}`);
      b.realtime.publish('x', `b ${n}`);
      atA.socket.send(JSON.stringify(`socket a ${n}`));
      atB.socket.send(JSON.stringify(`socket b ${n}`));
      if (n % 10 === 0) expect((await post(n % 20 ? a : b, 'x', `post ${n}`)).status).toBe(202);
    }
    await until('everybody to hear all', () => readers.every(({ heard }) => heard.length >= 205));
    const [first] = readers;
    for (const { heard, gaps } of readers) expect([heard, gaps]).toEqual([first!.heard, []]);
    expect(new Set(first!.heard).size).toBe(205);
    for (const from of ['a', 'b', 'socket a', 'socket b'])
      expect(first!.heard.filter((each) => new RegExp(`^${from} \\d`).test(String(each)))).toEqual(
        count(0, 50).map((n) => `${from} ${n}`),
      );
    const kept = await Promise.all(pair.map(({ at }) => ask(at('room=x'))));
    for (const { body } of kept) expect(JSON.parse(body)).toEqual(first!.heard);
  });

  test('a poll finds on the other server what it knows already: 304; a library poll hears what is new on both', async () => {
    const [a, b] = await startPair(10);
    await post(a, 'x', 1);
    const first = await ask(a.at('room=x'));
    const headers = { 'if-none-match': String(first.headers.etag) };
    expect(await ask(b.at('room=x'), { headers })).toMatchObject({ status: 304 });
    const readers = [a, b].map(({ base }) => hearBy(waysTo(base, 'x').poll));
    await post(b, 'x', 2);
    for (const { heard } of readers) await until('it', () => heard.includes(2));
    expect(await ask(a.at('room=x'), { headers })).toMatchObject({ status: 200, body: '[1,2]' });
  });

  test('a place of one server is a place on the other: for streams, sockets, held and quick polls', async () => {
    const [a, b] = await startPair(10);
    const ids = [];
    for (const n of [1, 2, 3]) ids.push((JSON.parse((await post(a, 'x', n)).body) as { id: string }).id);
    const stream = await listenTo(b.at('room=x'), { 'last-event-id': ids[0]! });
    expect(resumeOf(stream.response)).toBe('resumed');
    const text = await stream.until('data: 3');
    expect(text.match(/^(id|data): .*/gm)).toEqual([`id: ${ids[1]}`, 'data: 2', `id: ${ids[2]}`, 'data: 3']);
    const quick = await ask(b.at(`room=x&cursor=${ids[1]}`));
    expect([quick.body, cursorOf(quick), resumeOf(quick)]).toEqual(['[3]', ids[2], 'resumed']);
    const socket = await connect(b.at(`room=x&since=${ids[1]}`));
    expect(await socket.next()).toBe('3');
    const held = ask(b.at(`room=x&wait=20&cursor=${cursorOf(quick)}`));
    await until('it to be held', () => b.events.filter(({ type }) => type === 'joined').length === 3);
    a.realtime.publish('x', 4);
    const answer = await held;
    expect([answer.body, resumeOf(answer)]).toEqual(['[4]', 'resumed']);
    expect(cursorOf(answer)).toBe(cursorOf(await ask(a.at('room=x&wait=0'))));
  });

  test('a place that is too old, or of another stream, is a gap on both, with all that is kept', async () => {
    const pair = await startPair(3);
    const [a] = pair;
    const ids = [];
    for (const n of [1, 2, 3, 4, 5]) ids.push((JSON.parse((await post(a, 'x', n)).body) as { id: string }).id);
    for (const { at } of pair)
      for (const place of [ids[0]!, 'another0-1', 'nonsense', `${ids[0]!.split('-')[0]}-77`]) {
        const answer = await ask(at(`room=x&wait=20&cursor=${place}`));
        expect([answer.status, answer.body, resumeOf(answer)]).toEqual([200, '[3,4,5]', 'gap']);
        const stream = await listenTo(at('room=x'), { 'last-event-id': place });
        expect(resumeOf(stream.response)).toBe('gap');
        const text = await stream.until('data: 5');
        expect(text.match(/^data: .*/gm)).toEqual(['data: 3', 'data: 4', 'data: 5']);
      }
    // the oldest that nothing is missing behind
    expect(resumeOf(await ask(pair[1].at(`room=x&cursor=${ids[1]}`)))).toBe('resumed');
  });

  test(
    'readers who move between the servers under load miss nothing and hear nothing twice',
    { timeout: 30_000 },
    async () => {
      const seed = firstSeed();
      const { random } = createChance(seed);
      const pair = await startPair(2_000, { retryMs: 1 });
      let target = 0;
      const way = await createCuttingProxy(() => Number(new URL(pair[target]!.base).port), random);
      onTestFinished(() => way.close());
      const { sse, long } = waysTo(`http://127.0.0.1:${way.port}`, 'x');
      const readers = [hearBy(sse), hearBy(long)];
      await untilJoined(pair, 2);
      let said = 0;
      const say = async (until: number): Promise<void> => {
        while (said < until) {
          pair[said % 2]!.realtime.publish('x', said++);
          if (said % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
        }
      };
      for (let move = 1; move <= 10; move++) {
        const saying = say(move * 50);
        target = move % 2;
        way.cutAll();
        await saying;
        await until('some of it', () => readers.every(({ heard }) => heard.length > move * 50 - 50));
      }
      await until('all of it', () => readers.every(({ heard }) => heard.length >= 500));
      const kept = JSON.parse((await ask(pair[0].at('room=x'))).body) as unknown[];
      expect([kept.length, new Set(kept).size]).toEqual([500, 500]);
      for (const { heard, gaps } of readers) expect([seed, heard, gaps]).toEqual([seed, kept, []]);
    },
  );

  test('users of the rooms protocol are in the same rooms: heard by plain links of the other server, and hearing them', async () => {
    const [a, b] = await startPair(10);
    const anna = await overSocket(a);
    await greet(anna, 'anna');
    await anna.say({ t: 'join', room: 'x', join: 1, presence: { name: 'Anna' } });
    await anna.next('joined');
    const socket = await connect(b.at('room=x'));
    const stream = await listenTo(b.at('room=x'));
    await untilJoined([b], 2);
    await anna.say({ t: 'publish', room: 'x', id: 'm', data: { n: 1 }, type: 'note' });
    expect(await socket.next()).toBe('{"n":1}');
    expect(await anna.next('message')).toMatchObject({ id: 'm', offset: 1 });
    expect(await stream.until('data: {"n":1}')).toContain('event: note\n');
    // said again to this server it is nothing new
    await anna.say({ t: 'publish', room: 'x', id: 'm', data: { n: 1 }, type: 'note' });
    socket.socket.send('2');
    expect(await anna.next('message')).toMatchObject({ offset: 2, from: null, data: 2 });
    expect(await socket.next()).toBe('2');
    socket.socket.send(Uint8Array.of(0, 255));
    expect(await anna.next('message')).toMatchObject({ offset: 3, type: 'binary', data: 'AP8=' });
    expect(await socket.next()).toEqual(Buffer.from([0, 255]));
    expect(await stream.until('AP8=')).toContain('event: binary\n');
  });

  test('`publish` on a server reaches plain links on all, and its id is what users hear', async () => {
    const pair = await startPair(10);
    const anna = await overSocket(pair[1]);
    await greet(anna, 'anna');
    await anna.say({ t: 'join', room: 'x', join: 1 });
    await anna.next('joined');
    const peers = await Promise.all(pair.map(({ at }) => connect(at('room=x'))));
    await untilJoined(pair, 3);
    const { id } = pair[0].realtime.publish('x', { n: 1 });
    for (const { next } of peers) expect(await next()).toBe('{"n":1}');
    expect(await anna.next('message')).toMatchObject({
      id: renames ? expect.any(String) : id,
      from: null,
      data: { n: 1 },
    });
    expect(pair.flatMap(({ events }) => events.filter(({ type }) => type === 'error'))).toEqual([]);
  });
}
