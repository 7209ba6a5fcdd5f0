// The example with Next, as people start it, in development: pages, hot reload and rooms on one port, and it stops.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';
import { expect, it, onTestFinished } from 'vitest';
import { ask, connect } from '../node/server/support.js';
import { visitExample } from '../support/visit-example.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A file for `--import`: `roomtone/server` is what stands in src, and not what was built last. */
async function buildFromSource(): Promise<string> {
  const cache = join(root, 'node_modules/.cache'); // where its packages are found
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'next-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  await build({
    configFile: false,
    logLevel: 'error',
    root,
    build: { ssr: 'src/server.ts', outDir: folder, target: 'node20', minify: false },
  });
  const server = JSON.stringify(pathToFileURL(join(folder, 'server.js')).href);
  const hooks = `export const resolve = (name, context, next) =>
    name === 'roomtone/server' ? { url: ${server}, shortCircuit: true } : next(name, context);`;
  const file = join(folder, 'from-source.mjs');
  writeFileSync(
    file,
    `import { register } from 'node:module';
register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hooks)}`)});`,
  );
  return pathToFileURL(file).href;
}

/** The address that it prints; what else it has said is in the error where it prints none. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      const [, base] = /next: (http:\/\/[\d.:]+)/.exec(said) ?? [];
      if (base !== undefined) resolve(base);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', (code) => reject(new Error(`The example ended with ${code}:\n${said}`)));
  });
}

it('pages, hot reload and rooms share a port', { timeout: 120_000 }, async () => {
  const child = spawn(
    process.execPath,
    ['--import', await buildFromSource(), join(root, 'examples/servers/run.mjs'), 'next'],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_ENV: 'development', PORT: '0', NEXT_TELEMETRY_DISABLED: '1' },
    },
  );
  const exited = once(child, 'exit');
  onTestFinished(() => void child.kill('SIGKILL'));
  const base = await addressOf(child);

  const { socket, stream } = await visitExample(base, { page: '/', says: 'your app', takesOrders: true });
  // from its first request on Next takes upgrades
  const hot = await connect(`${base}/_next/hmr?id=test`);
  await hot.next();
  // only the path itself is the rooms'
  expect((await ask(`${base}/realtime/elsewhere`)).body).toContain('your app');
  expect(hot.socket.readyState).toBe(hot.socket.OPEN);
  expect(socket.socket.readyState).toBe(socket.socket.OPEN);

  child.kill('SIGTERM');
  await stream.ended;
  expect((await socket.closed).code).toBe(1012);
  expect(await exited).toEqual([0, null]);
});
