// Twenty minutes of faults as fast as they go: every kind, on every rung, with servers that restart; then nothing is left.

import { expect, test } from 'vitest';
import { createArena } from './arena.js';
import { handles, heapBytes, newHandles } from './leftovers.js';
import { monkey } from './monkey.js';
import type { Way } from './person.js';
import { whereIs } from './scenario.js';
import { faultsOf, lineOf } from './score.js';
import { chaosSeeds, isFull } from './size.js';
import { after, until } from './until.js';

interface Size {
  readonly messages: number;
  readonly faults: number;
}
const SIZE: Size = isFull ? { messages: 50_000, faults: 1_000 } : { messages: 2_000, faults: 40 };
/** So that what is made once is there before the heap is measured. */
const WARM: Size = isFull ? { messages: 10_000, faults: 150 } : { messages: 300, faults: 8 };
const WAYS: readonly Way[] = [
  ...(['websocket', 'sse', 'long-poll', 'poll', 'ladder'] as const),
  ...(['websocket', 'sse', 'long-poll', 'poll', 'ladder'] as const),
];
const IN_FLIGHT = 25;
const MOST_MS = 150;
const RESTARTS = 7;
const LIMIT_MS = isFull ? 600_000 : 60_000;

async function run(seed: number, { messages, faults }: Size): Promise<void> {
  const arena = await createArena({
    ...{ seed, ways: WAYS, rttMs: 2 },
    fallback: { probeAfterMs: 500, stableMs: 200, tryMs: 400 },
    connectTimeoutMs: 1_000,
    retry: { minDelayMs: 1, initialDelayMs: 10, maxDelayMs: 100 },
  });
  try {
    const { proxy, far, people, chance } = arena;
    const each = messages / 2 / people.length;
    const sent = (): number => people.reduce((sum, { log }) => sum + log.sent.length, 0);
    const started = performance.now();
    let strikes = 0;
    let published = 0;
    // no faster than faults come: the last message is not said before the last fault
    const mayBe = (): number => (messages / 2) * Math.min(1, (strikes + 1) / faults);
    const talk = setInterval(() => {
      for (const person of people)
        for (let more = 0; more < 10; more++)
          if (person.waiting < IN_FLIGHT && person.log.sent.length < Math.min(each, mayBe() / people.length))
            person.say();
      for (let more = 0; more < 100 && published < Math.min(messages / 2, sent()); more++, published++) far.publish();
    }, 2);
    let restarts = 0;
    const one = monkey(arena, MOST_MS);
    for (; strikes < faults || sent() + published < messages; strikes++) {
      if (performance.now() - started > LIMIT_MS) throw new Error('stuck');
      await one.step();
      if (restarts < RESTARTS && strikes > (restarts + 1) * (faults / (RESTARTS + 2))) {
        restarts++;
        await arena.restart(chance.pick([0, 20, 100]), restarts % 3 !== 0); // every third time with nothing
      }
      await after(chance.below(20));
    }
    clearInterval(talk);
    one.heal();
    await arena.settle(60_000);
    const score = arena.score();
    console.info(
      `many faults, seed ${seed}: ${people.length} clients, ${sent()} up + ${published} down, ${strikes} faults ${JSON.stringify(proxy.counts)}, ${restarts} restarts, ${far.truth.epochs.length} epochs, ${Math.round((performance.now() - started) / 1_000)} s: ${lineOf(score)}`,
    );
    expect(faultsOf(score), `seed ${seed}`).toEqual({});
    expect(score.gaps, `seed ${seed}`).toBeLessThanOrEqual((far.truth.epochs.length - 1) * people.length);
    expect(sent() + published).toBeGreaterThanOrEqual(messages);
    for (const { log } of people) expect(log.heard.length).toBeGreaterThan(0);
  } catch (error) {
    throw new Error(`seed ${seed}: ${(error as Error).message}\n${whereIs(arena)}`, { cause: error });
  } finally {
    await arena.close();
  }
}

test(
  'many faults: nothing lost, doubled or out of order, every gap told, nothing left',
  { timeout: 900_000 },
  async () => {
    const seed = chaosSeeds[0] ?? 1;
    const held = handles();
    await run(seed + 1, WARM);
    const heapBefore = await heapBytes();
    await run(seed, SIZE);
    await until('no handle that was not there', () => Object.keys(newHandles(held)).length === 0);
    const heap = await heapBytes();
    const grown = heap / heapBefore - 1;
    console.info(
      `handles left 0; heap ${(heapBefore / 2 ** 20).toFixed(1)} → ${(heap / 2 ** 20).toFixed(1)} MiB (${(100 * grown).toFixed(1)} %)`,
    );
    expect(grown).toBeLessThan(isFull ? 0.05 : 0.2);
  },
);
