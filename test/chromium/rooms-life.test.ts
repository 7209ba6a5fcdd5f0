// Rooms in pages that lose their network, are hidden, frozen, held up, or kept in the back/forward cache.

import { expect, it } from 'vitest';
import type { RoomsSpec } from './app/lab.js';
import type { Tab } from './support/tab.js';
import { eventually, openWorld } from './support/world.js';

const world = openWorld();
const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, n) => from + n);
const specOf = (room: string, more: Partial<RoomsSpec> = {}): RoomsSpec => ({ room, user: room, ...more });
const heartbeat = { intervalMs: 20_000, timeoutMs: 400 };
const passed = (since: number): number => performance.now() - since;

/** A tab in front, with its room joined and one message heard; and another one to hide it behind. */
async function entered(spec: RoomsSpec) {
  const other = await world.blank();
  const tab = await world.page();
  await tab.toFront();
  await tab.lab('enter', spec);
  await eventually(async () => (await tab.lab('seen')).status).toBe('open');
  await tab.lab('say', [0]);
  await heard(tab, [0]);
  const front = async (first: Tab, wanted: string): Promise<void> => {
    await first.toFront();
    await eventually(() => tab.evaluate('document.visibilityState')).toBe(wanted);
  };
  return { tab, hide: () => front(other, 'hidden'), show: () => front(tab, 'visible') };
}
const heard = (tab: Tab, all: readonly unknown[]) => eventually(async () => (await tab.lab('seen')).heard).toEqual(all);

it('offline: told within the time limit, sends wait; back online: sent once within a second, over one reconnect', async () => {
  const { tab } = await entered(specOf('offline', { options: { heartbeat } }));
  const lostAt = performance.now();
  await tab.setOffline(true);
  await eventually(async () => (await tab.lab('seen')).status).toBe('offline');
  const noticedMs = passed(lostAt);
  expect(noticedMs).toBeGreaterThan(heartbeat.timeoutMs - 50);
  expect(noticedMs).toBeLessThan(heartbeat.timeoutMs + 4_000);

  await tab.lab('say', [1, 2, 3]);
  for (const n of [4, 5]) world.site.publish('offline', n);
  expect(await tab.lab('seen')).toMatchObject({ queued: 3, receipts: { acknowledged: 1 } });
  const backAt = performance.now();
  await tab.setOffline(false);
  await world.site.reached('offline', 4);
  const sentMs = passed(backAt);
  expect(sentMs).toBeLessThan(1_000);
  // those that were missed come with the join, before ours
  await heard(tab, [0, 4, 5, 1, 2, 3]);
  await eventually(async () => await tab.lab('seen')).toMatchObject({ queued: 0, receipts: { acknowledged: 4 } });
  const { statuses, gaps } = await tab.lab('seen');
  expect(statuses.filter((status) => status !== 'reconnecting' && status !== 'idle')).toEqual([
    ...['connecting', 'open', 'offline', 'open'],
  ]);
  expect([gaps, world.site.hellos('offline')]).toEqual([0, 2]);
  expect(world.site.told('offline')).toEqual({ fresh: 4, repeated: 0 });
  expect(tab.said).toEqual([]);
  console.info(
    `offline told after ${noticedMs.toFixed()} ms (limit ${heartbeat.timeoutMs}), sent ${sentMs.toFixed()} ms after it was back`,
  );
});

it('frozen for 3 s: one reconnect, and what was missed comes once', async () => {
  const { tab, hide } = await entered(specOf('frozen'));
  await hide();
  const frozenAt = performance.now();
  await tab.freeze();
  for (const n of [1, 2, 3]) world.site.publish('frozen', n);
  await eventually(() => passed(frozenAt)).toBeGreaterThan(3_000);
  const thawedAt = performance.now();
  await tab.thaw();
  await tab.toFront();
  await heard(tab, [0, 1, 2, 3]);
  const caughtUpMs = passed(thawedAt);
  world.site.publish('frozen', 4);
  await heard(tab, [0, 1, 2, 3, 4]);
  const seen = await tab.lab('seen');
  expect(seen).toMatchObject({ status: 'open', gaps: 0, messages: range(0, 5) });
  expect(world.site.hellos('frozen')).toBe(2);
  expect(await tab.evaluate('life')).toEqual(['pageshow', 'freeze', 'resume']);
  console.info(`thawed: caught up after ${caughtUpMs.toFixed()} ms, 1 reconnect, 0 lost, 0 doubled`);
});

