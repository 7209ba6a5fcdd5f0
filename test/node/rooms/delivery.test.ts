// Nothing lost, nothing doubled, nothing out of order, every gap told: over real sockets that break at the worst moments,
// and over servers that come back with their history and without.

import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { ladder } from '../../../src/client/ladder.js';
import { createRealtimeClient, type RealtimeClient } from '../../../src/client/realtime-client.js';
import type { RoomReceipt } from '../../../src/client/room-handle.js';
import type { RoomGap } from '../../../src/model/room.js';
import { createRealtimeServer, memory, type RealtimeServer } from '../../../src/server.js';
import { type Cut, createCuttingProxy, type CuttingProxy } from '../../support/cutting-proxy.js';
import { createChance, firstSeed } from '../../support/seed.js';
import { NodeWebSocket } from '../fixtures/serve.js';

const ROOM = 'room';
const HISTORY = 50_000;
const IN_FLIGHT = 10;

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

interface Running {
  readonly port: number;
  readonly realtime: RealtimeServer;
  stop(): Promise<void>;
}

async function run(backplane: ReturnType<typeof memory>): Promise<Running> {
  const http: Server = createServer();
  const realtime = createRealtimeServer({ backplane, heartbeatMs: 2_000, presenceGraceMs: 100 });
  realtime.attach(http, { path: '/realtime' });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    port: (http.address() as { port: number }).port,
    realtime,
    async stop() {
      http.closeAllConnections();
      await realtime.close();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

interface Person {
  readonly client: RealtimeClient;
  /** What its listeners heard, in order: messages by epoch and id, and gaps. */
  readonly heard: { readonly id: string; readonly offset: number | null }[];
  readonly gaps: RoomGap[];
  readonly receipts: RoomReceipt[];
  /** Sends so many, some at a time, and resolves when each has its receipt. */
  speak(count: number, whileOnTheWay: () => void): Promise<void>;
}

function createPerson(way: number, port: number): Person {
  const transport = ladder(`http://127.0.0.1:${port}/realtime`, { WebSocket: NodeWebSocket, pollIntervalMs: 10 })[way];
  if (!transport) throw new Error('no such way');
  const client = createRealtimeClient({
    transport,
    retry: { minDelayMs: 1, initialDelayMs: 10, maxDelayMs: 100 },
    connectTimeoutMs: 3_000,
    heartbeat: { intervalMs: 1_000, timeoutMs: 1_000 },
    flush: 'microtask',
  });
  const room = client.room<number>(ROOM, { history: HISTORY });
  const heard: Person['heard'] = [];
  const gaps: RoomGap[] = [];
  const receipts: RoomReceipt[] = [];
  room.on('message', ({ id, offset }) => void heard.push({ id, offset }));
  room.on('gap', (gap) => void gaps.push(gap));
  room.subscribe(() => {});
  undo.push(() => client.close());
  return {
    client,
    heard,
    gaps,
    receipts,
    async speak(count, whileOnTheWay) {
      for (let sent = 0; sent < count; sent += IN_FLIGHT) {
        const some = Math.min(IN_FLIGHT, count - sent);
        const done = Array.from({ length: some }, (_, index) => room.send(sent + index, { timeoutMs: 60_000 }).done);
        whileOnTheWay();
        receipts.push(...(await Promise.all(done)));
      }
    },
  };
}

const until = async (what: string, is: () => boolean): Promise<void> => {
  const started = performance.now();
  while (!is()) {
    if (performance.now() - started > 30_000) throw new Error(`waited 30 s for: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
};

const kinds: readonly Cut[] = ['now', 'mid-down', 'mid-up', 'unheard'];
const total = (proxy: CuttingProxy): number => Object.values(proxy.cuts).reduce((sum, each) => sum + each, 0);

const ways = [
  { name: 'websocket', index: 0, each: 2_000, cuts: 200 },
  { name: 'sse', index: 1, each: 400, cuts: 40 },
  { name: 'long-poll', index: 2, each: 400, cuts: 40 },
  { name: 'poll', index: 3, each: 400, cuts: 40 },
] as const;

describe.each(ways)('over $name', ({ index, each, cuts }) => {
  test(
    `5 clients × ${each} messages, cut at random: 0 lost, 0 doubled, 0 out of order, as many gaps told as made`,
    { timeout: 120_000 },
    async () => {
      const seed = firstSeed();
      const { random, pick } = createChance(seed);
      const history = { size: HISTORY };
      let backplane = memory({ history });
      let server = await run(backplane);
      const proxy = await createCuttingProxy(() => server.port, random);
      undo.push(
        () => proxy.close(),
        () => server.stop(),
      );
      const people = Array.from({ length: 5 }, () => createPerson(index, proxy.port));
      const inRoom = (person: Person): boolean => person.client.room(ROOM).getSnapshot().status === 'joined';
      await until('everybody in the room', () => people.every(inRoom));

      /** What the server has, by its own account. */
      const account = async (): Promise<readonly string[]> =>
        (await backplane.latest(ROOM, HISTORY)).messages.map(({ id }) => id);
      const speak = async (count: number): Promise<void> => {
        const cutSome = (): void => {
          if (random() < 0.4) proxy.cut(pick(kinds));
        };
        await Promise.all(people.map((person) => person.speak(count, cutSome)));
        proxy.cutAll(); // and once more, with nothing on its way
      };
      const settle = async (expected: readonly string[], from: number): Promise<void> => {
        await until('everybody to have everything', () =>
          people.every((person) => person.heard.length - from >= expected.length && inRoom(person)),
        );
        for (const { heard } of people)
          expect(
            heard.slice(from).map(({ id }) => id),
            `seed ${seed}`,
          ).toEqual(expected);
      };

      // first half, cut at random; in the middle of it the server restarts with its history
      await speak(each / 4);
      await server.stop();
      server = await run(backplane);
      await speak(each / 4);
      const first = await account();
      expect(first).toHaveLength((5 * each) / 2);
      await settle(first, 0);
      expect(people.flatMap(({ gaps }) => gaps)).toEqual([]);

      // then it restarts without: what was there is over, and each is told once
      await server.stop();
      backplane = memory({ history });
      server = await run(backplane);
      await speak(each / 2);
      const second = await account();
      expect(second).toHaveLength((5 * each) / 2);
      await settle(second, first.length);

      expect(people.map(({ gaps }) => gaps.map(({ reason }) => reason))).toEqual(people.map(() => ['epoch']));
      const receipts = people.flatMap((person) => person.receipts);
      expect(new Set(receipts.map(({ status }) => status))).toEqual(new Set(['acknowledged']));
      expect(receipts).toHaveLength(5 * each);
      expect(new Set([...first, ...second]).size).toBe(5 * each);
      for (const { client } of people) {
        const { messages } = client.room(ROOM).getSnapshot();
        expect(messages.map(({ id }) => id)).toEqual([...first, ...second]);
        expect(new Set(messages.map(({ state }) => state))).toEqual(new Set(['sent']));
      }
      expect(total(proxy)).toBeGreaterThanOrEqual(cuts);
      console.info(
        `seed ${seed}: cuts ${JSON.stringify(proxy.cuts)}, 0 lost, 0 doubled, ${people.length} gaps made and told`,
      );
    },
  );
});
