// Many marks, one flush. Knows nothing of what is flushed.

import type { Cancel } from './clock.js';
import { guarded } from './report.js';

/** Runs a function later: at the next frame, in the next microtask, or now. */
export type Schedule = (run: () => void) => Cancel;

export interface Batch {
  /** Asks for `flush` to be called once, soon; marking twice is marking once. */
  mark(flush: () => void): void;
  /** Flushes now what is marked: for who shows already what the others wait for. Frames stay where they are. */
  settle(): void;
  /** Takes the mark back, and leaves: no frame outlives the last of those who ever marked. */
  forget(flush: () => void): void;
}

/** In the next microtask. */
export const inMicrotask: Schedule = (run) => {
  let wanted = true;
  queueMicrotask(() => wanted && run());
  return () => void (wanted = false);
};

/**
 * The first mark after silence is flushed `soon`, with those that came together with it; marks that come within a frame of a flush
 * wait for that frame. With no `frame` every flush is the microtask's.
 */
export function createBatch(frame?: Schedule, soon: Schedule = inMicrotask): Batch {
  const marked = new Set<() => void>();
  const members = new Set<() => void>(); // who may mark again
  let waiting = false; // a microtask or a frame will come
  let cancel: Cancel | undefined;

  const settle = (): void => {
    const round = [...marked];
    marked.clear();
    for (const each of round) guarded(each);
  };
  const flush = (): void => {
    cancel = undefined;
    waiting = false;
    if (marked.size === 0) return; // a quiet frame: the next mark leads again
    if (frame) {
      waiting = true;
      cancel = frame(flush);
    }
    settle();
  };

  return {
    mark(each) {
      if (marked.has(each)) return; // of many messages all but the first
      members.add(each);
      marked.add(each);
      if (waiting) return;
      waiting = true;
      cancel = soon(flush);
    },
    settle,
    forget(each) {
      marked.delete(each);
      // those who stay are told once per frame, however many leave within it
      if (!members.delete(each) || members.size > 0 || !cancel) return;
      // nobody is left to be told: no frame and no timer may outlive them
      cancel();
      cancel = undefined;
      waiting = false;
    },
  };
}

/** Flushes at once, inside `mark`. */
export const syncBatch: Batch = { mark: (flush) => guarded(flush), settle: () => {}, forget: () => {} };
