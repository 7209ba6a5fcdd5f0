// At least 100,000 steps of the connection's model walk; the seed is printed where it fails.

import { expect, it } from 'vitest';
import { createConnection } from '../../src/connection/connection.js';
import { createChance, firstSeed } from '../support/seed.js';
import { walk } from './walk.js';

const SCRIPTS = 400;
const STEPS = 300;

it(`holds through ${SCRIPTS * STEPS} steps`, async () => {
  expect(SCRIPTS * STEPS).toBeGreaterThanOrEqual(100_000);
  const first = firstSeed();
  for (let seed = first; seed < first + SCRIPTS; seed++)
    await walk(createConnection, createChance(seed), STEPS).catch((error: unknown) => {
      throw new Error(`seed ${seed} (repeat with WALK_SEED=${seed}): ${(error as Error).message}`, { cause: error });
    });
}, 60_000);
