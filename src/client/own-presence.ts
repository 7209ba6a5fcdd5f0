// What we show of ourselves in one room: entered by count, patched, and said at most every so often, the last value always. Knows no wires.

import type { Cancel, Clock } from '../base/clock.js';
import type { Unsubscribe } from '../base/readable.js';
import type { Presence } from './room-handle.js';

export interface OwnPresence {
  /** What is shown; null: we have not entered. */
  readonly shown: Presence | null;
  enter(initial: Presence): Unsubscribe;
  update(patch: Presence): void;
  /** It was said with the join just now. */
  joined(): void;
  /** No timer is left. */
  stop(): void;
}

export interface OwnPresenceParts {
  readonly clock: Clock;
  readonly throttleMs: () => number;
  /** At once, for ourselves. */
  readonly changed: (shown: Presence | null) => void;
  /** To the others; nothing is lost where there is no wire, for a join says it anew. */
  readonly say: (shown: Presence | null) => void;
}

export function createOwnPresence({ clock, throttleMs, changed, say }: OwnPresenceParts): OwnPresence {
  let users = 0;
  let shown: Presence | null = null;
  let dirty = false;
  let cancelQuiet: Cancel | undefined; // while it runs, changes are gathered

  const flush = (): void => {
    cancelQuiet = undefined;
    if (!dirty) return;
    dirty = false;
    say(shown);
    cancelQuiet = clock.after(throttleMs(), flush);
  };
  const show = (next: Presence | null): void => {
    shown = next;
    dirty = true;
    changed(shown);
    if (!cancelQuiet) flush();
  };
  const stop = (): void => {
    cancelQuiet?.();
    cancelQuiet = undefined;
    dirty = false;
  };

  return {
    get shown() {
      return shown;
    },
    enter(initial) {
      if (users++ === 0) show(initial);
      let inside = true;
      return () => {
        if (!inside) return;
        inside = false;
        if (--users > 0) return;
        stop(); // who leaves is gone at once
        show(null);
        stop();
      };
    },
    update(patch) {
      if (shown) show({ ...shown, ...patch });
    },
    joined: () => void (dirty = false),
    stop,
  };
}
