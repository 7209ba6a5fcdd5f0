// The browser's own offline switch: a dead link is noticed, sends wait, and one reconnect makes good what was missed.

import { expect, it } from 'vitest';
import type { Spec } from './app/lab.js';
import { eventually, openWorld } from './support/world.js';

const world = openWorld();
const HEARTBEAT = { intervalMs: 20_000, timeoutMs: 400 };

it('notices a dead WebSocket, queues, and on return reconnects once and sends once, in order', async () => {
  const tab = await world.page();
  const spec: Spec = { name: 'chat', kind: 'websocket', url: world.at('offline'), options: { heartbeat: HEARTBEAT } };
  await tab.lab('show', [spec]);
  const view = () => tab.lab('view', 'chat');
  await eventually(async () => (await view()).status).toBe('open');

  // Chromium leaves the socket open and lets nothing pass: only the question that `offline` provokes finds out
  const startedAt = performance.now();
  await tab.setOffline(true);
  await eventually(async () => (await view()).status).toBe('offline');
  const noticedAfterMs = performance.now() - startedAt;
  expect(noticedAfterMs).toBeGreaterThan(HEARTBEAT.timeoutMs - 50);
  expect(noticedAfterMs).toBeLessThan(HEARTBEAT.timeoutMs + 4_000);
  expect((await view()).closes).toEqual([{ why: 'timeout', code: 4408 }]);

  for (const text of ['one', 'two', 'three']) await tab.lab('send', 'chat', text);
  await eventually(async () => (await view()).queued).toBe(3);
  expect((await view()).deliveries).toEqual([null, null, null]);

  await tab.setOffline(false);
  await eventually(async () => (await view()).heard).toEqual(['one', 'two', 'three']);
  world.site.publish('offline', 'and on');
  await eventually(async () => (await view()).heard).toEqual(['one', 'two', 'three', 'and on']);
  // callbacks hear at once, the screen follows with its next frame
  await eventually(async () => (await view()).status).toBe('open');
  const seen = await view();
  // the new link may be open before a frame has shown that it was on its way
  expect(seen.statuses.filter((status) => status !== 'reconnecting')).toEqual([
    'idle',
    'connecting',
    'open',
    'offline',
    'open',
  ]);
  expect(seen).toMatchObject({
    status: 'open',
    opens: 2,
    reconnects: 1,
    queued: 0,
    deliveries: ['sent', 'sent', 'sent'],
  });
  // not one attempt was wasted while there was no network
  expect(world.site.requests('offline')).toHaveLength(2);
  await eventually(() => world.site.room('offline').open).toBe(1);
  expect(tab.said).toEqual([]);
});

it('keeps a WebSocket whose network is back before the time limit', async () => {
  const tab = await world.page();
  const heartbeat = { ...HEARTBEAT, timeoutMs: 20_000 };
  await tab.lab('show', [{ name: 'blip', kind: 'websocket', url: world.at('blip'), options: { heartbeat } }]);
  const view = () => tab.lab('view', 'blip');
  await eventually(async () => (await view()).status).toBe('open');
  await tab.setOffline(true);
  world.site.publish('blip', 'held back');
  await eventually(() => tab.evaluate('navigator.onLine')).toBe(false);
  await tab.setOffline(false);
  await eventually(async () => (await view()).heard).toEqual(['held back']);
  await eventually(view).toMatchObject({ statuses: ['idle', 'connecting', 'open'], closes: [], opens: 1 });
  expect(world.site.requests('blip')).toHaveLength(1);
});

for (const kind of ['sse', 'long-poll'] as const)
  it(`resumes ${kind} after an outage with no loss and no duplicate`, async () => {
    const tab = await world.page();
    const room = `outage-${kind}`;
    await tab.lab('show', [{ name: kind, kind, url: world.at(room, kind === 'sse' ? '' : '&wait=25&replay=100') }]);
    const view = () => tab.lab('view', kind);
    await eventually(() => world.site.room(room).open).toBe(1);
    world.site.publish(room, 1);
    await eventually(async () => (await view()).heard).toEqual([1]);
    await eventually(() => world.site.room(room).open).toBe(1);

    await tab.setOffline(true);
    await eventually(() => tab.evaluate('navigator.onLine')).toBe(false);
    const before = world.site.requests(room).length;
    world.site.down();
    await eventually(async () => (await view()).status).toBe('offline');
    for (const n of [2, 3, 4]) world.site.publish(room, n);
    world.site.up();
    await tab.setOffline(false);
    await eventually(async () => (await view()).heard).toEqual([1, 2, 3, 4]);
    world.site.publish(room, 5);
    await eventually(async () => (await view()).heard).toEqual([1, 2, 3, 4, 5]);
    await eventually(async () => (await view()).messages).toEqual([1, 2, 3, 4, 5]);
    await eventually(view).toMatchObject({ status: 'open', opens: 2, reconnects: 1, gaps: 0 });
    if (kind === 'sse') {
      expect(world.site.requests(room)).toHaveLength(before + 1);
      expect(world.site.requests(room).at(-1)?.headers['last-event-id']).toMatch(/-1$/);
    }
  });
