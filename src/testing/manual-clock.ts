// Time that moves when told. For tests; nothing in the library imports it.

import type { Clock } from '../base/clock.js';

export interface ManualClock extends Clock {
  /** Moves on, running what falls due in order, also what is set meanwhile. Throws where time cannot pass. */
  advance(ms: number): void;
  /** The wall clock jumps; durations are not concerned. */
  jump(ms: number): void;
  /** Timers that are set. */
  readonly pending: number;
}

/** Timers that may run at one moment: more is a timer that sets itself again at once, for ever. */
const MAX_AT_ONCE = 100_000;

/**
 * Time for tests. `start` is the wall clock's first moment, in milliseconds since 1970.
 *
 * @example
 * const clock = createManualClock();
 * clock.after(100, () => console.log('now'));
 * clock.advance(100); // now
 */
export function createManualClock(start = 1_000_000): ManualClock {
  interface Timer {
    readonly at: number;
    readonly run: () => void;
  }
  const timers = new Set<Timer>();
  let now = 0;
  let wall = start;

  const nextDue = (until: number): Timer | undefined => {
    let first: Timer | undefined;
    for (const timer of timers) if (timer.at <= until && (!first || timer.at < first.at)) first = timer;
    return first;
  };

  return {
    now: () => now,
    wallNow: () => wall + now,
    after(ms, run) {
      const timer = { at: now + Math.max(0, ms), run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance(ms) {
      const until = now + ms;
      let atOnce = 0;
      for (let timer = nextDue(until); timer; timer = nextDue(until)) {
        timers.delete(timer);
        atOnce = timer.at > now ? 0 : atOnce + 1;
        if (atOnce > MAX_AT_ONCE)
          throw new Error(`time stands still at ${now} ms: a timer sets itself again with no delay`);
        now = Math.max(now, timer.at);
        timer.run();
      }
      now = until;
    },
    jump: (ms) => void (wall += ms),
    get pending() {
      return timers.size;
    },
  };
}
