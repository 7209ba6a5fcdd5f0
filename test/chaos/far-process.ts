// The server of a chaos run as a process: SIGKILL and SIGSTOP are what they are. Its record is a file.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import type { FarEnd, FarEndOptions } from './far-end.js';
import type { Applied } from './score.js';
import { until } from './until.js';

export interface FarProcess extends FarEnd {
  pause(): void;
  resume(): void;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

async function bundle(file: string): Promise<void> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: false, ssr: here('./server-process.ts'), target: 'node20' },
  });
  const [first] = Array.isArray(result) ? result : [result];
  if (!first || !('output' in first)) throw new Error('The server was not built.');
  writeFileSync(file, first.output[0].code);
}

export async function createFarProcess({ history, heartbeatMs = 2_000 }: FarEndOptions): Promise<FarProcess> {
  const cache = here('../../node_modules/.cache'); // where `ws` is found
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'chaos-'));
  const [script, record] = [join(folder, 'server.mjs'), join(folder, 'record')];
  await bundle(script);
  const file = openSync(record, 'a+');
  let child: ChildProcess | undefined;
  let port = 0;
  let read = 0;
  const applied: Applied[] = [];
  const epochs: string[] = [];

  /** What was written since the last look. */
  const look = (): void => {
    const text = readFileSync(record, 'utf8');
    const end = text.lastIndexOf('\n') + 1;
    for (const line of text.slice(read, end).split('\n').filter(Boolean)) {
      const one = JSON.parse(line) as Applied | { readonly epoch: string };
      if ('id' in one) applied.push(one);
      else epochs.push(one.epoch);
    }
    read = end;
  };
  const place = (): FarEnd['place'] => {
    look();
    const epoch = epochs.at(-1) ?? '';
    const last = applied.at(-1);
    return { epoch, offset: last?.epoch === epoch ? last.offset : 0 };
  };
  const gone = (one: ChildProcess): Promise<void> =>
    one.exitCode !== null || one.signalCode !== null
      ? Promise.resolve()
      : new Promise((resolve) => one.once('exit', () => resolve()));
  const kill = async (): Promise<void> => {
    if (!child) return;
    child.kill('SIGKILL');
    await gone(child);
  };
  const start = async (): Promise<void> => {
    const args = [script, JSON.stringify({ history, heartbeatMs })];
    child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', file, 'ipc'] });
    port = 0;
    child.on('error', () => {});
    child.on('message', (message) => void (port = Number(message)));
    await until('the server to listen', () => port > 0, 20_000);
  };
  const onExit = (): void => void child?.kill('SIGKILL');
  process.once('exit', onExit);
  await start();
  let published = 0;
  return {
    get port() {
      return port;
    },
    truth: { epochs, applied },
    get place() {
      return place();
    },
    publish() {
      if (!child?.connected) return;
      child.send({ by: 'server', n: published++ }, () => {}); // it may be dead by then
    },
    withhold: () => {},
    kill,
    start,
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    async close() {
      process.off('exit', onExit);
      await kill();
      closeSync(file);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
