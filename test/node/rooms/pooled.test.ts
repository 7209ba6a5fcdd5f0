// One client, three connections, thirty rooms, over real sockets that break at the worst moments: each room's order, and each message once.

import { createServer } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { createRealtimeClient, ladder, pooledRooms, type RoomReceipt } from '../../../src/core.js';
import { createRealtimeServer, memory } from '../../../src/server.js';
import { type Cut, createCuttingProxy } from '../../support/cutting-proxy.js';
import { createChance, firstSeed } from '../../support/seed.js';
import { newHandles, handles } from '../../chaos/leftovers.js';
import { until } from '../../chaos/until.js';
import { NodeWebSocket } from '../fixtures/serve.js';

const SIZE = 3;
const NAMES = Array.from({ length: 30 }, (_, index) => `room-${index}`);
const EACH = 100;
/** Of one room, on their way at once. */
const IN_FLIGHT = 5;
const CUTS: readonly Cut[] = ['now', 'mid-down', 'mid-up', 'unheard'];

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

test(
  '30 rooms over 3 connections, 3,000 messages up and 3,000 down, cut at random: 0 lost, 0 doubled, 0 out of order, nothing left',
  { timeout: 120_000 },
  async () => {
    const seed = firstSeed();
    const { random, pick } = createChance(seed);
    const backplane = memory({ history: { size: 10 * EACH } });
    const http = createServer();
    const realtime = createRealtimeServer({
      ...{ backplane, heartbeatMs: 2_000, presenceGraceMs: 100 },
      authenticate: ({ token }) => (token === 'of-ada' ? { id: 'ada' } : null),
    });
    realtime.attach(http, { path: '/realtime' });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    undo.push(async () => {
      http.closeAllConnections();
      await realtime.close();
      await new Promise((resolve) => http.close(resolve));
    });
    const proxy = await createCuttingProxy(() => (http.address() as { port: number }).port, random);
    undo.push(() => proxy.close());
    const before = handles();

    const asked: string[] = [];
    const client = createRealtimeClient({
      transport: ladder(`http://127.0.0.1:${proxy.port}/realtime`, { WebSocket: NodeWebSocket }).slice(0, 1),
      pool: pooledRooms({ size: SIZE }),
      auth: {
        async getToken(reason) {
          asked.push(reason);
          await new Promise((resolve) => setImmediate(resolve));
          return 'of-ada';
        },
      },
      retry: { minDelayMs: 1, initialDelayMs: 10, maxDelayMs: 100 },
      connectTimeoutMs: 3_000,
      heartbeat: { intervalMs: 1_000, timeoutMs: 1_000 },
      flush: 'microtask',
    });
    undo.push(() => client.close());
    const statuses: string[] = [];
    client.connection.subscribe(() => {
      const { status } = client.connection.getSnapshot();
      if (statuses.at(-1) !== status) statuses.push(status);
    });
    const rooms = NAMES.map((name) => {
      const room = client.room<string>(name, { history: 10 * EACH });
      const heard: { readonly id: string; readonly data: string }[] = [];
      const gaps: unknown[] = [];
      room.on('message', ({ id, data }) => void heard.push({ id, data }));
      room.on('gap', (gap) => void gaps.push(gap));
      const leave = room.subscribe(() => {});
      return { room, heard, gaps, leave };
    });
    const allJoined = (): boolean => rooms.every(({ room }) => room.getSnapshot().status === 'joined');
    await until('all rooms joined', allJoined, 30_000);
    await until('all connections', () => proxy.links === SIZE, 30_000);
    expect([asked, statuses.splice(0)]).toEqual([['connect'], ['connecting', 'open']]);

    const receipts: RoomReceipt[] = [];
    for (let from = 0; from < EACH; from += IN_FLIGHT) {
      const done = rooms.flatMap(({ room }) =>
        Array.from({ length: IN_FLIGHT }, (_, index) => {
          realtime.publish(room.id, `down ${from + index}`);
          if (random() < 0.02) proxy.cut(pick(CUTS));
          return room.send(`up ${from + index}`, { timeoutMs: 60_000 }).done;
        }),
      );
      receipts.push(...(await Promise.all(done)));
    }
    proxy.cutAll(); // with nothing on its way
    await until('all rooms joined again', () => allJoined() && proxy.links === SIZE, 30_000);
    await until('everything heard', () => rooms.every(({ heard }) => heard.length >= 2 * EACH), 30_000);

    expect(receipts).toHaveLength(NAMES.length * EACH);
    expect(new Set(receipts.map(({ status }) => status))).toEqual(new Set(['acknowledged']));
    const counted = Array.from({ length: EACH }, (_, index) => index);
    for (const { room, heard, gaps } of rooms) {
      const account = await backplane.latest(room.id, 10 * EACH);
      const what = `seed ${seed}, ${room.id}`;
      expect(
        heard.map(({ id }) => id),
        what,
      ).toEqual(account.messages.map(({ id }) => id));
      for (const way of ['up', 'down'])
        expect(
          heard.flatMap(({ data }) => (data.startsWith(way) ? data : [])),
          what,
        ).toEqual(counted.map((index) => `${way} ${index}`));
      expect(gaps, what).toEqual([]);
      expect(room.getSnapshot().self.user).toBe('ada');
    }
    const cuts = Object.values(proxy.cuts).reduce((sum, each) => sum + each, 0);
    expect(cuts).toBeGreaterThanOrEqual(20);
    expect(statuses.every((status) => status === 'open' || status === 'reconnecting')).toBe(true);
    console.info(`seed ${seed}: cuts ${JSON.stringify(proxy.cuts)}, ${asked.length} tokens asked for`);

    for (const { leave } of rooms) leave();
    client.close();
    await until('nothing left', () => proxy.links === 0 && Object.keys(newHandles(before)).length === 0, 30_000);
    expect(client.getSnapshot().rooms.size).toBe(0);
  },
);