it('hidden for long, its timers throttled: it keeps its link, and no heartbeat declares it dead', async () => {
  const { tab, hide, show } = await entered(
    specOf('hidden', { options: { heartbeat: { intervalMs: 300, timeoutMs: 300 } } }),
  );
  await hide();
  const hiddenAt = performance.now();
  await tab.evaluate(
    `window.ticks = []; (function tick() { ticks.push(performance.now()); setTimeout(tick, 100); })()`,
  );
  for (let n = 1; passed(hiddenAt) < 4_000; n++) {
    world.site.publish('hidden', n);
    await heard(tab, range(0, n + 1));
    await eventually(() => passed(hiddenAt)).toBeGreaterThan(n * 1_000);
  }
  // there was something to withstand
  const slowest = await tab.evaluate('Math.max(...ticks.slice(1).map((at, n) => at - ticks[n]))');
  expect(slowest).toBeGreaterThan(700);
  await show();
  expect((await tab.lab('seen')).statuses.filter((status) => status !== 'idle')).toEqual(['connecting', 'open']);
  expect(world.site.hellos('hidden')).toBe(1);
  console.info(`hidden for 4 s, timers up to ${Number(slowest).toFixed()} ms late: 0 reconnects`);
});

it('held up right after it has asked, so that the answer lies there when its time is over: the link is not lost', async () => {
  const { tab } = await entered(specOf('busy', { options: { heartbeat: { intervalMs: 200, timeoutMs: 200 } } }));
  await tab.evaluate(`
    window.heldUp = 0;
    const { send } = WebSocket.prototype;
    WebSocket.prototype.send = function (data) {
      send.call(this, data);
      if (heldUp >= 3 || !/"ping"/.test(data)) return;
      heldUp++;
      for (const until = performance.now() + 1_500; performance.now() < until; );
    };
  `);
  await eventually(() => tab.evaluate('heldUp')).toBe(3);
  for (const n of [1, 2]) world.site.publish('busy', n);
  await heard(tab, range(0, 3));
  expect((await tab.lab('seen')).statuses.filter((status) => status !== 'idle')).toEqual(['connecting', 'open']);
  expect(world.site.hellos('busy')).toBe(1);
});

it('paused while hidden: no wire after the grace, and one join from its place when it is shown', async () => {
  const { tab, hide, show } = await entered(specOf('paused', { options: { pauseWhenHidden: 300 } }));
  await hide();
  await eventually(() => world.site.wires).toBe(0);
  for (const n of [1, 2, 3]) world.site.publish('paused', n);
  expect((await tab.lab('seen')).heard).toEqual([0]);
  const shownAt = performance.now();
  await show();
  await heard(tab, range(0, 4));
  console.info(`shown: caught up after ${passed(shownAt).toFixed()} ms`);
  expect(await tab.lab('seen')).toMatchObject({ status: 'open', gaps: 0, messages: range(0, 4) });
  expect([world.site.hellos('paused'), world.site.wires]).toEqual([2, 1]);
});

