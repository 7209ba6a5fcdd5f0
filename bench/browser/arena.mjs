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

  /** One contender in a page of its own, warmed up, garbage collected; then `floods`, one after the other. */
  async function run(contender, { keys = 0, warmUp, floods, during, profile }) {
    const [file, base] = contender.split('@');
    const id = `run${++runs}`;
    const query = new URLSearchParams({ contender: file, id, keys });
    const page = await chromium.openPage(`http://127.0.0.1:${port}/${base ?? 'now'}/index.html?${query}`);
    try {
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
        results.push({ ...result, taskMs: after.taskMs - before.taskMs, scriptMs: after.scriptMs - before.scriptMs });
      }
      return results;
    } finally {
      await page.close();
    }
  }

  return {
    product: chromium.product,
    pages,
    run,
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
