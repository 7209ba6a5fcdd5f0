// Demands 4 and 34: pages that the browser stops: frozen in the background, or kept in the back/forward cache.

import { expect, it } from 'vitest';
import type { Spec } from './app/lab.js';
import type { Tab } from './support/tab.js';
import { eventually, openWorld } from './support/world.js';

const world = openWorld();
const specs = (room: string): Spec[] => [
  { name: 'websocket', kind: 'websocket', url: world.at(`${room}-websocket`) },
  { name: 'sse', kind: 'sse', url: world.at(`${room}-sse`) },
];
const names = ['websocket', 'sse'] as const;

async function allOpen(tab: Tab): Promise<void> {
  for (const name of names) await eventually(async () => (await tab.lab('view', name)).status).toBe('open');
}

it('reconnects exactly once after a freeze', async () => {
  const other = await world.blank();
  const tab = await world.page();
  await tab.lab('show', specs('frozen'));
  await allOpen(tab);
  world.site.publish('frozen-sse', 1);
  await eventually(async () => (await tab.lab('view', 'sse')).heard).toEqual([1]);

  await other.toFront(); // only what is hidden is ever frozen
  await tab.freeze();
  // the page closes its links on the way: the server knows at once that nobody reads
  for (const name of names) await eventually(() => world.site.room(`frozen-${name}`).open).toBe(0);
  world.site.publish('frozen-sse', 2);

  await tab.thaw();
  await tab.toFront();
  await allOpen(tab);
  await eventually(async () => (await tab.lab('view', 'sse')).heard).toEqual([1, 2]);
  world.site.publish('frozen-websocket', 'after');
  await eventually(async () => (await tab.lab('view', 'websocket')).heard).toEqual(['after']);
  expect(await tab.evaluate('life')).toEqual(['pageshow', 'freeze', 'resume']);
  for (const name of names) {
    expect(world.site.room(`frozen-${name}`)).toEqual({ open: 1, most: 1, joins: 2 });
    expect(await tab.lab('view', name)).toMatchObject({ opens: 2, reconnects: 1, gaps: 0, errors: [] });
  }
  expect(tab.said).toEqual([]);
});

it('is kept in the back/forward cache, has hung up meanwhile, and comes back with one connect', async () => {
  const tab = await world.page();
  await tab.toFront();
  await tab.lab('show', specs('away'));
  await allOpen(tab);
  world.site.publish('away-sse', 1);
  await eventually(async () => (await tab.lab('view', 'sse')).heard).toEqual([1]);

  const leftAt = performance.now();
  await tab.go(`${world.site.origin}/elsewhere`);
  for (const name of names) await eventually(() => world.site.room(`away-${name}`).open).toBe(0);
  // browsers that keep the page with its socket may tell the server nothing for many seconds
  expect(performance.now() - leftAt).toBeLessThan(4_000);
  await eventually(() => tab.evaluate('document.readyState + location.pathname')).toBe('complete/elsewhere');
  world.site.publish('away-sse', 2);

  await tab.evaluate('history.back()');
  await eventually(() => tab.evaluate('window.life?.join()')).toBe(
    'pageshow,pagehide persisted,freeze,resume,pageshow persisted',
  );
  await allOpen(tab);
  await eventually(async () => (await tab.lab('view', 'sse')).heard).toEqual([1, 2]);
  world.site.publish('away-websocket', 'back');
  await eventually(async () => (await tab.lab('view', 'websocket')).heard).toEqual(['back']);
  for (const name of names) {
    expect(world.site.room(`away-${name}`)).toEqual({ open: 1, most: 1, joins: 2 });
    // no code: the page hung up by itself, the browser (1006) did not have to
    expect(await tab.lab('view', name)).toMatchObject({ closes: [{ why: 'lost' }], opens: 2, reconnects: 1, gaps: 0 });
    expect((await tab.lab('view', name)).closes[0]).not.toHaveProperty('code');
  }
  // a listener for one of these would keep pages out of the cache
  const { everHeard } = await tab.lab('ledger');
  expect(everHeard).toContain('pagehide');
  expect(everHeard.filter((type) => /unload/.test(type))).toEqual([]);
  expect(tab.said).toEqual([]);
});
