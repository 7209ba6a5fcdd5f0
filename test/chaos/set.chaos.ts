// The chaos set of the rooms client, over each way: nothing lost, doubled or out of order, every gap told, every send settled.

import { describe, test } from 'vitest';
import { type Way, WAYS } from './person.js';
import { runScenario } from './scenario.js';
import { scenarios } from './scenarios.js';
import { chaosMs, chaosSeeds, isFull } from './size.js';

/** The short set: what tells most, over the way where it tells most. */
const SHORT: Readonly<Record<string, readonly Way[]>> = {
  C2: ['websocket', 'sse'],
  C4r: ['long-poll'],
  C6: ['websocket', 'sse'],
  C7: ['poll'],
  C14b: ['ladder'],
  G3a: ['websocket'],
  G3b: ['sse'],
  C17: ['ladder', 'long-poll'],
};

const wanted = scenarios.flatMap((scenario) => {
  const ways = scenario.ways ?? WAYS;
  const some = isFull ? ways : ways.filter((way) => SHORT[scenario.id]?.includes(way));
  return some.flatMap((way) =>
    chaosSeeds.map((seed) => [`${scenario.id} ${scenario.what}, ${way}, seed ${seed}`, scenario, way, seed] as const),
  );
});

describe.concurrent('the chaos set', () => {
  test.each(wanted)('%s', { timeout: 6 * chaosMs + 120_000 }, async (_title, scenario, way, seed) => {
    await runScenario(scenario, way, seed, chaosMs);
  });
});
