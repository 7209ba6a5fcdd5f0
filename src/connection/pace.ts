// How fast things may leave: a rate, a budget for what the wire still holds, a least time between two values of one key. Sends nothing.

import type { Clock } from '../base/clock.js';
import { createTokenBucket, type RateLimit } from '../base/token-bucket.js';
import { sensible } from './retry.js';

export interface PaceOptions {
  /** Frames, or messages where `batch` groups them: so many per second, and `burst` at once. What is faster waits in the outbox. Default: no limit. */
  readonly rateLimit?: RateLimit | undefined;
  /** Least time between two sends with the same key; in between the last value wins. Default 0. */
  readonly throttleMs?: number | undefined;
  /** Bytes that the wire may hold unsent; the rest waits in the outbox. A larger message goes alone. Default 1 MiB. */
  readonly maxBufferedBytes?: number | undefined;
}

export interface Pace {
  /** How many may leave now, by the rate. */
  readonly tokens: number;
  /** Would so many bytes fit into what the wire may hold? */
  fits(bytes: number): boolean;
  isDue(key: string | undefined): boolean;
  /** They left. */
  spend(count: number): void;
  left(key: string | undefined): void;
  /** Has the wire said most of what it holds? */
  readonly isCalm: boolean;
  /** Nothing changes before this for what waits with that key. */
  nextAt(key: string | undefined, bytes: number): number;
}

/** A wire does not say when it has room: it is looked at. */
export const LOOK_MS = 20;
/** Keys that are remembered; past it those that may be sent again are forgotten. */
const KEYS = 1_000;

export function createPace(clock: Clock, options: () => PaceOptions, bufferedAmount: () => number): Pace {
  const bucket = createTokenBucket(clock, () => options().rateLimit);
  const lastAt = new Map<string, number>();
  const budget = (): number => sensible(options().maxBufferedBytes, 2 ** 20);
  const dueAt = (key: string | undefined): number =>
    key === undefined ? -Infinity : (lastAt.get(key) ?? -Infinity) + sensible(options().throttleMs, 0);
  const fits = (bytes: number): boolean => {
    const held = bufferedAmount();
    return held === 0 || held + bytes <= budget();
  };
  return {
    get tokens() {
      return bucket.tokens;
    },
    fits,
    isDue: (key) => dueAt(key) <= clock.now(),
    spend: (count) => bucket.spend(count),
    left(key) {
      if (key === undefined || !options().throttleMs) return;
      lastAt.delete(key); // the latest is the last
      lastAt.set(key, clock.now());
      if (lastAt.size > KEYS)
        for (const each of lastAt.keys()) {
          if (dueAt(each) > clock.now()) break; // and so are all later ones
          lastAt.delete(each);
        }
    },
    get isCalm() {
      return bufferedAmount() <= budget() / 2;
    },
    nextAt: (key, bytes) => Math.max(dueAt(key), bucket.nextAt, fits(bytes) ? -Infinity : clock.now() + LOOK_MS),
  };
}
