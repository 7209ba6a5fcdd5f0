// C14 with a real process (in the full set alone: processes take their time): SIGKILL and a restart after 0.2, 1 and 3 s, and SIGSTOP for longer than the heartbeat.

import { expect, test } from 'vitest';
import type { Arena } from './arena.js';
import { createFarProcess, type FarProcess } from './far-process.js';
import { WAYS } from './person.js';
import { runScenario, type Scenario } from './scenario.js';
import { chaosMs, chaosSeeds } from './size.js';
import { after, until } from './until.js';

const wanted = WAYS.flatMap((way) => chaosSeeds.slice(0, 1).map((seed) => [way, seed] as const));

const allBack = (arena: Arena): Promise<void> =>
  until('everybody back', () => arena.people.every(({ isJoined }) => isJoined), 30_000);

const killed: Scenario = {
  id: 'C14k',
  what: 'SIGKILL, back after 0.2, 1 and 3 s',
  options: { serve: createFarProcess },
  async inject(arena) {
    for (const downMs of [200, 1_000, 3_000]) {
      await after(500);
      await arena.far.kill();
      await after(downMs);
      await arena.far.start(false);
      await allBack(arena);
    }
    await after(500);
  },
  check({ far, people }, { gaps }) {
    expect(far.truth.epochs).toHaveLength(4);
    // who was not joined when it died has nothing to miss
    expect(gaps).toBeLessThanOrEqual(3 * people.length);
    expect(gaps).toBeGreaterThan(0);
  },
};
const stopped: Scenario = {
  id: 'C14s',
  what: 'SIGSTOP for a half, three and six beats',
  options: { serve: createFarProcess },
  async inject(arena) {
    const far = arena.far as FarProcess;
    for (const beats of [0.5, 3, 6]) {
      await after(500);
      far.pause();
      await after(beats * arena.beatMs);
      far.resume();
      await allBack(arena);
    }
    await after(500);
  },
};

test.concurrent.each(wanted)(
  '%s, seed %i: a server that dies and one that sleeps',
  { timeout: 200_000 },
  async (way, seed) => {
    await runScenario(killed, way, seed, chaosMs);
    await runScenario(stopped, way, seed, chaosMs);
  },
);
