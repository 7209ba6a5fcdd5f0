// Plain links whose pages end with a queue: what waited is sent by the next page, in order. Nobody acknowledges, so what was given to the wire is its own affair.

import { expect, it } from 'vitest';
import { createChance, firstSeed } from '../support/seed.js';
import type { Spec } from './app/lab.js';
import type { Tab } from './support/tab.js';
import { eventually, openWorld } from './support/world.js';

const world = openWorld();
const STORES = ['localStorage', 'indexedDB'] as const;
const WAYS = ['reload', 'crash', 'close'] as const;
const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, n) => from + n);
const named = (name: string, from: number, count: number): string[] => range(from, count).map((n) => `${name}-${n};`);

const specOf = (room: string, more: Partial<Spec> = {}): Spec => ({
  ...{ name: 'link', kind: 'websocket', url: world.at(room), storage: 'localStorage' },
  ...more,
  options: { retry: { minDelayMs: 0, initialDelayMs: 50, maxDelayMs: 50 }, ...more.options },
});

/** Links break, and none is made until the return; pages are served all the same. */
function cutOff(): () => void {
  world.site.refuseUpgrades(true);
  world.site.down();
  world.site.up();
  return () => world.site.refuseUpgrades(false);
}
async function end(tab: Tab, how: (typeof WAYS)[number]): Promise<Tab> {
  if (how === 'reload') await tab.reload();
  if (how === 'crash') {
    await tab.crash();
    await tab.load(`${world.site.origin}/`);
  }
  if (how !== 'close') return tab;
  await tab.close();
  return world.page();
}
async function send(tab: Tab, messages: readonly unknown[]): Promise<void> {
  await tab.evaluate(`for (const message of ${JSON.stringify(messages)}) lab.send('link', message)`);
}
const queued = (tab: Tab) => eventually(async () => (await tab.lab('view', 'link')).queued);
const arrived = (room: string) => eventually(async () => (await world.site.said(room)).length);
const status = (tab: Tab) => eventually(async () => (await tab.lab('view', 'link')).status);
/** What the page's store holds of messages that look like `name-7;`. */
const kept = async (tab: Tab): Promise<string[]> =>
  (await tab.evaluate(
    `Object.entries(localStorage).filter(([key]) => key.startsWith('roomtone')).flatMap(([, text]) => text.match(/[a-z]+-\\d+;/g) ?? [])`,
  )) as string[];

for (const storage of STORES)
  it(`${storage}: what was sent while cut off arrives once and in order, through pages that end in every way`, async () => {
    const room = `cut-${storage}`;
    const spec = specOf(room, { storage });
    let tab = await world.page();
    await tab.lab('show', [spec]);
    await status(tab).toBe('open');
    await send(tab, range(0, 5));
    await arrived(room).toBe(5);

    const back = cutOff();
    try {
      await status(tab).toBe('reconnecting');
      let count = 5;
      for (const how of WAYS) {
        await send(tab, range(count, 10));
        count += 10;
        await queued(tab).toBe(count - 5);
        // a store that is asynchronous is given the time that it is documented to need
        if (storage === 'indexedDB') await tab.evaluate('new Promise((done) => setTimeout(done, 200))');
        tab = await end(tab, how);
        await tab.lab('show', [spec]);
        await queued(tab).toBe(count - 5);
      }
      expect(await world.site.said(room)).toHaveLength(5);
      await send(tab, range(count, 5));
    } finally {
      back();
    }
    await arrived(room).toBe(40);
    await queued(tab).toBe(0);
    expect(await kept(tab)).toEqual([]);

    // and nobody sends it a second time
    tab = await end(tab, 'reload');
    await tab.lab('show', [spec]);
    await status(tab).toBe('open');
    await send(tab, [40]);
    await arrived(room).toBe(41);
    expect(await world.site.said(room)).toEqual(range(0, 41));
    await eventually(() => tab.lab('view', 'link')).toMatchObject({ errors: [], queued: 0, deliveries: ['sent'] });
  });

