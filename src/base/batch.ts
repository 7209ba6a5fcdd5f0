// Many marks, one flush. Knows nothing of what is flushed.

import type { Cancel } from './clock.js';
import { guarded } from './report.js';

/** Runs a function later: at the next frame, in the next microtask, or now. */
export type Schedule = (run: () => void) => Cancel;

export interface Batch {
  /** Asks for `flush` to be called once, soon; marking twice is marking once. */
  mark(flush: () => void): void;
  /** Takes the mark back, and leaves: no frame outlives the last of those who ever marked. */
  forget(flush: () => void): void;
}

/**
 * The first mark after silence is flushed in the next microtask, so a lone message waits for nothing;
 * marks that come within a frame of a flush wait for that frame. With no `frame` every flush is the microtask's.
 */
export function createBatch(frame?: Schedule): Batch {
  const marked = new Set<() => void>();
  const members = new Set<() => void>(); // who may mark again
  let waiting = false; // a microtask or a frame will come
  let cancelFrame: Cancel | undefined;

  const flush = (): void => {
    cancelFrame = undefined;
    waiting = false;
    if (marked.size === 0) return; // a quiet frame: the next mark leads again
    const round = [...marked];
    marked.clear();
    if (frame) {
      waiting = true;
      cancelFrame = frame(flush);
    }
    for (const each of round) guarded(each);
  };

  return {
    mark(each) {
      members.add(each);
      marked.add(each);
      if (waiting) return;
      waiting = true;
      queueMicrotask(flush);
    },
    forget(each) {
      marked.delete(each);
      // those who stay are told once per frame, however many leave within it
      if (!members.delete(each) || members.size > 0 || !cancelFrame) return;
      // nobody is left to be told: no frame and no timer may outlive them
      cancelFrame();
      cancelFrame = undefined;
      waiting = false;
    },
  };
}

/** Flushes at once, inside `mark`. */
export const syncBatch: Batch = { mark: (flush) => guarded(flush), forget: () => {} };
