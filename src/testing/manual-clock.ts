// Time that moves when told. For tests; nothing in the library imports it.

import type { Clock } from '../base/clock.js';

export interface ManualClock extends Clock {
  /** Moves on, running what falls due in order, also what is set meanwhile. */
  advance(ms: number): void;
  /** The wall clock jumps; durations are not concerned. */
  jump(ms: number): void;
  /** Timers that are set. */
  readonly pending: number;
}

/**
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
      for (let timer = nextDue(until); timer; timer = nextDue(until)) {
        timers.delete(timer);
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
