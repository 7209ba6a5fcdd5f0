// Which messages a room took lately, by author and id: said again, they have the same place. Holds no message.

import type { Clock } from '../base/clock.js';
import { checkLeast } from './check.js';
import type { Authorship } from './published.js';

export interface DedupeOptions {
  /** How long a message may be said again. Default 300,000. */
  readonly windowMs?: number | undefined;
  /** How many are known per room. Default 10,000. */
  readonly size?: number | undefined;
}

export interface Placed {
  readonly offset: number;
  /** Milliseconds since 1970. */
  readonly wallAt: number;
}

export interface Ledger {
  find(author: Authorship): Placed | undefined;
  remember(author: Authorship, placed: Placed): void;
  /** Forgets what is too old. Returns how many are left. */
  prune(): number;
  clear(): void;
}

/** Of all rooms together: about 200 MB of the longest names. */
const MAX_KNOWN = 500_000;

// the length keeps ('a', 'bc') and ('ab', 'c') apart
const keyOf = ({ from, messageId }: Authorship): string => `${from.length}:${from}${messageId}`;

/** Ledgers that share one bound. */
export function createLedgers(clock: Clock, { windowMs = 300_000, size = 10_000 }: DedupeOptions = {}): () => Ledger {
  checkLeast(0, { 'dedupe.windowMs': windowMs, 'dedupe.size': size });
  let total = 0;
  return () => {
    const known = new Map<string, Placed & { readonly until: number }>(); // oldest first
    const forget = (key: string): void => void (known.delete(key) && total--);
    const prune = (): number => {
      for (const [key, { until }] of known) {
        if (until > clock.now()) break;
        forget(key);
      }
      return known.size;
    };
    return {
      prune,
      find(author) {
        const found = known.get(keyOf(author));
        return found && found.until > clock.now() ? found : undefined;
      },
      remember(author, { offset, wallAt }) {
        prune();
        const key = keyOf(author);
        forget(key);
        known.set(key, { offset, wallAt, until: clock.now() + windowMs });
        total++;
        // whoever writes pays: a room's own oldest go, nobody else's
        for (const oldest of known.keys()) {
          if (known.size <= size && (total <= MAX_KNOWN || known.size === 1)) break;
          forget(oldest);
        }
      },
      clear() {
        total -= known.size;
        known.clear();
      },
    };
  };
}
