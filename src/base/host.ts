// What we borrow from the world: clock, chance, frames, network and focus. The only file that touches window, document and navigator.

import { inMicrotask, type Schedule } from './batch.js';
import { type Clock, systemClock } from './clock.js';
import type { Readable } from './readable.js';
import { createSignal } from './signal.js';

/** `suspended`: frozen, or on the way into the back/forward cache; nothing may be open. */
export type Focus = 'visible' | 'hidden' | 'suspended';

/** The world as the engine sees it. Every part can be replaced, alone or together. */
export interface Host {
  readonly clock: Clock;
  /** A number in [0, 1), as `Math.random`. */
  readonly random: () => number;
  /** Runs at the next animation frame, or soon where the page does not paint. */
  readonly frame: Schedule;
  /** Runs what is first after silence: at once, or so little later that what came with it is there as well. */
  readonly soon: Schedule;
  /** Does the platform believe that it is online? */
  readonly network: Readable<boolean>;
  readonly focus: Readable<Focus>;
}

/** Where the page does not paint (hidden tab, Node, worker), a "frame" is this long. */
const UNPAINTED_FRAME_MS = 32;

const systemFrame: Schedule = (run) => {
  let paint: number | undefined;
  const cancel = (): void => {
    cancelTimer();
    if (paint !== undefined) cancelAnimationFrame(paint);
  };
  const once = (): void => {
    cancel();
    run();
  };
  const cancelTimer = systemClock.after(UNPAINTED_FRAME_MS, once);
  if (typeof requestAnimationFrame === 'function') paint = requestAnimationFrame(once);
  return cancel;
};

/**
 * Messages that a server sent together arrive as tasks of their own, a fraction of a millisecond apart. Shorter than a tenth of a frame:
 * what comes alone is still seen in the frame in which it would have been.
 */
const TOGETHER_MS = 2;

/** A page that nobody sees has no frames to save, and its timers are slowed down. */
const soonUnder =
  (clock: Clock, focus: Readable<Focus>): Schedule =>
  (run) =>
    focus.getSnapshot() === 'visible' ? clock.after(TOGETHER_MS, run) : inMicrotask(run);

/** A value folded from page events, whose listeners exist only while somebody watches. */
function watchEvents<T>(types: string, read: (eventType?: string) => T): Readable<T> {
  const watchers = createSignal<void>();
  let value: T;
  const onEvent = (event: Event): void => {
    const next = read(event.type);
    if (next === value) return;
    value = next;
    watchers.emit();
  };
  const bind = (method: 'addEventListener' | 'removeEventListener'): void => {
    // globalThis is the window in pages, where it captures what the document is told as well; the global scope in
    // workers; and has no such method in Node and React Native
    for (const type of types.split(' ')) globalThis[method]?.(type, onEvent, true);
  };
  return {
    getSnapshot: () => (watchers.size > 0 ? value : read()),
    subscribe(listener) {
      if (watchers.size === 0) {
        value = read();
        bind('addEventListener');
      }
      const leave = watchers.on(listener);
      return () => {
        leave();
        if (watchers.size === 0) bind('removeEventListener');
      };
    },
  };
}

function watchFocus(): Readable<Focus> {
  let suspended = false;
  return watchEvents<Focus>('visibilitychange freeze resume pagehide pageshow', (eventType) => {
    const visibility = globalThis.document?.visibilityState;
    if (eventType === 'freeze' || eventType === 'pagehide') suspended = true;
    // until the page says that it is back it stays suspended, whatever else fires meanwhile
    else if (eventType !== 'visibilitychange' || visibility === 'visible') suspended = false;
    return suspended ? 'suspended' : visibility === 'hidden' ? 'hidden' : 'visible';
  });
}

/** The platform's own host; pass the parts that you want to replace. Works with only timers present. */
export function createHost(parts: Partial<Host> = {}): Host {
  const { clock = systemClock, focus = watchFocus() } = parts;
  return {
    clock,
    random: () => Math.random(),
    frame: systemFrame,
    soon: soonUnder(clock, focus),
    // `onLine` is missing in Node and React Native: then we are online until a wire says otherwise
    network: watchEvents('online offline', () => globalThis.navigator?.onLine !== false),
    focus,
    ...parts,
  };
}
