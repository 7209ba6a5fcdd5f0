// A WebSocket in a real module Worker: a burst comes over in few messages, and a worker that goes wrong or away is replaced.

import { beforeAll, describe, expect, it } from 'vitest';
import { buildPage } from './support/page.js';
import type { Tab } from './support/tab.js';
import { eventually, openWorld } from './support/world.js';
import type { WorkerLab, WorkerView } from './worker/page.js';

const world = openWorld(() => buildPage({ entry: new URL('./worker/page.ts', import.meta.url) }));
let script: string;
beforeAll(async () => {
  script = await buildPage({ entry: new URL('./worker/live.worker.ts', import.meta.url) });
});

async function ask<K extends keyof WorkerLab>(tab: Tab, word: K, ...args: Parameters<WorkerLab[K]>) {
  return (await tab.evaluate(`lab.${word}(...${JSON.stringify(args)})`)) as ReturnType<WorkerLab[K]>;
}
const view = (tab: Tab) => (): Promise<WorkerView> => ask(tab, 'view');

async function open(room: string): Promise<Tab> {
  const tab = await world.page();
  await ask(tab, 'start', room, script);
  await eventually(view(tab)).toMatchObject({ status: 'open', workers: 1 });
  return tab;
}

describe('a WebSocket in a Worker', () => {
  it('a burst of 5,000 comes whole, in order and in few messages; what is sent arrives; closing leaves nothing', async () => {
    const tab = await open('burst');
    for (let n = 0; n < 5_000; n++) world.site.publish('burst', n);
    await eventually(view(tab)).toMatchObject({ heard: 5_000, last: 4_999, inOrder: true });
    const { posted } = await ask(tab, 'view');
    console.info(`5,000 messages in ${posted} of the worker`);
    expect(posted).toBeLessThan(1_000);
    await ask(tab, 'send', 5_000);
    // what is said to a room comes back to everybody in it
    await eventually(view(tab)).toMatchObject({ heard: 5_001, last: 5_000, errors: [] });
    await ask(tab, 'stop');
    await eventually(() => world.site.room('burst').open).toBe(0);
    await eventually(view(tab)).toMatchObject({ status: 'idle', workers: 1, terminated: 1 });
    expect(tab.said).toEqual([]);
  });

  it('one that is ended behind our back is noticed and replaced', async () => {
    const tab = await open('killed');
    world.site.publish('killed', 1);
    await eventually(view(tab)).toMatchObject({ heard: 1 });
    await ask(tab, 'kill');
    await eventually(view(tab)).toMatchObject({
      ...{ status: 'open', workers: 2 },
      reasons: ['the worker said nothing for 500 ms; was it terminated?'],
    });
    await eventually(() => world.site.room('killed').open).toBe(1);
    world.site.publish('killed', 2);
    await eventually(view(tab)).toMatchObject({ heard: 2, last: 2 });
  });

  it('one that throws is replaced', async () => {
    const tab = await open('thrown');
    await ask(tab, 'spoil');
    await eventually(view(tab)).toMatchObject({
      ...{ status: 'open', workers: 2, terminated: 1 },
      reasons: ['the worker threw: Uncaught Error: thrown in the worker'],
    });
    await eventually(() => world.site.room('thrown').open).toBe(1);
    world.site.publish('thrown', 7);
    await eventually(view(tab)).toMatchObject({ heard: 1, last: 7 });
  });

  it('one that does not load is told, and tried again', async () => {
    const tab = await world.page();
    await ask(tab, 'start', 'nowhere', '/no-script-here');
    await eventually(async () => {
      const { workers, terminated, errors } = await ask(tab, 'view');
      return workers > 2 && terminated > 1 && errors.some((each) => each.includes('the worker did not start'));
    }).toBe(true);
    expect(world.site.requests('nowhere')).toEqual([]);
  });
});
