// What clients say is swallowed on its way, what the server says still comes, and the room is busy: they find out, come back, and lose nothing.

import { expect, test } from 'vitest';
import { firstSeed } from '../support/seed.js';
import { createArena } from './arena.js';
import { after, until } from './until.js';

const NEVER_MS = 600_000;

test(
  'over WebSocket: what nobody answers is asked about, though neither end’s silence is up',
  { timeout: 60_000 },
  async () => {
    const seed = firstSeed();
    const arena = await createArena({
      ...{ seed, rttMs: 10, heartbeatMs: NEVER_MS },
      heartbeat: { intervalMs: NEVER_MS, timeoutMs: 1_000 },
      ways: ['websocket', 'websocket', 'websocket'],
    });
    try {
      const { people, proxy } = arena;
      const load = arena.talk({ down: 100, up: 20 });
      const wires = (): readonly number[] => people.map(({ opened }) => opened);
      const heard = (): number => Math.min(...people.map(({ log }) => log.heard.length));
      const [before, heardBefore] = [wires(), heard()];
      await until('an answer to everybody', () => people.every(({ log }) => log.receipts.length > 10));
      expect(wires()).toEqual(before);

      const heal = proxy.blackhole('up', 'present');
      const begun = performance.now();
      await until('new wires', () => wires().every((count, at) => count > (before[at] ?? 0)));
      const noticedMs = Math.round(performance.now() - begun);
      expect(heard()).toBeGreaterThan(heardBefore);
      heal(); // what was swallowed arrives after what was said since
      await after(200);
      load.stop();
      await load.done;
      await arena.settle();

      const score = arena.score();
      console.info(`up-only black hole, seed ${seed}: back after ${noticedMs} ms, ${JSON.stringify(score)}`);
      const zeros = { lost: 0, silentHoles: 0, doubled: 0, appliedTwice: 0, inversions: 0, falseGaps: 0 };
      expect(score).toMatchObject({ ...zeros, neverSettled: 0, unacknowledged: 0, acknowledgedButLost: 0 });
    } finally {
      await arena.close();
    }
  },
);
