// A world of one's own: time, chance, frames, network and focus under control. For tests.

import { inMicrotask, type Schedule } from '../base/batch.js';
import type { Focus, Host } from '../base/host.js';
import type { Readable } from '../base/readable.js';
import { createManualClock, type ManualClock } from './manual-clock.js';

export interface ManualHost extends Host {
  readonly clock: ManualClock;
  setOnline(online: boolean): void;
  setFocus(focus: Focus): void;
  /** Runs the frames that wait, now. */
  paint(): void;
  /** Who listens to network and focus; 0 when everybody has let go. */
  readonly watchers: number;
}

export interface ManualHostOptions {
  /** Of the random numbers. Default 1. */
  readonly seed?: number | undefined;
  /** How long a frame is, on the manual clock; Infinity: frames run at `paint()` only. Default 16. */
  readonly frameMs?: number | undefined;
}

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function createSwitch<T>(initial: T): Readable<T> & { set(value: T): void; readonly size: number } {
  const listeners = new Set<() => void>();
  let value = initial;
  return {
    getSnapshot: () => value,
    subscribe(listener) {
      const seat = (): void => listener();
      listeners.add(seat);
      return () => void listeners.delete(seat);
    },
    set(next) {
      if (next === value) return;
      value = next;
      for (const listener of [...listeners]) if (listeners.has(listener)) listener();
    },
    get size() {
      return listeners.size;
    },
  };
}

/**
 * A host for tests: nothing in it moves by itself.
 *
 * @example
 * const host = createManualHost({ seed: 7 });
 * const feed = createFeed({ transport, host });
 * host.setOnline(false);
 * host.clock.advance(1_000);
 */
export function createManualHost({ seed = 1, frameMs = 16 }: ManualHostOptions = {}): ManualHost {
  const clock = createManualClock();
  const network = createSwitch(true);
  const focus = createSwitch<Focus>('visible');
  const frames = new Set<() => void>();

  const frame: Schedule = (run) => {
    const cancel = (): void => {
      frames.delete(once);
      cancelTimer();
    };
    const once = (): void => {
      cancel();
      run();
    };
    frames.add(once);
    const cancelTimer = frameMs === Infinity ? () => {} : clock.after(frameMs, once);
    return cancel;
  };

  return {
    clock,
    random: seededRandom(seed),
    frame,
    soon: inMicrotask,
    network,
    focus,
    setOnline: network.set,
    setFocus: focus.set,
    paint() {
      // one that runs may take back another
      for (const each of [...frames]) if (frames.has(each)) each();
    },
    get watchers() {
      return network.size + focus.size;
    },
  };
}
