// Where a run takes place: the server's process and Chromium, and one page after the other. Measures, and judges nothing.

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { buildPages } from './build.mjs';
import { launchChromium } from './chromium.mjs';

export async function openArena({ base } = {}) {
  const { pages, server } = await buildPages(base);
  const child = fork(fileURLToPath(new URL('server.mjs', import.meta.url)), [pages, server]);
  const { port } = await new Promise((resolve, reject) => {
    child.once('message', resolve).once('exit', () => reject(new Error('The flood server did not start.')));
  });
  const chromium = await launchChromium();
  let runs = 0;

  /** What `look` finds in a page of its own for one contender, which is closed after. `id`: the page's, for the server. */
  async function visit(contender, params, look) {
    const [file, base] = contender.split('@');
    const id = `run${++runs}`;
    const query = new URLSearchParams({ contender: file, id, ...params });
    const page = await chromium.openPage(`http://127.0.0.1:${port}/${base ?? 'now'}/index.html?${query}`);
    try {
      return await look(page, id);
    } finally {
      await page.close();
    }
  }

  /** One contender, warmed up, garbage collected; then `floods`, one after the other. What `after` finds is added. */
  function run(contender, { keys = 0, warmUp, floods, during, after: look, profile }) {
    return visit(contender, { keys }, async (page, id) => {
      const there = fetch(`http://127.0.0.1:${port}/joined?id=${id}`, { signal: AbortSignal.timeout(10_000) });
      await there.catch(async () => {
        const said = await page.evaluate('globalThis.bench?.errorsSaid()');
        throw new Error(`${contender} never connected: ${said ?? 'the page did not start'}`);
      });
      await page.evaluate(`bench.flood(${JSON.stringify(warmUp)})`);
      await page.collectGarbage();
      const results = [];
      for (const [index, flood] of floods.entries()) {
        const isProfiled = profile && index === floods.length - 1;
        if (isProfiled) await startProfile(page);
        const before = await page.metrics();
        const flooding = page.evaluate(`bench.flood(${JSON.stringify(flood)})`);
        const stop = during?.(page);
        const result = await flooding.finally(() => stop?.());
        const after = await page.metrics();
        if (isProfiled) result.profile = (await page.send('Profiler.stop')).profile;
        Object.assign(result, { taskMs: after.taskMs - before.taskMs, scriptMs: after.scriptMs - before.scriptMs });
        results.push({ ...result, ...(await look?.(page, before)) });
      }
      return results;
    });
  }

  return {
    product: chromium.product,
    pages,
    visit,
    run,
    /** Of all pages: wires that the server accepted, and those that are open. */
    wires: async () => (await fetch(`http://127.0.0.1:${port}/wires`)).json(),
    close() {
      child.disconnect();
      chromium.close();
    },
  };
}

async function startProfile(page) {
  await page.send('Profiler.enable');
  await page.send('Profiler.setSamplingInterval', { interval: 200 });
  await page.send('Profiler.start');
}
