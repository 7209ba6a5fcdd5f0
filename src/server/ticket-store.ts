// Tickets of one process. Knows neither tickets nor users.

import type { Clock } from '../base/clock.js';
import { RealtimeError } from '../base/error.js';
import type { TicketStore } from './backplane.js';

/** That nobody has taken yet. */
const MAX = 100_000;

/** `put` throws `overflow` where too many wait. */
export function createTicketStore(clock: Clock): TicketStore & { readonly size: number } {
  const kept = new Map<string, { readonly text: string; readonly until: number }>();

  const makePlace = (): void => {
    if (kept.size < MAX) return;
    for (const [key, { until }] of kept) if (until <= clock.now()) kept.delete(key);
    if (kept.size >= MAX) throw new RealtimeError('overflow', `There are ${MAX} tickets that nobody has used.`);
  };
  /** The oldest, while they are over. */
  const prune = (): void => {
    for (const [key, { until }] of kept) {
      if (until > clock.now()) return;
      kept.delete(key);
    }
  };
  return {
    put(key, text, ttlMs) {
      prune();
      makePlace();
      kept.set(key, { text, until: clock.now() + ttlMs });
    },
    take(key) {
      const found = kept.get(key);
      kept.delete(key);
      return found && found.until > clock.now() ? found.text : undefined;
    },
    get size() {
      return kept.size;
    },
  };
}
