// Several tabs of one user, each with a queue: none sends what another one has, and what a closed one left is taken over.

import { expect, it } from 'vitest';
import type { RoomsSpec } from './app/lab.js';
import type { Tab } from './support/tab.js';
import { eventually, openWorld } from './support/world.js';

const world = openWorld();
const COUNT = 100;
const texts = (tab: string, count = COUNT): string[] => Array.from({ length: count }, (_, n) => `${tab}${n}`);
const specOf = (room: string): RoomsSpec => ({ room, user: room, storage: 'localStorage' });

/** A tab that has lost its network, and waits with its queue. */
async function queueing(spec: RoomsSpec, name: string): Promise<Tab> {
  const tab = await world.page();
  await tab.setOffline(true);
  await eventually(() => tab.evaluate('navigator.onLine')).toBe(false);
  await tab.lab('enter', spec);
  await tab.lab('say', texts(name));
  // every way was tried, and none is on trial when the network comes back
  await eventually(async () => await tab.lab('seen')).toMatchObject({ status: 'offline', queued: COUNT, unsaved: 0 });
  return tab;
}
/** As this tab sees it: what another process has written comes a little later. */
const kept = (tab: Tab): Promise<unknown> =>
  tab.evaluate('Object.keys(localStorage).filter((key) => /roomtone.*[/]\\d+[/]\\d+$/.test(key)).length');
const places = (tab: Tab): Promise<unknown> =>
  tab.evaluate('navigator.locks.query().then(({ held }) => held.map(({ name }) => name.slice(-2)).sort().join())');

for (const how of ['close', 'crash'] as const)
  it(`each tab sends its own; a third one sends what the second left by ${how}`, async () => {
    const room = `heir-${how}`;
    const [first, second] = [await queueing(specOf(room), 'a'), await queueing(specOf(room), 'b')];
    await eventually(() => places(first)).toBe('/0,/1'); // whoever comes looks at all of them
    await eventually(() => kept(first)).toBe(2 * COUNT);

    await second[how]();
    await first.setOffline(false);
    await eventually(async () => (await first.lab('seen')).receipts['acknowledged']).toBe(COUNT);
    // the living one has not touched what the dead one left
    expect(await world.site.said(room)).toEqual(texts('a'));
    await eventually(() => kept(first)).toBe(COUNT);
    expect(await first.lab('seen')).toMatchObject({ queued: 0 });

    const startedAt = performance.now();
    const third = await world.page();
    await third.lab('enter', specOf(room));
    await third.lab('say', ['c']);
    await eventually(async () => (await world.site.said(room)).length).toBe(2 * COUNT + 1);
    const tookMs = Math.round(performance.now() - startedAt);
    const all = [...texts('a'), ...texts('b'), 'c'];
    expect(await world.site.said(room)).toEqual(all);
    await eventually(async () => (await third.lab('seen')).queued).toBe(0);
    expect(world.site.told(room)).toEqual({ fresh: 2 * COUNT + 1, repeated: 0 });
    expect((await third.lab('seen')).messages).toEqual(all);
    await eventually(async () => (await first.lab('seen')).messages).toEqual(all);
    await eventually(() => kept(third)).toBe(0);
    for (const tab of [first, third]) expect((await tab.lab('seen')).gaps).toBe(0);
    console.info(
      `left by ${how}: ${COUNT} of ${COUNT} said by the third tab, ${tookMs} ms after it was opened; 0 lost, 0 doubled`,
    );
  });

it('two tabs that come back at once say each message once, each in its order', async () => {
  const spec = specOf('together');
  const tabs = [await queueing(spec, 'a'), await queueing(spec, 'b')];
  await Promise.all(tabs.map((tab) => tab.setOffline(false)));
  for (const tab of tabs) await eventually(async () => (await tab.lab('seen')).receipts['acknowledged']).toBe(COUNT);
  const said = await world.site.said('together');
  for (const name of ['a', 'b']) expect(said.filter((text) => String(text).startsWith(name))).toEqual(texts(name));
  expect(world.site.told('together')).toEqual({ fresh: 2 * COUNT, repeated: 0 });
  for (const tab of tabs) {
    await eventually(async () => (await tab.lab('seen')).messages).toEqual(said);
    await eventually(() => kept(tab)).toBe(0);
  }
});
