// Where the redis-server for the tests is, and how to get one. Starts none.

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { capture } from './setup.mjs';

const USUAL = ['/usr/bin/redis-server', '/usr/local/bin/redis-server', '/opt/homebrew/bin/redis-server'];

/** What REDIS_SERVER_PATH names, or a redis-server of this machine; else undefined. */
export function findRedis() {
  const named = process.env.REDIS_SERVER_PATH;
  if (named) {
    if (existsSync(named)) return named;
    throw new Error(`REDIS_SERVER_PATH names ${named}, and there is no such file. Correct it, or unset it.`);
  }
  const onPath = (process.env.PATH ?? '').split(delimiter).map((dir) => join(dir, 'redis-server'));
  return [...onPath, ...USUAL].find((path) => existsSync(path));
}

/** Finds a redis-server, or installs the system's, where that is Debian's and we are root. Answers its path, or why there is none. */
export async function ensureRedis(say = console.error) {
  const install = [
    ['apt-get', ['update', '-q']],
    ['apt-get', ['install', '-y', '-q', '--no-install-recommends', 'redis-server']],
  ];
  try {
    let path = findRedis();
    if (path) return { path };
    let tried = '';
    if (process.platform === 'linux' && process.getuid?.() === 0) {
      say('No redis-server here: trying apt-get install redis-server …');
      // installed, and not started
      const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
      for (const command of install) {
        const { code, output } = await capture(...command, { limitMs: 180_000, env });
        if (code !== 0) {
          tried = ` (apt-get: ${output.trim().split('\n').at(-1)})`;
          break;
        }
      }
      path = findRedis();
      if (path) return { path };
    }
    const advice = 'Install redis-server, or name one: REDIS_SERVER_PATH=/path/to/redis-server';
    return { why: `No redis-server was found${tried}.\n${advice}` };
  } catch (error) {
    return { why: error.message };
  }
}
