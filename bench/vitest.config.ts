// `npm run bench`: measurements, which prove nothing and are no part of `npm test`.

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: [], benchmark: { include: ['bench/**/*.bench.{ts,tsx}'] } },
});
