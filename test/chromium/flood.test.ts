// Live updates beside work that React may interrupt: the work gets done, and what lags behind catches up.

import { expect, it } from 'vitest';
import type { FloodPlay, FloodReport } from './scenes/words.js';
import { buildPage } from './support/page.js';
import { openWorld } from './support/world.js';

const world = openWorld(() => buildPage({ entry: new URL('./scenes/main.tsx', import.meta.url) }));

/** 2,000 messages a second to twenty components, and a transition of forty slow ones: more than two frames of work. */
async function flood(reading: FloodPlay['reading']): Promise<FloodReport> {
  const tab = await world.page();
  const play: FloodPlay = { strict: false, weight: 40, perSecond: 2_000, readers: 20, reading };
  const report = (await tab.evaluate(`lab.flood(${JSON.stringify(play)})`)) as FloodReport;
  expect(tab.said).toEqual([]);
  expect(report.torn).toEqual([]);
  expect(report.messages).toBeGreaterThan(0);
  return report;
}

it('a flood that nobody renders for does not touch a transition', async () => {
  expect(await flood('status')).toMatchObject({ begun: 1, liveCommits: 0 });
});

/**
 * Each commit of what is live comes first, and React begins the transition anew after it, until it has waited for 5 s and is done in
 * one go: React's rule for every update that is not itself a transition. So at most as many commits as 5 s have frames.
 */
it('a transition ends, also beside a component that renders in every frame', async () => {
  const { liveCommits, begun, deferred } = await flood('count');
  expect(liveCommits).toBeGreaterThan(0);
  expect(liveCommits).toBeLessThanOrEqual(400);
  expect(begun).toBeLessThanOrEqual(400);
  expect(deferred).toEqual({ ahead: 0, behindAtEnd: 0 });
});

it('what changes a few times a second lets it through', async () => {
  const { liveCommits, messages } = await flood('slice');
  expect(liveCommits).toBeLessThanOrEqual(Math.ceil(messages / 500) + 1);
});
