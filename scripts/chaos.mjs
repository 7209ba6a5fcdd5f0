// `npm run test:chaos`: the whole chaos set. `CHAOS_SECONDS`, `CHAOS_SEEDS`; `npm run test:chaos -- nginx` runs only files with that name.

import { ensureRedis } from './redis.mjs';
import { bin, capture, checkNode, ensureModules } from './setup.mjs';

checkNode();
await ensureModules();
const { path: redis } = await ensureRedis(); // who needs one says so where there is none
const vitest = bin('vitest', 'vitest', 'run', '--project', 'chaos', ...process.argv.slice(2));
const { code } = await capture(...vitest, {
  echo: true,
  limitMs: 4 * 3_600_000,
  env: {
    CHAOS: process.env.CHAOS ?? 'full',
    NO_BROWSER_TESTS: '1',
    ROOMTONE_WARNED: '1',
    ...(redis ? { REDIS_SERVER_PATH: redis } : {}),
  },
});
process.exitCode = code;
