// How fast one session may go on. What is refused comes again in the order in which it was meant. Sends nothing.

import { type Cancel, type Clock } from '../base/clock.js';
import { createTokenBucket, type TokenBucket } from '../base/token-bucket.js';
import type { Rates } from './session-services.js';

export interface Throttle {
  /** It goes, and is counted (undefined); or it may be said again after so many milliseconds. */
  publish(room: string, id: string): number | undefined;
  /** It was not for the room: whoever may not speak there uses up nothing of what those who may have together. */
  unheard(room: string): void;
  /** It went, and perhaps in vain: it will come again, and nothing of that room overtakes it. */
  failed(room: string, id: string): void;
  /** Counts what waits for its turn in place; resolves when that has come. undefined: now. */
  turn(cost: number): Promise<void> | undefined;
  /** Nothing of that room is meant any more. */
  forget(room: string): void;
  /** Nobody waits any longer. */
  stop(): void;
}

export interface ThrottleParts {
  readonly clock: Clock;
  /** Of the client. */
  readonly own: () => TokenBucket;
  readonly rates: Rates;
  /** Something was too fast; told now and then. */
  readonly limited: (option: 'rateLimit' | 'roomRateLimit', room?: string) => void;
  /** It goes on as if nothing had been said to it. */
  readonly tooMuch: () => void;
}

/** Those that come again together fit into one frame. */
const STEP_MS = 100;

export function createThrottle(parts: ThrottleParts): Throttle {
  const { clock, limited, tooMuch } = parts;
  const { limit, rooms, maxRefusals } = parts.rates;
  const perSecond = Math.min(limit.perSecond, rooms.limit.perSecond);
  /** By room: the ids that were refused, in the order of their first time, with the number of their latest refusal. */
  let refused: Map<string, Map<string, number>> | undefined; // most are never refused anything
  let size = 0; // of all rooms
  let count = 0; // refusals
  let run = 0; // refusals since the first of a room was refused again
  // who waits as it was told is refused once or twice for each that goes
  let patience: TokenBucket | undefined;
  let waiting: { readonly cancel: Cancel; readonly resolve: () => void } | undefined;
  let stopped = false;

  const remove = (room: string, line: Map<string, number>, id: string): void => {
    if (line.delete(id)) size--;
    if (line.size === 0) refused?.delete(room);
  };
  const refuse = (room: string, line: Map<string, number>, id: string): number => {
    const isKnown = line.has(id);
    if (isKnown) run = firstOf(line) === id ? 0 : run + 1;
    const before = isKnown ? run : size;
    line.set(id, ++count);
    (refused ??= new Map()).set(room, line);
    if (!isKnown) size++;
    patience ??= createTokenBucket(clock, () => ({ perSecond: 2 * limit.perSecond, burst: maxRefusals }));
    patience.spend(1);
    if (patience.tokens < 1 || size > maxRefusals) tooMuch();
    const own = parts.own();
    if (own.tokens < 1) limited('rateLimit', room);
    else if (rooms.of(room).tokens < 1) limited('roomRateLimit', room);
    const waitMs = Math.max(own.nextAt, rooms.of(room).nextAt) - clock.now() + (before * 1_000) / perSecond;
    return Math.max(1, Math.ceil(waitMs / STEP_MS)) * STEP_MS;
  };

  return {
    publish(room, id) {
      const line = refused?.get(room) ?? new Map<string, number>();
      const mine = line.get(id) ?? -1;
      // a client says what waits in order: one that was refused before this was, and did not come again before it, will not come
      for (const [each, at] of line) {
        if (at >= mine) break;
        remove(room, line, each);
      }
      // what was on its way behind a refused one must not overtake it
      const isNext = line.size === 0 || firstOf(line) === id;
      const own = parts.own();
      const bucket = rooms.of(room);
      if (!isNext || own.tokens < 1 || bucket.tokens < 1) return refuse(room, line, id);
      remove(room, line, id);
      own.spend(1);
      bucket.spend(1);
      return undefined;
    },
    unheard: (room) => rooms.of(room).spend(-1),
    failed(room, id) {
      const line = refused?.get(room) ?? [];
      (refused ??= new Map()).set(room, new Map([[id, ++count], ...line]));
      size++;
      run = 0;
    },
    turn(cost) {
      if (stopped) return undefined;
      const own = parts.own();
      if (own.tokens >= 1) {
        own.spend(cost); // which may be more than there is: the next one waits for that
        return undefined;
      }
      limited('rateLimit');
      return new Promise((resolve) => {
        const go = (): void => {
          parts.own().spend(cost);
          resolve();
        };
        waiting = { resolve, cancel: clock.after(Math.ceil(own.nextAt - clock.now()), go) };
      });
    },
    forget(room) {
      size -= refused?.get(room)?.size ?? 0;
      refused?.delete(room);
    },
    stop() {
      stopped = true;
      waiting?.cancel();
      waiting?.resolve();
      waiting = undefined;
    },
  };
}

const firstOf = (line: Map<string, number>): string | undefined => line.keys().next().value;