it('back/forward cache, with an empty outbox that is kept: the page is kept, one reconnect, nothing lost', async () => {
  const spec = specOf('cached', { storage: 'localStorage' });
  const { tab } = await entered(spec);
  await eventually(async () => (await tab.lab('seen')).queued).toBe(0);
  await tab.go(`${world.site.origin}/elsewhere`);
  await eventually(() => world.site.wires).toBe(0);
  await eventually(() => tab.evaluate('document.readyState + location.pathname')).toBe('complete/elsewhere');
  for (const n of [1, 2]) world.site.publish('cached', n);
  // nothing is kept, so no place is held, and any other page may have it
  expect(await tab.evaluate('navigator.locks.query().then(({ held }) => held.length)')).toBe(0);
  const backAt = performance.now();
  await tab.evaluate('history.back()');
  await eventually(() => tab.evaluate('window.life?.join()')).toBe(
    'pageshow,pagehide persisted,freeze,resume,pageshow persisted',
  );
  await heard(tab, [0, 1, 2]);
  const tookMs = passed(backAt);
  // and it keeps what it sends again
  await tab.setOffline(true);
  await tab.lab('say', [3]);
  await eventually(async () => (await tab.lab('seen')).unsaved).toBe(0);
  await tab.setOffline(false);
  await heard(tab, range(0, 4));
  expect(world.site.hellos('cached')).toBe(2);
  expect(await tab.lab('seen')).toMatchObject({ gaps: 0, messages: range(0, 4), errors: [] });
  expect(tab.said).toEqual([]);
  console.info(`back from the cache: caught up after ${tookMs.toFixed()} ms, 1 reconnect, 0 lost, 0 doubled`);
});

it('left with a queue, and come back to: each message once, in order, whatever became of the page', async () => {
  const rateLimit = { perSecond: 20, burst: 1 };
  const spec = specOf('left', { storage: 'localStorage', options: { rateLimit } });
  const { tab } = await entered(spec);
  await tab.lab('say', range(1, 40));
  expect((await tab.lab('seen')).queued).toBeGreaterThan(30);
  await tab.go(`${world.site.origin}/elsewhere`);
  await eventually(() => tab.evaluate('document.readyState + location.pathname')).toBe('complete/elsewhere');
  await tab.evaluate('history.back()');
  await eventually(() => tab.evaluate('window.life?.at(-1) + typeof window.lab')).toMatch(/^pageshow.*object$/);
  const wasKept = (await tab.evaluate('life.at(-1)')) === 'pageshow persisted';
  if (!wasKept) await tab.lab('enter', { ...spec, options: {} });
  await world.site.reached('left', 41);
  await eventually(async () => (await tab.lab('seen')).queued).toBe(0);
  expect(await world.site.said('left')).toEqual(range(0, 41));
  await eventually(async () => (await tab.lab('seen')).messages).toEqual(range(0, 41));
  expect(tab.said).toEqual([]);
  console.info(`left with a queue: the page was ${wasKept ? 'kept' : 'loaded anew'}; 0 lost, 0 doubled`);
});

it('left with a queue: another tab takes it over, and the page that comes back has none of it', async () => {
  const slow = specOf('taken', { storage: 'localStorage', options: { rateLimit: { perSecond: 1, burst: 1 } } });
  const { tab } = await entered(slow);
  await tab.lab('say', range(1, 40));
  await tab.go(`${world.site.origin}/elsewhere`);
  await eventually(() => tab.evaluate('document.readyState + location.pathname')).toBe('complete/elsewhere');
  const other = await world.page();
  await other.lab('enter', specOf('taken', { storage: 'localStorage' }));
  await world.site.reached('taken', 41);
  expect(await world.site.said('taken')).toEqual(range(0, 41));
  await eventually(async () => (await other.lab('seen')).queued).toBe(0);

  await tab.evaluate('history.back()');
  await eventually(() => tab.evaluate('window.life?.at(-1) + typeof window.lab')).toMatch(/^pageshow.*object$/);
  const wasKept = (await tab.evaluate('life.at(-1)')) === 'pageshow persisted';
  if (!wasKept) await tab.lab('enter', slow);
  await tab.lab('say', [41]);
  await world.site.reached('taken', 42);
  expect(await world.site.said('taken')).toEqual(range(0, 42));
  await eventually(async () => (await tab.lab('seen')).queued).toBe(0);
  await eventually(async () => (await other.lab('seen')).messages).toEqual(range(0, 42));
  console.info(
    `taken over: the page that was left was ${wasKept ? 'kept' : 'let go'}; ${JSON.stringify(world.site.told('taken'))}`,
  );
});
