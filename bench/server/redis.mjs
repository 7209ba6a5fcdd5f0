// A Redis of the bench's own, that keeps nothing on disk.

import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { createClient } from 'redis';
import { findRedis } from '../../scripts/redis.mjs';

const freePort = async () => {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
};

/** undefined where this machine has no redis-server. `end` ends it. */
export async function startRedis() {
  const path = findRedis();
  if (!path) return undefined;
  const port = await freePort();
  const child = spawn(path, ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], {
    stdio: 'ignore',
  });
  const url = `redis://127.0.0.1:${port}`;
  const client = createClient({ url, socket: { reconnectStrategy: 50 } });
  client.on('error', () => {});
  await client.connect();
  client.destroy();
  return { url, end: () => child.kill() };
}
