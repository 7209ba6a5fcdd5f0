// Something that is due at a moment, however far away that is. Decides nothing.

import type { Cancel, Clock } from '../base/clock.js';

/** Timers take no more than 24 days. */
const DAY_MS = 86_400_000;

/** `at`: by `clock.now()`. Infinity: never. */
export function runAt(clock: Clock, at: number, run: () => void): Cancel {
  let cancel: Cancel | undefined;
  const wait = (): void => {
    cancel = clock.after(Math.min(at - clock.now(), DAY_MS), () => {
      if (clock.now() < at) wait();
      else run();
    });
  };
  if (at < Infinity) wait();
  return () => cancel?.();
}
