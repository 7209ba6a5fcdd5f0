// A redis-server of a test's own: a child on a free port of 127.0.0.1 that keeps nothing, to be stopped, killed and started anew. Tests nothing.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedis } from '../../scripts/redis.mjs';
import { freePort, isListening } from './loopback.js';

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** SIGSTOP: connections stay, and nobody answers. */
  pause(): void;
  resume(): void;
  /** SIGKILL: it forgets everything. */
  kill(): Promise<void>;
  /** On the same port. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** `options`: more of its command line, to make it keep something for example. */
export async function startRedis(
  options: readonly string[] = ['--save', '', '--appendonly', 'no'],
): Promise<RedisServer> {
  const path = findRedis();
  if (!path) throw new Error('There is no redis-server here: `npm test` installs one, or set REDIS_SERVER_PATH.');
  const folder = mkdtempSync(join(tmpdir(), 'roomtone-redis-'));
  const port = await freePort();
  let child: ChildProcess | undefined;
  let ended: Promise<void> = Promise.resolve();
  const onExit = (): void => void child?.kill('SIGKILL');
  process.once('exit', onExit);
  const kill = async (): Promise<void> => {
    child?.kill('SIGKILL');
    await ended;
    child = undefined;
  };
  const start = async (): Promise<void> => {
    let said = '';
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...options];
    const started = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    child = started;
    for (const stream of [started.stdout, started.stderr])
      stream.on('data', (text: Buffer) => (said += text.toString()));
    ended = new Promise((resolve) => started.once('exit', () => resolve()).once('error', () => resolve()));
    let isOver = false;
    void ended.then(() => (isOver = true));
    while (!(await isListening(port))) {
      if (isOver) throw new Error(`redis-server did not start:\n${said}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    kill,
    start,
    async close() {
      process.off('exit', onExit);
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
