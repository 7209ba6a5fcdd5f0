// C16: spoilt bytes. Over TLS the platform closes, and nothing spoilt is ever taken for data. Over plain TCP a spoilt byte
// can be good JSON, and nobody can know: there the clients must survive, and be exact again when the network is.

import { describe, expect, test } from 'vitest';
import { createArena } from './arena.js';
import { createCertificate } from './certificate.js';
import { WAYS, type Way } from './person.js';
import { runScenario, type Scenario, whereIs } from './scenario.js';
import { faultsOf, lineOf, scoreOf } from './score.js';
import { chaosMs, chaosSeeds, isFull } from './size.js';
import { after, until } from './until.js';

const ways: readonly Way[] = isFull ? WAYS : ['websocket'];
const wanted = ways.flatMap((way) => chaosSeeds.map((seed) => [way, seed] as const));

const secured: Omit<Scenario, 'options'> = {
  id: 'C16',
  what: 'one byte in 200 is spoilt, over TLS',
  async inject({ proxy }, ms) {
    const endsAt = performance.now() + ms;
    while (performance.now() < endsAt) {
      for (const [corruptEvery, lastsMs] of [
        [200, 300],
        [0, 500],
        [5_000, 600],
        [0, 300],
      ] as const) {
        proxy.set({ corruptEvery });
        await after(lastsMs);
      }
    }
  },
};

describe('over TLS', () => {
  test.each(wanted)('%s, seed %i: never data', { timeout: 6 * chaosMs + 120_000 }, async (way, seed) => {
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'; // the certificate is nobody's
    try {
      const { counts } = await runScenario({ ...secured, options: { tls: createCertificate() } }, way, seed, chaosMs);
      expect(counts.corrupt).toBeGreaterThan(0);
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    }
  });
});

describe('over plain TCP', () => {
  test.each(wanted)('%s, seed %i: survived', { timeout: 6 * chaosMs + 120_000 }, async (way, seed) => {
    const arena = await createArena({ seed, ways: [way, way] });
    try {
      const { proxy, people, far } = arena;
      const load = arena.talk({ down: 30, up: 10 });
      proxy.set({ corruptEvery: 2_000 });
      await after(chaosMs);
      proxy.set({ corruptEvery: 0 });
      load.stop();
      // what was spoilt may have said anything, and may still be on its way: "wrong request", "go away", "a later wire has this key"
      let stopped = 0;
      const goOn = (): void => void (stopped += people.filter((person) => person.goOn()).length);
      goOn();
      proxy.cut('rst', 'all');
      // a join whose answer was spoilt, on a wire that lives, is said again after 15 s
      await until('everybody back', () => (goOn(), people.every(({ isJoined }) => isJoined)), 60_000).catch(() => {
        throw new Error(`seed ${seed}: ${whereIs(arena)}`);
      });
      await load.done;
      const harm = lineOf(arena.score());
      await until('everybody where the room is', () =>
        people.every(({ place }) => place?.offset === far.place.offset),
      ).catch(() => {
        throw new Error(`seed ${seed}: ${whereIs(arena)}`);
      });

      const marks = people.map(({ log }) => ({
        heard: log.heard.length,
        gaps: log.gaps.length,
        sent: log.sent.length,
      }));
      const from = far.truth.applied.length;
      const calm = arena.talk({ down: 30, up: 10 });
      await after(1_000);
      calm.stop();
      await calm.done;
      await arena.settle();
      const truth = { epochs: far.truth.epochs, applied: far.truth.applied.slice(from) };
      const score = scoreOf(
        truth,
        people.map(({ log }, index) => {
          const { heard = 0, gaps = 0, sent = 0 } = marks[index] ?? {};
          const own = log.sent.slice(sent);
          const receipts = log.receipts.filter(({ id }) => own.includes(id));
          return {
            name: log.name,
            from: 0,
            heard: log.heard.slice(heard),
            gaps: log.gaps.slice(gaps),
            sent: own,
            receipts,
          };
        }),
      );
      console.info(
        `C16 plain, ${way}, seed ${seed}: ${proxy.counts.corrupt} bytes spoilt, ${stopped} × one of ${people.length} clients stopped and was told to go on; meanwhile ${harm}; afterwards ${lineOf(score)}`,
      );
      expect(faultsOf(score), `seed ${seed}`).toEqual({});
    } finally {
      await arena.close();
    }
  });
});
