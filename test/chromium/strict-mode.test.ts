// Demand 2 in a real browser: all link hooks under StrictMode, one link per address, and a silent console.

import { expect, it } from 'vitest';
import type { Spec } from './app/lab.js';
import type { Tab } from './support/tab.js';
import { eventually, openWorld } from './support/world.js';

const world = openWorld();
const names = ['websocket', 'sse', 'long-poll', 'poll'] as const;
const queries = { websocket: '', sse: '', 'long-poll': '&wait=25', poll: '' };

/** One component for each transport, each in a room of its own. */
const one = (kind: Spec['kind'], room: string, more: Partial<Spec> = {}): Spec => ({
  name: kind,
  kind,
  url: world.at(`${room}-${kind}`, queries[kind]),
  options: { intervalMs: 50 },
  ...more,
});
const all = (room: string, more: Partial<Spec> = {}): Spec[] => names.map((kind) => one(kind, room, more));
const open = (tab: Tab, name: string): Promise<void> =>
  eventually(async () => (await tab.lab('view', name)).status).toBe('open');

it('brings every message once over every transport, through a remount, and says nothing', async () => {
  const tab = await world.page();
  await tab.lab('show', all('strict'));
  for (const name of names) await open(tab, name);

  for (const name of names) world.site.publish(`strict-${name}`, 'first');
  for (const name of names) await eventually(async () => (await tab.lab('view', name)).heard).toEqual(['first']);

  // another key is another component in the same commit: it takes over the link of the one that goes
  await tab.lab('show', all('strict', { key: 'reloaded' }));
  for (const name of names) world.site.publish(`strict-${name}`, 'second');
  for (const name of names) {
    await eventually(async () => (await tab.lab('view', name)).heard).toEqual(['first', 'second']);
    await eventually(async () => (await tab.lab('view', name)).messages).toEqual(['first', 'second']);
  }

  await tab.lab('show', []);
  for (const name of names) await eventually(() => world.site.room(`strict-${name}`).open).toBe(0);
  for (const name of ['websocket', 'sse'] as const)
    expect(world.site.room(`strict-${name}`)).toEqual({ open: 0, most: 1, joins: 1 });
  expect(world.site.room('strict-long-poll').most).toBe(1);
  for (const name of names) {
    const { statuses, closes, errors, opens } = await tab.lab('view', name);
    // the new component is at rest until its effects have run, and then finds the link open
    expect({ statuses, errors }).toEqual({ statuses: ['idle', 'connecting', 'open', 'idle', 'open'], errors: [] });
    expect(closes.map(({ why }) => why)).toEqual(Array(opens).fill('unmount'));
  }
  expect(tab.said).toEqual([]);
});

it('is silent when it is unmounted in the middle of a handshake, and leaves no socket behind', async () => {
  const tab = await world.page();
  const spec: Spec = {
    name: 'slow',
    kind: 'websocket',
    url: '/held?room=handshake',
    options: { lingerMs: 0 },
  };
  await tab.lab('show', [spec]);
  await eventually(() => world.site.held).toBe(1);
  await tab.lab('show', []);
  // the engine has let go by now: the ledger of timers is empty, and only the browser's own handshake is on its way
  await eventually(async () => (await tab.lab('ledger')).timers).toBe(0);

  world.site.release();
  await eventually(() => world.site.room('handshake').joins).toBe(1);
  await eventually(() => world.site.room('handshake').open).toBe(0);
  expect(await tab.lab('view', 'slow')).toMatchObject({ opens: 0, closes: [], errors: [] });
  expect(world.site.requests('handshake')).toHaveLength(1);
  expect(tab.said).toEqual([]);
});

it('holds one WebSocket at a time while the address changes back and forth', async () => {
  const tab = await world.page();
  for (const room of ['there', 'back', 'there', 'back'])
    await tab.lab('show', [one('websocket', room, { name: 'moving', options: { lingerMs: 0 } })]);
  await open(tab, 'moving');
  world.site.publish('there-websocket', 'to nobody');
  world.site.publish('back-websocket', 'here');
  await eventually(async () => (await tab.lab('view', 'moving')).heard).toEqual(['here']);
  await eventually(() => world.site.room('there-websocket').open).toBe(0);
  expect(world.site.room('back-websocket').open).toBe(1);
  expect(tab.said).toEqual([]);
});
