// Long work in steps, so that others have their turn of the event loop between them. Does no work.

import type { Clock } from '../base/clock.js';

export interface Turns {
  /** May the next step be done now (undefined), or when? All who ask share a turn. */
  next(): Promise<void> | undefined;
}

/** So much of long work in one turn of the event loop: whoever says little waits no longer for it. */
const STEP_MS = 2;

export function createTurns(clock: Clock): Turns {
  let startedAt: number | undefined;
  let later: Promise<void> | undefined;
  let begin = (): void => {};

  const over = (): void => {
    startedAt = undefined;
    later = undefined;
    begin();
  };
  return {
    next() {
      const now = clock.now();
      if (startedAt === undefined) {
        startedAt = now;
        clock.after(0, over);
      }
      if (now - startedAt < STEP_MS) return undefined;
      return (later ??= new Promise((resolve) => (begin = resolve)));
    },
  };
}
