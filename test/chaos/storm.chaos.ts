// G9: nobody storms. 1,000 clients of the real engine on a manual clock, and 100 over real sockets, whose server is away for 5 s.

import { expect, test } from 'vitest';
import { createRealtimeClient } from '../../src/client/realtime-client.js';
import { createFakeServer } from '../../src/testing/fake-server.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { seededRandom } from '../../src/testing/manual-host.js';
import { createArena } from './arena.js';
import { chaosSeeds, isFull } from './size.js';
import { after, until } from './until.js';

const AWAY_MS = 5_000;
const CAP_MS = 30_000; // `maxDelayMs`
const seed = chaosSeeds[0] ?? 1;

/** Counts by 100 ms, from `from` on. */
function buckets(times: readonly number[], from: number, until: number): number[] {
  const found = Array.from({ length: Math.max(1, Math.ceil((until - from) / 100)) }, () => 0);
  for (const time of times) {
    const index = Math.floor((time - from) / 100);
    found[index] = (found[index] ?? 0) + 1;
  }
  return found;
}
const peakOf = (counts: readonly number[]): number => Math.max(...counts);
const sum = (counts: readonly number[]): number => counts.reduce((all, each) => all + each, 0);
/** The most within any second. */
const perSecond = (counts: readonly number[]): number => peakOf(counts.map((_, at) => sum(counts.slice(at, at + 10))));

test(`1,000 clients, the server away for 5 s, seed ${seed}`, { timeout: 120_000 }, async () => {
  const clock = createManualClock();
  const server = createFakeServer({ clock });
  const attempts: number[][] = [];
  const clients = Array.from({ length: 1_000 }, (_, index) => {
    const own: number[] = [];
    attempts.push(own);
    const client = createRealtimeClient({
      transport: {
        ...server.transport,
        dial(sink, dial) {
          own.push(clock.now());
          return server.transport.dial(sink, dial);
        },
      },
      host: { clock, random: seededRandom(seed + index) },
      flush: 'sync',
    });
    client.retain();
    return client;
  });
  const isOpen = (): number => clients.filter(({ connection }) => connection.getSnapshot().status === 'open').length;
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    for (let turn = 0; turn < 8; turn++) await Promise.resolve();
  };
  for (let waited = 0; isOpen() < clients.length && waited < 100; waited++) await pass(1);
  expect(isOpen()).toBe(1_000);
  await pass(10_000); // they have lasted
  for (const own of attempts) own.length = 0;

  const cutAt = clock.now();
  server.setDown(true);
  while (server.wires > 0) server.cut();
  let backAt = Infinity;
  while (clock.now() < cutAt + AWAY_MS + CAP_MS + 10_000 && backAt === Infinity) {
    if (clock.now() >= cutAt + AWAY_MS) server.setDown(false);
    await pass(10);
    if (clock.now() > cutAt + AWAY_MS && isOpen() === clients.length) backAt = clock.now();
  }

  // the n-th attempts of all, against the window that each was drawn from
  const [least, first, factor] = [100, 500, 2];
  const rounds = [0, 1, 2].map((round) => {
    const windows = Array.from({ length: round + 1 }, (_, index) => first * factor ** index);
    const times = attempts.map((own) => (own[round] ?? NaN) - cutAt).filter((time) => time <= AWAY_MS);
    const counts = buckets(times, least * (round + 1), sum(windows));
    const mean = times.length / ((first * factor ** round - least) / 100);
    return { peak: peakOf(counts), mean, times: times.length };
  });
  const all = attempts.flat();
  const away = all.filter((time) => time < cutAt + AWAY_MS);
  const returned = buckets(
    all.filter((time) => time >= cutAt + AWAY_MS),
    cutAt + AWAY_MS,
    backAt,
  );
  console.info(
    `1,000 clients, server away for 5 s, seed ${seed}: ${(away.length / 1_000).toFixed(1)} attempts per client meanwhile; ` +
      `${rounds.map(({ peak, mean }, index) => `attempt ${index + 1}: at most ${peak} in 100 ms, ${mean.toFixed(0)} in the mean of its window`).join('; ')}; ` +
      `after the return at most ${peakOf(returned)} in 100 ms and ${perSecond(returned)} in a second, all back after ${backAt - cutAt - AWAY_MS} ms`,
  );
  for (const { peak, mean } of rounds) expect(peak).toBeLessThanOrEqual(2 * mean);
  expect(backAt - cutAt - AWAY_MS).toBeLessThanOrEqual(CAP_MS);
  for (const client of clients) client.close();
  await pass(60_000);
  expect(server.wires).toBe(0);
});

if (isFull)
  test(`100 clients over real sockets, the server away for 5 s, seed ${seed}`, { timeout: 120_000 }, async () => {
    const arena = await createArena({
      ...{ seed, ways: Array.from({ length: 100 }, () => 'websocket' as const), rttMs: 10, retry: {} },
      heartbeat: { intervalMs: 25_000, timeoutMs: 10_000 },
    });
    try {
      const { proxy, people } = arena;
      proxy.set({ refuse: 'rst' });
      proxy.cut('rst', 'all');
      const before = proxy.connects;
      const started = performance.now();
      const counts: number[] = [];
      let seen = before;
      while (performance.now() - started < AWAY_MS) {
        await after(100);
        counts.push(proxy.connects - seen);
        seen = proxy.connects;
      }
      proxy.set({ refuse: undefined });
      const returnedAt = performance.now();
      await until('all back', () => people.every(({ isJoined }) => isJoined), CAP_MS + 10_000);
      const backMs = Math.round(performance.now() - returnedAt);
      console.info(
        `100 clients over real sockets, server away for 5 s, seed ${seed}: ${((proxy.connects - before) / 100).toFixed(1)} attempts per client, at most ${peakOf(counts)} in 100 ms, all back after ${backMs} ms`,
      );
      // a first window of 400 ms: a quarter in each 100 ms of it, and twice that at the very most
      expect(peakOf(counts)).toBeLessThanOrEqual(60);
      expect(backMs).toBeLessThanOrEqual(CAP_MS + 1_000);
      await arena.settle();
    } finally {
      await arena.close();
    }
  });
