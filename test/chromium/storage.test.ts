// Stores that are full or forbidden: what is sent goes from memory all the same, and the app hears of it once.

import { expect, it } from 'vitest';
import type { RoomsSpec } from './app/lab.js';
import type { Tab } from './support/tab.js';
import { eventually, openWorld } from './support/world.js';

const world = openWorld();
const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, n) => from + n);

const fill = `
  for (let size = 2 ** 22; size >= 1; size >>= 1)
    for (let n = 0; ; n++)
      try { localStorage.setItem('full ' + size + ' ' + n, 'x'.repeat(size)); } catch { break; }
`;

/** Sends and is heard, though nothing is kept, and says so once. */
async function sendsAllTheSame(tab: Tab, spec: RoomsSpec): Promise<void> {
  const { room } = spec;
  await tab.lab('enter', spec);
  await tab.lab('say', range(0, 20));
  await eventually(async () => (await tab.lab('seen')).receipts).toEqual({ acknowledged: 20 });
  // one by one, each behind the answer to the one before
  for (let n = 20; n < 25; n++) {
    await tab.lab('say', [n]);
    await eventually(async () => (await tab.lab('seen')).receipts).toEqual({ acknowledged: n + 1 });
  }
  expect(await world.site.said(room)).toEqual(range(0, 25));
  const { errors, heard, messages } = await tab.lab('seen');
  console.info(`${room}: 25 of 25 sent; told ${errors.length} time: ${errors[0]?.message ?? ''}`);
  expect(errors.map(({ kind }) => kind)).toEqual(['storage']);
  expect([heard, messages]).toEqual([range(0, 25), range(0, 25)]);
  expect(tab.said).toEqual([]);
}

it('localStorage is full', async () => {
  const tab = await world.page();
  const left = await tab.evaluate(`
    ${fill}
    try { localStorage.setItem('y'.repeat(20), ''); 'room' } catch (error) { error.name }
  `);
  expect(left).toBe('QuotaExceededError');
  try {
    await sendsAllTheSame(tab, { room: 'full', user: 'full', storage: 'localStorage' });
    expect(await tab.evaluate('Object.keys(localStorage).filter((key) => key.startsWith("roomtone")).length')).toBe(0);
  } finally {
    await tab.evaluate('localStorage.clear()');
  }
});

it('localStorage is full for some of them: those that were kept are said by the next page, in order', async () => {
  const tab = await world.page();
  const spec: RoomsSpec = { room: 'nearly', user: 'nearly', storage: 'localStorage' };
  await tab.setOffline(true);
  await eventually(() => tab.evaluate('navigator.onLine')).toBe(false);
  await tab.lab('enter', spec);
  await tab.lab('say', range(0, 10));
  await eventually(async () => (await tab.lab('seen')).unsaved).toBe(0);
  await tab.evaluate(fill);
  await tab.lab('say', range(10, 10));
  const storageErrors = (await tab.lab('seen')).errors.filter(({ kind }) => kind === 'storage');
  expect(storageErrors).toHaveLength(1);
  expect((await tab.lab('seen')).queued).toBe(20);
  await tab.evaluate(
    'for (const key of Object.keys(localStorage)) if (key.startsWith("full")) localStorage.removeItem(key)',
  );
  await tab.crash();
  const next = await world.page();
  await next.lab('enter', spec);
  await eventually(() => world.site.told('nearly').fresh).toBe(10);
  await eventually(async () => (await next.lab('seen')).queued).toBe(0);
  expect(await world.site.said('nearly')).toEqual(range(0, 10));
});

for (const storage of ['localStorage', 'indexedDB'] as const)
  it(`${storage} is forbidden, as all is to a sandboxed page`, async () => {
    const tab = await world.blank();
    await tab.load(`${world.site.origin}/sandboxed`);
    expect(await tab.evaluate('try { localStorage; "allowed" } catch (error) { error.name }')).toBe('SecurityError');
    await sendsAllTheSame(tab, { room: `forbidden-${storage}`, user: `forbidden-${storage}`, storage });
  });

it('indexedDB is full', async () => {
  const tab = await world.page();
  const { origin } = world.site;
  await tab.tell('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
  try {
    await sendsAllTheSame(tab, { room: 'full-database', user: 'full-database', storage: 'indexedDB' });
  } finally {
    await tab.tell('Storage.overrideQuotaForOrigin', { origin });
  }
});
