// The wall of six: over HTTP/1.1 a browser opens six connections to one origin, and the seventh request waits silently.

import { expect, it } from 'vitest';
import type { Spec } from './app/lab.js';
import { eventually, openWorld } from './support/world.js';

const world = openWorld();
const streams = (count: number, more: Partial<Spec> = {}): Spec[] =>
  Array.from({ length: count }, (_, n) => ({ name: `s${n}`, kind: 'sse', url: world.at(`room-${n}`), ...more }));

it('names the limit in one warning at the third stream', async () => {
  const tab = await world.page();
  await tab.lab('show', streams(2));
  for (const { name } of streams(2)) await eventually(async () => (await tab.lab('view', name)).status).toBe('open');
  expect(tab.said).toEqual([]);
  await tab.lab('show', streams(5));
  for (const { name } of streams(5)) await eventually(async () => (await tab.lab('view', name)).status).toBe('open');
  expect(tab.said).toHaveLength(1);
  expect(tab.said[0]).toMatch(
    /^console\.warning: \[roomtone\] Three or more streams to http:.*HTTP\/1\.1.*six connections per origin/,
  );
});

it('does not warn where streams are shared', async () => {
  const tab = await world.page();
  await tab.lab('show', streams(7, { url: world.at('one') }));
  for (const { name } of streams(7)) await eventually(async () => (await tab.lab('view', name)).status).toBe('open');
  expect(world.site.room('one')).toEqual({ open: 1, most: 1, joins: 1 });
  expect(tab.said).toEqual([]);
});

it('reports the seventh stream, which the browser leaves without a word, and opens it when there is room', async () => {
  const tab = await world.page();
  const seven = streams(7, { options: { connectTimeoutMs: 700, share: false } });
  await tab.lab('show', seven.slice(0, 6));
  for (const { name } of seven.slice(0, 6))
    await eventually(async () => (await tab.lab('view', name)).status).toBe('open');

  await tab.lab('show', seven);
  await eventually(async () => (await tab.lab('view', 's6')).errors[0]).toMatchObject({ kind: 'timeout' });
  expect((await tab.lab('view', 's6')).errors[0]?.message).toMatch(/no link within 700 ms/);
  // it never left the browser
  expect(world.site.requests('room-6')).toHaveLength(0);
  for (const { name } of seven.slice(0, 6)) expect((await tab.lab('view', name)).status).toBe('open');

  await tab.lab('show', seven.slice(1));
  await eventually(async () => (await tab.lab('view', 's6')).status).toBe('open');
  world.site.publish('room-6', 'at last');
  await eventually(async () => (await tab.lab('view', 's6')).heard).toEqual(['at last']);
  expect(tab.said.filter((line) => line.includes('HTTP/1.1'))).toHaveLength(1);
});
