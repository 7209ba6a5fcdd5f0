// So many per second, and some at once. Knows nothing of what is counted.

import type { Clock } from './clock.js';

export interface RateLimit {
  /** Tokens that come back in a second. */
  readonly perSecond: number;
  /** Tokens at most, and at first: how many may go at once. Default: `perSecond`, and at least 1. */
  readonly burst?: number | undefined;
}

export interface TokenBucket {
  /** Whole tokens that are there now. */
  readonly tokens: number;
  spend(count: number): void;
  /** When there will be one; now, if there is. */
  readonly nextAt: number;
}

/** `limit` is read late; without one there is no end of tokens. */
export function createTokenBucket(clock: Clock, limit: () => RateLimit | undefined): TokenBucket {
  let spent = 0; // tokens that are missing from a full bucket
  let countedAt = clock.now();

  const read = (): { readonly perSecond: number; readonly burst: number } => {
    const { perSecond: given = Infinity, burst } = limit() ?? {};
    const perSecond = given >= 0 ? given : Infinity; // what makes no sense limits nothing
    const now = clock.now();
    const back = (now - countedAt) * (perSecond / 1_000);
    spent = back < spent ? spent - back : 0;
    countedAt = now;
    return { perSecond, burst: Math.max(1, burst !== undefined && burst >= 0 ? burst : perSecond) };
  };
  // a token that is whole but for a rounding is whole
  const left = (burst: number): number => Math.floor(burst - spent + 1e-6);
  return {
    get tokens() {
      return left(read().burst);
    },
    spend(count) {
      if (read().perSecond < Infinity) spent += count;
    },
    get nextAt() {
      const { perSecond, burst } = read();
      if (left(burst) >= 1) return countedAt;
      return countedAt + ((1 - (burst - spent)) * 1_000) / perSecond;
    },
  };
}
