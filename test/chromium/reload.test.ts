// Pages that are reloaded, closed or crash with a queue: what waited is said by the next page, each message once, in its order.

import { expect, it } from 'vitest';
import { createChance, firstSeed } from '../support/seed.js';
import type { RoomsSpec } from './app/lab.js';
import type { Tab } from './support/tab.js';
import { eventually, openWorld } from './support/world.js';

const world = openWorld();
const KILLS = 10; // in a row, of pages that go on with the same queue
const SERIES = Math.ceil(Number(process.env['RELOADS'] ?? 100) / KILLS);
const QUEUED = 500;
const MORE = 2; // that each page adds
const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, n) => from + n);
const ways = ['reload', 'crash', 'close'] as const;

/** Most let a page live until it is ended. */
const rates = [undefined, { perSecond: 800, burst: 40 }, { perSecond: 400, burst: 20 }, { perSecond: 200, burst: 10 }];

async function end(tab: Tab, how: (typeof ways)[number]): Promise<Tab> {
  if (how === 'reload') await tab.reload();
  if (how === 'crash') {
    await tab.crash();
    await tab.load(`${world.site.origin}/`);
  }
  if (how !== 'close') return tab;
  await tab.close();
  return world.page();
}

for (const [storage, series] of [
  ['localStorage', SERIES],
  ['indexedDB', Math.ceil(SERIES / 10)],
] as const)
  it(
    `says all that waits in ${storage} once and in order, through ${series * KILLS} ended pages`,
    { timeout: 20_000 + series * 10_000 },
    async () => {
      const seed = firstSeed();
      const chance = createChance(seed);
      const startedAt = performance.now();
      const sums = { reload: 0, crash: 0, close: 0, midway: 0, repeated: 0 };
      for (let run = 0; run < series; run++) {
        const name = `${storage}-${run}`;
        const rateLimit = chance.pick(rates);
        const spec: RoomsSpec = { room: name, user: name, storage, options: { rateLimit } };
        const note = `seed ${seed} (WALK_SEED), series ${run}`;
        let count = 0;
        const say = async (tab: Tab, more: number): Promise<void> => {
          await tab.lab('say', range(count, more));
          // a page that ends before a save has taken effect promises nothing
          await eventually(async () => (await tab.lab('seen')).unsaved).toBe(0);
          count += more;
        };

        let tab = await world.page();
        await tab.setOffline(true);
        await eventually(() => tab.evaluate('navigator.onLine')).toBe(false);
        await tab.lab('enter', spec);
        await say(tab, QUEUED);
        await eventually(async () => (await tab.lab('seen')).status).toBe('offline');
        expect(await tab.lab('seen'), note).toMatchObject({ queued: QUEUED, receipts: {} });
        await tab.setOffline(false);

        for (let kill = 0; kill < KILLS; kill++) {
          // when so many have arrived, or later
          const at = Math.floor((QUEUED * (kill + chance.random())) / KILLS);
          await world.site.reached(name, at);
          if (world.site.told(name).fresh < count) sums.midway++;
          const how = chance.pick(ways);
          sums[how]++;
          tab = await end(tab, how);
          await tab.lab('enter', spec);
          await say(tab, MORE);
        }
        await eventually(() => world.site.told(name).fresh).toBe(count);
        await eventually(async () => (await tab.lab('seen')).queued).toBe(0);
        expect(await world.site.said(name), note).toEqual(range(0, count));
        const seen = await tab.lab('seen');
        expect(seen, note).toMatchObject({ errors: [], gaps: 0, receipts: { acknowledged: MORE } });
        expect(seen.messages, note).toEqual(range(0, count));
        if (storage === 'localStorage')
          expect(await tab.evaluate('Object.keys(localStorage).filter((key) => key.startsWith("roomtone"))')).toEqual(
            [],
          );
        // a page that opens before it knows that it is offline tries: of that the browser itself tells
        expect(tab.said.filter((line) => !line.includes('ERR_INTERNET_DISCONNECTED'))).toEqual([]);
        sums.repeated += world.site.told(name).repeated;
        await tab.close();
      }
      const ms = Math.round(performance.now() - startedAt);
      console.info(
        `${storage}: seed ${seed}, ${series} × (${QUEUED} + ${KILLS * MORE}) sends, ${JSON.stringify(sums)}, ${ms} ms: 0 lost, 0 doubled`,
      );
    },
  );
