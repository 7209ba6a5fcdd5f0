// A server whose application has no `redis` package: everything else works, and the advice is given.

import { expect, test, vi } from 'vitest';
import { createRealtimeServer, redis, type RedisStatus } from '../../../src/server.js';
import { run } from '../../../src/server/node/command.js';

vi.mock('redis', () => {
  throw new Error("Cannot find package 'redis'");
});

test('rooms in Redis are refused with what to do, in code and on the command line', async () => {
  const told: RedisStatus[] = [];
  const backplane = redis('redis://127.0.0.1:1', { onStatus: (status) => void told.push(status) });
  const realtime = createRealtimeServer({ backplane });
  for (let n = 0; n < 2; n++)
    await expect(backplane.position('a')).rejects.toMatchObject({
      kind: 'config',
      message: expect.stringContaining('npm i redis'),
    });
  expect(told).toMatchObject([{ status: 'lost', error: { kind: 'config' } }]);
  await realtime.close();
  await backplane.close();

  let words = '';
  const io = { out: () => {}, err: (text: string) => void (words += text) };
  expect(await run(['serve', '--port', '0', '--redis', 'redis://127.0.0.1:1'], io)).toBe(2);
  expect(words).toMatch(/--redis needs the redis package: npm i redis/);
});
