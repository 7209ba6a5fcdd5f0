// When each of many is to be looked after: every so often, each at its own time, by one timer. Does nothing to them itself.

import type { Cancel, Clock } from '../../base/clock.js';
import { guarded } from '../../base/report.js';

/** A part of their own record. */
export interface Pulsed {
  /** By the clock, in whole milliseconds: a fraction would be an object of its own. */
  dueAt: number;
}

export interface SocketPulse<P extends Pulsed> {
  add(one: P): void;
  delete(one: P): void;
  /** All that there are. */
  readonly all: ReadonlySet<P>;
}

/** After a pause of the process thousands are due, and what comes in must not wait for all of them. */
const MOST_IN_A_TURN = 100;

export function createSocketPulse<P extends Pulsed>(
  clock: Clock,
  everyMs: number,
  beat: (one: P) => void,
): SocketPulse<P> {
  // all wait equally long, so who was put in first is due first: a queue from which anybody can leave
  const queue = new Set<P>();
  let cancel: Cancel | undefined;
  // those of the same moment, more or less, go together: each look at the queue passes the places of those who went before
  const grainMs = Math.max(1, Math.floor(everyMs / 250));

  const arm = (): void => {
    cancel?.();
    const [first] = queue;
    cancel = undefined;
    if (!first) return;
    armedFor = Math.max(first.dueAt, clock.now());
    cancel = clock.after(first.dueAt - clock.now(), runInTime);
  };
  const enqueue = (one: P, now: number): void => {
    // from now, and not from when it was due: whoever is asked has the whole time to answer
    one.dueAt = Math.ceil((now + everyMs) / grainMs) * grainMs;
    queue.add(one);
  };
  /** When a beat was to be: the process may have stood still for longer than that, with answers before its door. */
  let armedFor = 0;
  const runInTime = (): void => {
    if (clock.now() - armedFor < everyMs / 2) return run();
    cancel = clock.after(0, run); // what has come is read first
  };
  const run = (): void => {
    const now = clock.now();
    let left = MOST_IN_A_TURN;
    for (const one of queue) {
      if (one.dueAt > now || left-- === 0) break;
      queue.delete(one);
      enqueue(one, now);
      guarded(beat, one); // or one who throws would be the end of all heartbeats
    }
    arm();
  };
  return {
    add(one) {
      enqueue(one, clock.now());
      if (!cancel) arm();
    },
    delete(one) {
      queue.delete(one);
      if (queue.size > 0) return;
      cancel?.();
      cancel = undefined;
    },
    all: queue,
  };
}