it(
  'a page that ends while it sends: what waited still arrives, at most one of them twice, and the order holds',
  { timeout: 60_000 },
  async () => {
    const seed = firstSeed();
    const chance = createChance(seed);
    const sums = { ends: 0, waited: 0, twice: 0, lost: 0 };
    for (const how of [...WAYS, ...WAYS]) {
      const room = `midway-${sums.ends++}`;
      const spec = specOf(room, { options: { rateLimit: { perSecond: 500, burst: 20 } } });
      let tab = await world.page();
      const back = cutOff();
      await tab.lab('show', [spec]);
      await send(tab, named('m', 0, 150));
      await queued(tab).toBe(150);
      back();
      const when = 20 + chance.below(100);
      await arrived(room).toBeGreaterThan(when);
      tab = await end(tab, how);
      const waiting = await kept(tab);
      sums.waited += waiting.length;
      await tab.lab('show', [spec]);
      await queued(tab).toBe(0);
      const note = `seed ${seed} (WALK_SEED), ${how}`;
      await eventually(async () => {
        const said = await world.site.said(room);
        return waiting.filter((each) => !said.includes(each));
      }).toEqual([]);

      const said = (await world.site.said(room)) as string[];
      const once = [...new Set(said)];
      expect(once, note).toEqual(named('m', 0, 150).filter((each) => once.includes(each)));
      expect(said.length - once.length, note).toBeLessThanOrEqual(1);
      sums.twice += said.length - once.length;
      sums.lost += 150 - once.length;
      await tab.close();
    }
    console.info(`seed ${seed}: ${JSON.stringify(sums)} (lost: given to the wire, and gone with it)`);
  },
);

it('two tabs: neither sends what the other has, and what a dead one left goes with whoever comes next', async () => {
  const spec = specOf('tabs');
  const [ann, bob] = [await world.page(), await world.page()];
  const back = cutOff();
  for (const [tab, name] of [
    [ann, 'ann'],
    [bob, 'bob'],
  ] as const) {
    await tab.lab('show', [spec]);
    await send(tab, named(name, 0, 10));
    await queued(tab).toBe(10);
  }
  // a renderer sees a little later what another one has written
  const all = [...named('ann', 0, 10), ...named('bob', 0, 10)];
  await eventually(async () => (await kept(ann)).sort()).toEqual(all);
  await ann.crash();
  const cid = await world.page();
  await cid.lab('show', [spec]);
  await queued(cid).toBe(10); // those of the dead one, and none of the living
  await send(cid, named('cid', 0, 10));
  back();
  await arrived('tabs').toBe(30);
  await queued(bob).toBe(0);
  await queued(cid).toBe(0);
  const said = (await world.site.said('tabs')) as string[];
  expect(said.filter((each) => !each.startsWith('bob'))).toEqual([...named('ann', 0, 10), ...named('cid', 0, 10)]);
  expect(said.filter((each) => each.startsWith('bob'))).toEqual(named('bob', 0, 10));
  await eventually(() => kept(bob)).toEqual([]);
});

it('another address gets nothing of it: it waits for its own', async () => {
  let tab = await world.page();
  const back = cutOff();
  await tab.lab('show', [specOf('mine')]);
  await send(tab, range(0, 10));
  await queued(tab).toBe(10);
  tab = await end(tab, 'reload');
  await tab.lab('show', [specOf('yours')]);
  back();
  await status(tab).toBe('open');
  await send(tab, ['hello']);
  await arrived('yours').toBe(1);
  await queued(tab).toBe(0);
  const { errors } = await tab.lab('view', 'link');
  expect(errors.filter(({ kind }) => kind !== 'refused')).toEqual([]); // but for the attempts of before
  expect(await world.site.said('mine')).toEqual([]);

  tab = await end(tab, 'reload');
  await tab.lab('show', [specOf('mine')]);
  await arrived('mine').toBe(10);
  await queued(tab).toBe(0);
  expect([await world.site.said('mine'), await world.site.said('yours')]).toEqual([range(0, 10), ['hello']]);
  expect(await kept(tab)).toEqual([]);
});
