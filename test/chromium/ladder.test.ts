// The ladder in a browser: where no WebSocket gets through it is live over SSE, and back on one as soon as that is allowed.

import { expect, it } from 'vitest';
import type { RoomsSpec } from './app/lab.js';
import { eventually, openWorld } from './support/world.js';

const world = openWorld();
const PROBE_MS = 1_000;

for (const round of [1, 2, 3])
  it(`upgrades refused, then allowed (${round}): nothing lost, nothing doubled, both ways`, async () => {
    const room = `ladder-${round}`;
    const spec: RoomsSpec = { room, user: room, options: { fallback: { probeAfterMs: PROBE_MS } } };
    const tab = await world.page();
    await tab.toFront();
    const view = () => tab.lab('seen');

    world.site.refuseUpgrades(true);
    const before = world.site.visits;
    // measured in the page: what the test takes to ask is no part of it
    const liveMs = Number(
      await tab.evaluate(`(async () => {
        const startedAt = performance.now();
        lab.enter(${JSON.stringify(spec)});
        while (lab.seen().status !== 'open') await new Promise((resolve) => setTimeout(resolve));
        return performance.now() - startedAt;
      })()`),
    );
    await eventually(view).toMatchObject({ status: 'open', transport: 'sse' });
    const visits = world.site.visits - before;
    expect(visits).toBeLessThanOrEqual(4); // the upgrade, the stream, the hello, the join
    expect(liveMs).toBeLessThan(1_000);

    // both sides talk all the time
    const told: string[] = [];
    // what is told before the room is joined is history: nobody hears that
    await tab.lab('say', ['page 0']);
    await eventually(async () => (await view()).receipts).toEqual({ acknowledged: 1 });
    let said = 1;
    const talk = async (): Promise<void> => {
      told.push(`server ${told.length}`);
      world.site.publish(room, told.at(-1));
      await tab.lab('say', [`page ${said++}`]);
    };
    const startedAt = performance.now();
    while (performance.now() - startedAt < PROBE_MS / 3) await talk(); // before the first probe, which would fail
    const allowedAt = performance.now();
    world.site.refuseUpgrades(false);
    do await talk();
    while ((await view()).transport === 'sse');
    const backMs = performance.now() - allowedAt;
    for (let n = 0; n < 10; n++) await talk();

    await eventually(async () => (await view()).receipts).toEqual({ acknowledged: said });
    const all = await world.site.said(room);
    await eventually(async () => (await view()).heard.length).toBe(all.length);
    expect((await view()).heard).toEqual(all);
    const pages = Array.from({ length: said }, (_, n) => `page ${n}`);
    expect(all.filter((text) => String(text).startsWith('page'))).toEqual(pages);
    expect(all.filter((text) => String(text).startsWith('server'))).toEqual(told);
    const seen = await view();
    expect(seen).toMatchObject({ transport: 'websocket', gaps: 0, queued: 0 });
    expect(seen.statuses.filter((status) => status !== 'idle')).toEqual(['connecting', 'open']);
    // each probe is 20 % early or late
    expect(backMs).toBeLessThan(1.2 * PROBE_MS + 500);
    console.info(
      `round ${round}: live over SSE after ${liveMs.toFixed()} ms and ${visits} requests; back on WebSocket ${backMs.toFixed()} ms after it was ` +
        `allowed; ${told.length} down, ${said} up: 0 lost, 0 doubled (${world.site.told(room).repeated} said twice)`,
    );
  });

it('the network goes and comes: the better one is looked for then, by a hidden page too', async () => {
  const room = 'ladder-network';
  // of itself it would look after 16 s at the earliest, and not while it is hidden
  const spec: RoomsSpec = { room, user: room, options: { fallback: { probeAfterMs: 20_000 } } };
  world.site.refuseUpgrades(true);
  const tab = await world.page();
  await tab.toFront();
  await tab.lab('enter', spec);
  const view = () => tab.lab('seen');
  await eventually(view).toMatchObject({ status: 'open', transport: 'sse' });
  world.site.refuseUpgrades(false);

  await tab.setOffline(true);
  await eventually(() => tab.evaluate('navigator.onLine')).toBe(false);
  const front = await world.blank();
  await front.toFront();
  await eventually(() => tab.evaluate('document.visibilityState')).toBe('hidden');
  await tab.setOffline(false);
  await eventually(view).toMatchObject({ status: 'open', transport: 'websocket' });
  await tab.lab('say', ['here']);
  await eventually(async () => (await view()).heard).toEqual(['here']);
});
