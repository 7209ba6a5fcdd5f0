// One timer that is moved, never doubled. Knows nothing of what is due.

import type { Cancel, Clock } from './clock.js';

export interface Alarm {
  /** Rings once at that moment of `clock.now()`; Infinity, or no number, takes it back. */
  set(at: number): void;
}

export function createAlarm(clock: Clock, ring: () => void): Alarm {
  let setFor = Infinity;
  let cancel: Cancel | undefined;
  return {
    set(at) {
      if (at === setFor) return;
      cancel?.();
      // NaN is no moment: a timer for it would ring in a loop
      setFor = at >= 0 || at < 0 ? at : Infinity;
      cancel =
        setFor === Infinity
          ? undefined
          : clock.after(at - clock.now(), () => {
              setFor = Infinity;
              ring();
            });
    },
  };
}
