// One Chromium, and pages in it. Never turns the Network domain on: it copies each frame to the driver (2.6 times the cost).

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureChromium } from '../../scripts/chromium.mjs';
import { killTree } from '../../scripts/setup.mjs';
import { connectCdp } from './cdp.mjs';

const FLAGS = [
  '--headless=new',
  '--remote-debugging-port=0',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-extensions',
  '--disable-sync',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--window-size=1280,900',
];

export async function launchChromium() {
  const { path, why } = await ensureChromium();
  if (!path) throw new Error(why);
  const profile = mkdtempSync(join(tmpdir(), 'roomtone-bench-'));
  const flags = [...FLAGS, `--user-data-dir=${profile}`, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])];
  const child = spawn(path, [...flags, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: process.platform !== 'win32',
  });
  const close = () => {
    killTree(child, 'SIGKILL');
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  process.once('exit', close);
  const cdp = await connectCdp(await addressOf(child));
  const { product } = await cdp.send('Browser.getVersion');
  return { product, openPage: (url) => openPage(cdp, url), close };
}

function addressOf(child) {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said = (said + text).slice(-10_000);
      const [, address] = /DevTools listening on (\S+)/.exec(said) ?? [];
      if (address) resolve(address);
    });
    child.once('error', reject).once('close', () => reject(new Error(`Chromium did not start:\n${said}`)));
  });
}

async function openPage(cdp, url) {
  const { targetId } = await cdp.send('Target.createTarget', { url, newWindow: true });
  const { sessionId } = await cdp.send('Target.attachToTarget', { targetId, flatten: true });
  const send = (method, params) => cdp.send(method, params, sessionId);
  // CPU time of the main thread: what else the machine does is not in it
  await send('Performance.enable', { timeDomain: 'threadTicks' });
  await send('Emulation.setFocusEmulationEnabled', { enabled: true });

  const evaluate = async (expression) => {
    const { result, exceptionDetails: thrown } = await send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (thrown) throw new Error(`${url}: ${thrown.exception?.description ?? thrown.text}`);
    return result.value;
  };
  return {
    send,
    evaluate,
    async metrics() {
      const { metrics } = await send('Performance.getMetrics');
      const of = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
      return {
        taskMs: of.TaskDuration * 1_000,
        scriptMs: of.ScriptDuration * 1_000,
        heapBytes: of.JSHeapUsedSize,
        listeners: of.JSEventListeners,
        nodes: of.Nodes,
      };
    },
    collectGarbage: () => send('HeapProfiler.collectGarbage'),
    close: () => cdp.send('Target.closeTarget', { targetId }),
  };
}
