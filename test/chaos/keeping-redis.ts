// A redis-server that writes everything down before it answers, and can be made to lose its newest part. Tests nothing.

import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisServer, startRedis } from '../support/redis-server.js';

export interface KeepingRedis extends RedisServer {
  /** What is written up to now is what `lose` leaves of it. */
  mark(): void;
  /** While it is dead. */
  lose(): void;
}

export async function startKeepingRedis(): Promise<KeepingRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'roomtone-aof-'));
  const keeping = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
  // one file that only grows: it can be cut where it once ended
  const redis = await startRedis([...keeping, '--dir', folder, '--auto-aof-rewrite-percentage', '0']);
  const file = (): string => {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return join(folder, names.find((name) => /incr\.aof$|appendonly\.aof$/.test(name)) ?? '');
  };
  let bytes = 0;
  return {
    ...redis,
    mark: () => void (bytes = statSync(file()).size),
    lose: () => truncateSync(file(), bytes),
    async close() {
      await redis.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
