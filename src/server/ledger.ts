// Which messages a room took lately, by author and id: said again, they have the same place. Holds no message.

import type { Clock } from '../base/clock.js';
import { checkLeast } from './check.js';
import { createFifo } from './fifo.js';
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

interface Known extends Placed {
  readonly key: string;
  readonly until: number;
}

// the length keeps ('a', 'bc') and ('ab', 'c') apart
const keyOf = ({ from, messageId }: Authorship): string => `${from.length}:${from}${messageId}`;

/** Ledgers that share one bound. */
export function createLedgers(clock: Clock, { windowMs = 300_000, size = 10_000 }: DedupeOptions = {}): () => Ledger {
  checkLeast(0, { 'dedupe.windowMs': windowMs, 'dedupe.size': size });
  let total = 0;
  return () => {
    const known = new Map<string, Known>();
    const line = createFifo<Known>(); // oldest first

    const forget = ({ key }: Known): void => {
      known.delete(key);
      total--;
    };
    /** Forgets from the oldest on, as long as there is reason to. */
    const forgetWhile = (mustGo: (oldest: Known) => boolean): void => {
      for (let oldest = line.first; oldest; oldest = line.first) {
        const isKnown = known.get(oldest.key) === oldest; // else it was said anew, and has another place behind
        if (isKnown && !mustGo(oldest)) break;
        if (isKnown) forget(oldest);
        line.shift();
      }
    };
    const prune = (): number => {
      const now = clock.now();
      forgetWhile(({ until }) => until <= now);
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
        const before = known.get(key);
        if (before) forget(before);
        const one = { key, offset, wallAt, until: clock.now() + windowMs };
        known.set(key, one);
        line.push(one);
        total++;
        // whoever writes pays: a room's own oldest go, nobody else's
        forgetWhile(() => known.size > size || (total > MAX_KNOWN && known.size > 1));
      },
      clear() {
        total -= known.size;
        known.clear();
        line.clear();
      },
    };
  };
}
