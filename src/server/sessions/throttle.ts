// How fast sessions may go on. What is refused comes again in the order in which it was meant. Sends nothing.

import { type Cancel, type Clock } from '../../base/clock.js';
import { createTokenBucket, type TokenBucket } from '../../base/token-bucket.js';
import type { Rates } from './session-services.js';

/** What is known of one session. */
export interface Paced {
  /** undefined: it was never refused anything, as most. */
  pace: Pace | undefined;
  /** What waits for its turn in place. */
  turn: { readonly cancel: Cancel; readonly resolve: () => void } | undefined;
}

export interface Pace {
  /** By room: the ids that were refused, in the order of their first time, with the number of their latest refusal. */
  readonly refused: Map<string, Map<string, number>>;
  /** Of all rooms. */
  size: number;
  /** Refusals. */
  count: number;
  /** Refusals since the first of a room was refused again. */
  run: number;
  /** Who waits as it was told is refused once or twice for each that goes. */
  readonly patience: TokenBucket;
}

export interface Throttle<S extends Paced> {
  /** It goes, and is counted (undefined); or it may be said again after so many milliseconds. */
  publish(session: S, room: string, id: string): number | undefined;
  /** It was not for the room: whoever may not speak there uses up nothing of what those who may have together. */
  unheard(room: string): void;
  /** It went, and perhaps in vain: it will come again, and nothing of that room overtakes it. */
  failed(session: S, room: string, id: string): void;
  /** Counts what waits for its turn in place; resolves when that has come. undefined: now. */
  turn(session: S, cost: number): Promise<void> | undefined;
  /** Nothing of that room is meant any more. */
  forget(session: S, room: string): void;
  /** Nobody waits any longer. */
  stop(session: S): void;
}

export interface ThrottleParts<S extends Paced> {
  readonly clock: Clock;
  readonly rates: Rates;
  /** Of the client. */
  readonly bucketOf: (session: S) => TokenBucket;
  /** Something was too fast; told now and then. */
  readonly limited: (session: S, option: 'rateLimit' | 'roomRateLimit', room?: string) => void;
  /** It goes on as if nothing had been said to it. */
  readonly tooMuch: (session: S) => void;
}

/** Those that come again together fit into one frame. */
const STEP_MS = 100;

export function createThrottle<S extends Paced>(parts: ThrottleParts<S>): Throttle<S> {
  const { clock, bucketOf, limited, tooMuch } = parts;
  const { limit, rooms, maxRefusals } = parts.rates;
  const perSecond = Math.min(limit.perSecond, rooms.limit.perSecond);
  const impatience = { perSecond: 2 * limit.perSecond, burst: maxRefusals };

  const paceOf = (session: S): Pace =>
    (session.pace ??= {
      ...{ refused: new Map(), size: 0, count: 0, run: 0 },
      patience: createTokenBucket(clock, () => impatience),
    });
  const remove = (pace: Pace, room: string, line: Map<string, number>, id: string): void => {
    if (line.delete(id)) pace.size--;
    if (line.size === 0) pace.refused.delete(room);
  };
  const refuse = (session: S, room: string, line: Map<string, number>, id: string): number => {
    const pace = paceOf(session);
    const isKnown = line.has(id);
    if (isKnown) pace.run = firstOf(line) === id ? 0 : pace.run + 1;
    const before = isKnown ? pace.run : pace.size;
    line.set(id, ++pace.count);
    pace.refused.set(room, line);
    if (!isKnown) pace.size++;
    pace.patience.spend(1);
    if (pace.patience.tokens < 1 || pace.size > maxRefusals) tooMuch(session);
    const own = bucketOf(session);
    if (own.tokens < 1) limited(session, 'rateLimit', room);
    else if (rooms.of(room).tokens < 1) limited(session, 'roomRateLimit', room);
    const waitMs = Math.max(own.nextAt, rooms.of(room).nextAt) - clock.now() + (before * 1_000) / perSecond;
    return Math.max(1, Math.ceil(waitMs / STEP_MS)) * STEP_MS;
  };
  /** May it go before all that was refused? What a client does not say again before it will not come. */
  const isNext = (pace: Pace, room: string, id: string): boolean => {
    const line = pace.refused.get(room);
    if (!line) return true;
    const mine = line.get(id) ?? -1;
    // a client says what waits in order: one that was refused before this was, and did not come again before it, will not come
    for (const [each, at] of line) {
      if (at >= mine) break;
      remove(pace, room, line, each);
    }
    // what was on its way behind a refused one must not overtake it
    return line.size === 0 || firstOf(line) === id;
  };

  return {
    publish(session, room, id) {
      const { pace } = session;
      const mayGo = !pace || isNext(pace, room, id);
      const line = pace?.refused.get(room);
      const own = bucketOf(session);
      const bucket = rooms.of(room);
      if (!mayGo || own.tokens < 1 || bucket.tokens < 1) return refuse(session, room, line ?? new Map(), id);
      if (pace && line) remove(pace, room, line, id);
      own.spend(1);
      bucket.spend(1);
      return undefined;
    },
    unheard: (room) => rooms.of(room).spend(-1),
    failed(session, room, id) {
      const pace = paceOf(session);
      const line = pace.refused.get(room) ?? [];
      pace.refused.set(room, new Map([[id, ++pace.count], ...line]));
      pace.size++;
      pace.run = 0;
    },
    turn(session, cost) {
      const own = bucketOf(session);
      if (own.tokens >= 1) {
        own.spend(cost); // which may be more than there is: the next one waits for that
        return undefined;
      }
      limited(session, 'rateLimit');
      return new Promise((resolve) => {
        const go = (): void => {
          session.turn = undefined;
          bucketOf(session).spend(cost);
          resolve();
        };
        session.turn = { resolve, cancel: clock.after(Math.ceil(own.nextAt - clock.now()), go) };
      });
    },
    forget({ pace }, room) {
      if (!pace) return;
      pace.size -= pace.refused.get(room)?.size ?? 0;
      pace.refused.delete(room);
    },
    stop(session) {
      session.turn?.cancel();
      session.turn?.resolve();
      session.turn = undefined;
    },
  };
}

const firstOf = (line: Map<string, number>): string | undefined => line.keys().next().value;
