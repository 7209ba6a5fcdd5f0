// Chance that can be repeated: where seeds come from, and how a failure names them. Tests nothing.

import { seededRandom } from '../../src/testing/manual-host.js';

export interface Chance {
  readonly random: () => number;
  /** A whole number from 0, below `limit`. */
  below(limit: number): number;
  pick<T>(from: readonly T[]): T;
}

export function createChance(seed: number): Chance {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  return { random, below, pick: <T>(from: readonly T[]): T => from[below(from.length)] as T };
}

/** Another seed each run, unless `WALK_SEED` says which. */
export function firstSeed(): number {
  const wanted = process.env['WALK_SEED'];
  return wanted === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(wanted);
}

/** Runs `script` with many seeds; what it throws begins with the seed that repeats it. */
export function overSeeds(runs: number, script: (chance: Chance, seed: number) => void): void {
  const first = firstSeed();
  for (let run = 0; run < runs; run++) {
    const seed = first + run;
    try {
      script(createChance(seed), seed);
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      throw new Error(`seed ${seed} (repeat with WALK_SEED=${seed}): ${words}`, { cause: error });
    }
  }
}
