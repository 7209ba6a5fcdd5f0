// Token buckets by name: of rooms, of addresses. Those that are full again are forgotten. Knows no room and no address.

import type { Clock } from '../base/clock.js';
import { createTokenBucket, type RateLimit, type TokenBucket } from '../base/token-bucket.js';

export interface Buckets {
  /** To be used at once, and not kept: another one has its name when this one is full again. */
  of(name: string): TokenBucket;
  readonly limit: RateLimit;
  readonly size: number;
}

/** Fewer are not looked through. */
const FEW = 1_000;

export function createBuckets(clock: Clock, limit: RateLimit): Buckets {
  const buckets = new Map<string, TokenBucket>();
  const full = createTokenBucket(clock, () => limit).tokens;
  let sweepAt = FEW;

  /** Before it is twice as large as what was left the last time: each name pays for its own look. */
  const sweep = (): void => {
    for (const [name, bucket] of buckets) if (bucket.tokens >= full) buckets.delete(name);
    sweepAt = Math.max(FEW, 2 * buckets.size);
  };
  return {
    limit,
    of(name) {
      const known = buckets.get(name);
      if (known) return known;
      if (buckets.size >= sweepAt) sweep();
      const bucket = createTokenBucket(clock, () => limit);
      buckets.set(name, bucket);
      return bucket;
    },
    get size() {
      return buckets.size;
    },
  };
}
