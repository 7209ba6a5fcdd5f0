// When to look for something better: one look at a time, and none without a network, nor, unless it is urgent, while nobody sees the page. Dials nothing.

import { createAlarm } from '../base/alarm.js';
import type { Cancel } from '../base/clock.js';
import type { Host } from '../base/host.js';

export interface Look {
  /** When the next one is due. */
  readonly dueAt: () => number;
  /** Also while the page is hidden? */
  readonly urgent: () => boolean;
  readonly begin: (done: () => void) => void;
  /** It is not the time for it any more. */
  readonly abort: () => void;
}

/** Looks until it is called off, which calls off no look that is on its way. */
export function createLookout({ clock, focus, network }: Host, { dueAt, urgent, begin, abort }: Look): Cancel {
  let looking = false;
  let stopped = false;
  const review = (): void => {
    if (stopped) return;
    const seen = focus.getSnapshot();
    const isAway = seen === 'suspended' || (seen === 'hidden' && !urgent()) || !network.getSnapshot();
    if (isAway && looking) {
      looking = false;
      abort();
    }
    if (!stopped) alarm.set(isAway || looking ? Infinity : dueAt());
  };
  const alarm = createAlarm(clock, () => {
    if (clock.now() < dueAt()) return review(); // timers may be early
    looking = true;
    begin(() => {
      looking = false;
      review();
    });
  });
  const leave = [focus.subscribe(review), network.subscribe(review)];
  review();
  return () => {
    stopped = true;
    alarm.set(Infinity);
    for (const each of leave) each();
  };
}
