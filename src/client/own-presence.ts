// What we show of ourselves in one room: entered by count, patched, and said once per tick and at most every so often, the last value always. Knows no wires.

import type { Cancel, Clock } from '../base/clock.js';
import { RealtimeError } from '../base/error.js';
import type { Unsubscribe } from '../base/readable.js';
import { isLonger } from '../base/utf8.js';
import { sameJson } from '../model/same-json.js';
import type { Presence } from './room-handle.js';

export interface OwnPresence {
  /** What is shown; null: we have not entered. */
  readonly shown: Presence | null;
  /** Throws what JSON cannot carry, and so does `update`. */
  enter(initial: Presence): Unsubscribe;
  update(patch: Presence): void;
  /** What a join carries: it is said with it. */
  forJoin(): Presence | undefined;
  /** Nothing is shown any more, until somebody enters or updates. */
  drop(): void;
  /** No timer is left. */
  stop(): void;
}

export interface OwnPresenceParts {
  readonly clock: Clock;
  readonly throttleMs: () => number;
  /** At once, for ourselves. */
  readonly changed: (shown: Presence | null) => void;
  /** To the others; nothing is lost where there is no wire, for a join says it anew. Returns its withdrawal. */
  readonly say: (shown: Presence | null) => (() => boolean) | undefined;
  /** The bytes of it that the server takes. */
  readonly most: () => number;
  readonly onError: (error: RealtimeError) => void;
}

export function createOwnPresence(parts: OwnPresenceParts): OwnPresence {
  const { clock, throttleMs, changed, say, most, onError } = parts;
  let users = 0;
  let shown: Presence | null = null;
  let said: Presence | null = null; // what the others know, or are told with the next join
  let isDue = false; // looked at when this tick is over
  let unsay: (() => boolean) | undefined; // on a busy wire the last one may be in line still
  let tooLarge: Presence | null = null; // what was complained of last
  let cancelQuiet: Cancel | undefined; // while it runs, changes are gathered

  /** What the server would refuse, or end the link for, is not said; that is told once. */
  const fits = (): boolean => {
    if (!shown || !isLonger(JSON.stringify(shown), most())) return true;
    const isNew = tooLarge !== shown;
    tooLarge = shown;
    if (isNew) onError(new RealtimeError('too-large', `Presence is over the server's limit of ${most()} bytes.`));
    return false;
  };

  const flush = (): void => {
    cancelQuiet = undefined;
    // who left and came again within a tick, as when one page follows another, was never away
    if (sameJson(shown, said) || !fits()) return;
    unsay?.();
    unsay = say((said = shown));
    // who leaves is gone at once, and waits for nothing
    if (shown) cancelQuiet = clock.after(throttleMs(), flush);
  };
  const whenTickIsOver = (): void => {
    if (!isDue) return;
    isDue = false;
    if (shown && cancelQuiet) return; // said when it is over
    cancelQuiet?.();
    flush();
  };
  const show = (next: Presence | null): void => {
    shown = next;
    changed(shown);
    if (isDue) return;
    isDue = true;
    queueMicrotask(whenTickIsOver);
  };
  const stop = (): void => {
    cancelQuiet?.();
    cancelQuiet = undefined;
    isDue = false;
  };

  return {
    get shown() {
      return shown;
    },
    enter(initial) {
      checkJson(initial);
      if (users++ === 0 || !shown) show(initial);
      let inside = true;
      return () => {
        if (!inside) return;
        inside = false;
        if (--users === 0) show(null);
      };
    },
    update(patch) {
      checkJson(patch);
      if (users > 0) show({ ...shown, ...patch });
    },
    forJoin() {
      unsay?.();
      said = fits() ? shown : null;
      return said ?? undefined;
    },
    drop() {
      stop();
      said = tooLarge = null;
      if (shown) changed((shown = null));
    },
    stop,
  };
}

/** Throws in the caller's stack what cannot travel, before anything has changed. */
function checkJson(value: Presence): void {
  try {
    if (JSON.stringify(value)?.startsWith('{')) return;
  } catch (cause) {
    throw new RealtimeError('invalid', 'JSON cannot carry this presence: no BigInts or cycles.', { cause });
  }
  throw new RealtimeError('invalid', 'Presence is an object.');
}
