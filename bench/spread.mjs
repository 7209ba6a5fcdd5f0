// Do clients that lose one server together come back together? The retry policy alone, on seeded chance.

import { product } from './product.mjs';
import { seeded } from './tools.mjs';

const { backoff } = await product('core');

const CLIENTS = 1_000;
const BUCKET_MS = 100;

export function run() {
  const rows = [
    ['defaults (first window 500 ms)', {}],
    ['initialDelayMs 2,000', { initialDelayMs: 2_000 }],
    ['initialDelayMs 5,000', { initialDelayMs: 5_000 }],
  ].map(([name, options]) => {
    const random = seeded(1);
    const buckets = new Map();
    for (let client = 0; client < CLIENTS; client++) {
      const bucket = Math.floor(backoff(options, 1, random) / BUCKET_MS);
      buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
    }
    const mean = CLIENTS / buckets.size;
    const peak = Math.max(...buckets.values());
    return [name, buckets.size, mean.toFixed(0), peak, `${(peak / mean).toFixed(2)}x`];
  });
  return {
    title: `${CLIENTS} clients dropped at once: first retries per ${BUCKET_MS} ms`,
    head: ['policy', 'buckets used', 'mean', 'peak', 'peak / mean'],
    ids: ['default', '2000', '5000'],
    rows,
  };
}
