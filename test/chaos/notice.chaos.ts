// G10: a dead link is noticed within the heartbeat's interval and its timeout, in whatever phase it dies, and each way.

import { describe, expect, test } from 'vitest';
import { createArena } from './arena.js';
import type { Way } from './person.js';
import { chaosSeeds, isFull } from './size.js';
import { after, until } from './until.js';

const INTERVAL_MS = 200;
const TIMEOUT_MS = 200;
const PHASES = isFull ? 50 : 10;

const ways: readonly Way[] = isFull ? ['websocket', 'sse', 'long-poll', 'poll'] : ['websocket'];
const wanted = ways.flatMap((way) => (['both', 'up', 'down'] as const).map((hole) => [way, hole] as const));

/** How late this process is: what a machine with other work adds. */
function watchLag(): { readonly worstMs: () => number; stop(): void } {
  let worst = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    worst = Math.max(worst, performance.now() - last - 5);
    last = performance.now();
  }, 5);
  return { worstMs: () => worst, stop: () => clearInterval(timer) };
}

describe.concurrent('a black hole is noticed', () => {
  test.each(wanted)('%s, %s', { timeout: 120_000 }, async (way, hole) => {
    const seed = chaosSeeds[0] ?? 1;
    const arena = await createArena({
      ...{ seed, ways: [way], rttMs: 10, heartbeatMs: 60_000 }, // only the client looks
      heartbeat: { intervalMs: INTERVAL_MS, timeoutMs: TIMEOUT_MS },
    });
    const lag = watchLag();
    try {
      const { proxy, people, chance } = arena;
      const isOpen = (): boolean => people.every(({ client }) => client.connection.getSnapshot().status === 'open');
      const took: number[] = [];
      for (let phase = 0; phase < PHASES; phase++) {
        await until('everybody back', () => isOpen() && people.every(({ isJoined }) => isJoined));
        await after(chance.random() * (INTERVAL_MS + 100));
        if (!isOpen()) continue;
        const heal = proxy.blackhole(hole);
        const started = performance.now();
        await until('the loss', () => !isOpen());
        took.push(performance.now() - started);
        heal();
      }
      took.sort((one, other) => one - other);
      const at = (share: number): number =>
        Math.round(took[Math.min(took.length - 1, Math.floor(share * took.length))] ?? NaN);
      const boundMs = INTERVAL_MS + TIMEOUT_MS;
      console.info(
        `black hole ${hole}, ${way}, seed ${seed}: ${took.length} phases, noticed p50 ${at(0.5)}, p95 ${at(0.95)}, max ${at(1)} ms; interval + timeout ${boundMs} ms, this process late by up to ${Math.round(lag.worstMs())} ms`,
      );
      expect(took.length).toBeGreaterThan(PHASES / 2);
      // what was on its way when the hole opened may still arrive, and starts the interval anew
      expect(at(1)).toBeLessThanOrEqual(boundMs + 40 + 2 * lag.worstMs());
    } finally {
      lag.stop();
      await arena.close();
    }
  });
});
