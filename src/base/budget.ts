// So many in so long. Knows nothing of what is counted.

import type { Clock } from './clock.js';

/** Says whether one more is allowed now: at most `most` within any `withinMs`. */
export function createBudget(clock: Clock, most: number, withinMs: number): () => boolean {
  let spent: readonly number[] = [];
  return () => {
    const now = clock.now();
    spent = spent.filter((at) => now - at < withinMs);
    if (spent.length >= most) return false;
    spent = [...spent, now];
    return true;
  };
}
