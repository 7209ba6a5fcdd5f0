// Demands 12 and 33: another tab comes to the front, so this one is really hidden, its timers throttled, its frames stopped.

import { expect, it } from 'vitest';
import type { Spec } from './app/lab.js';
import type { Tab } from './support/tab.js';
import { eventually, openWorld } from './support/world.js';

const world = openWorld();

/** A tab with these on it, and another tab to hide it behind. */
async function twoTabs(specs: readonly Spec[]) {
  const other = await world.blank();
  const tab = await world.page();
  await tab.toFront();
  await tab.lab('show', specs);
  return { tab, hide: () => front(other, tab, 'hidden'), show: () => front(tab, tab, 'visible') };
}

async function front(first: Tab, watched: Tab, wanted: string): Promise<void> {
  await first.toFront();
  await eventually(() => watched.evaluate('document.visibilityState')).toBe(wanted);
}

it('keeps every stream while the page is hidden and shown three times: one request each', async () => {
  const { tab, hide, show } = await twoTabs([
    { name: 'sse', kind: 'sse', url: world.at('kept-sse') },
    { name: 'native', kind: 'sse', url: world.at('kept-native'), options: { implementation: 'native' } },
    { name: 'websocket', kind: 'websocket', url: world.at('kept-websocket') },
  ]);
  const names = ['sse', 'native', 'websocket'];
  for (const name of names) await eventually(async () => (await tab.lab('view', name)).status).toBe('open');
  for (const round of [1, 2, 3]) {
    await hide();
    for (const name of names) world.site.publish(`kept-${name}`, `hidden ${round}`);
    for (const name of names)
      await eventually(async () => (await tab.lab('view', name)).heard.at(-1)).toBe(`hidden ${round}`);
    await show();
  }
  for (const name of names) {
    expect(await tab.lab('view', name)).toMatchObject({ opens: 1, closes: [], heard: { length: 3 } });
    expect(world.site.requests(`kept-${name}`)).toHaveLength(1);
  }
  expect(tab.said).toEqual([]);
});

it('renders in a hidden tab, where no frame is ever painted', async () => {
  const { tab, hide } = await twoTabs([{ name: 'news', kind: 'websocket', url: world.at('unpainted') }]);
  await eventually(async () => (await tab.lab('view', 'news')).status).toBe('open');
  await hide();
  await tab.evaluate('window.painted = false; requestAnimationFrame(() => (window.painted = true)); 0');
  // the first is told at once, those after it wait for a frame that does not come
  for (let n = 1; n <= 20; n++) world.site.publish('unpainted', n);
  const all = Array.from({ length: 20 }, (_, n) => n + 1);
  await eventually(async () => (await tab.lab('view', 'news')).messages).toEqual(all);
  world.site.publish('unpainted', 21);
  await eventually(async () => (await tab.lab('view', 'news')).messages).toEqual([...all, 21]);
  expect(await tab.evaluate('window.painted')).toBe(false);
});

it('closes a stream that is to pause when hidden after its grace, and resumes it from where it was', async () => {
  const { tab, hide, show } = await twoTabs([
    { name: 'paused', kind: 'sse', url: world.at('paused'), options: { pauseWhenHidden: 300 } },
  ]);
  const view = () => tab.lab('view', 'paused');
  await eventually(async () => (await view()).status).toBe('open');
  world.site.publish('paused', 1);
  await eventually(async () => (await view()).heard).toEqual([1]);

  // shorter than the grace: nothing happens
  await hide();
  await show();
  expect(world.site.room('paused')).toMatchObject({ open: 1, joins: 1 });

  await hide();
  await eventually(() => world.site.room('paused').open).toBe(0);
  for (const n of [2, 3]) world.site.publish('paused', n);
  expect(world.site.requests('paused')).toHaveLength(1);
  await show();
  await eventually(async () => (await view()).heard).toEqual([1, 2, 3]);
  expect(world.site.requests('paused')).toHaveLength(2);
  expect(world.site.requests('paused').at(-1)?.headers['last-event-id']).toMatch(/-1$/);
  await eventually(view).toMatchObject({ status: 'open', opens: 2, gaps: 0, errors: [] });
});

it('makes no attempt while hidden, though the server is away and a retry was due', async () => {
  const retry = { minDelayMs: 0, initialDelayMs: 50, maxDelayMs: 50 };
  const { tab, hide, show } = await twoTabs([
    { name: 'away', kind: 'sse', url: world.at('away'), options: { pauseWhenHidden: 0, retry } },
  ]);
  await eventually(async () => (await tab.lab('view', 'away')).status).toBe('open');
  world.site.down();
  await eventually(() => world.site.refused).toBeGreaterThan(3);
  await hide();
  await eventually(async () => (await tab.lab('view', 'away')).status).toBe('idle');
  // nothing is planned, so nothing can come
  await eventually(async () => (await tab.lab('ledger')).timers).toBe(0);
  world.site.up();
  expect(world.site.requests('away')).toHaveLength(1);
  await show();
  await eventually(async () => (await tab.lab('view', 'away')).status).toBe('open');
  expect(world.site.requests('away')).toHaveLength(2);
});

it('does not poll while hidden, and asks once, at once, when shown', async () => {
  const { tab, hide, show } = await twoTabs([
    { name: 'poll', kind: 'poll', url: world.at('poll'), options: { intervalMs: 100 } },
  ]);
  await eventually(() => world.site.requests('poll').length).toBeGreaterThan(2);
  await hide();
  // its timer runs out once more, and then there is none
  await eventually(async () => (await tab.lab('ledger')).timers).toBe(0);
  const before = world.site.requests('poll').length;
  world.site.publish('poll', 'missed');
  expect((await tab.lab('view', 'poll')).heard).toEqual([]);
  await show();
  await eventually(async () => (await tab.lab('view', 'poll')).heard).toEqual(['missed']);
  await eventually(() => world.site.requests('poll').length).toBeGreaterThan(before + 2);
  expect(await tab.lab('view', 'poll')).toMatchObject({ opens: 1, closes: [], errors: [] });
});
