// A module of the library or of a test as one file, and processes that run it. Tests nothing.

import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

export interface Built {
  /** Runs it; its output is piped, unless `stdio` says otherwise. */
  spawn(args: readonly string[], stdio?: StdioOptions): ChildProcess;
  remove(): void;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** `path`: from the root of the repository. */
export async function buildProcess(path: string): Promise<Built> {
  const cache = here('../../node_modules/.cache'); // where its packages are found
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'process-'));
  const file = join(folder, 'main.mjs');
  const result = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: false, ssr: here(`../../${path}`), target: 'node20' },
  });
  const [first] = Array.isArray(result) ? result : [result];
  if (!first || !('output' in first)) throw new Error(`${path} was not built.`);
  for (const { fileName, ...chunk } of first.output)
    if ('code' in chunk) writeFileSync(chunk.isEntry ? file : join(folder, fileName), chunk.code);
  return {
    spawn: (args, stdio = ['ignore', 'pipe', 'pipe']) => spawn(process.execPath, [file, ...args], { stdio }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
