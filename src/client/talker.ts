// What a client has to say, grouped: all of one tick in one frame, and the next frame when the last one has left. Knows no rooms.

import type { Cancel, Clock } from '../base/clock.js';
import { byteLength } from '../base/utf8.js';
import type { Delivery } from '../connection/delivery.js';
import type { BatchOptions } from '../connection/groups.js';

export interface Talker {
  /** One event, JSON already. Returns its withdrawal: false if it has left. */
  say(event: string): () => boolean;
  /** A frame waits for room on the wire: what is said now goes after it. */
  readonly busy: boolean;
  /** Says now what gathered in this tick. */
  flush(): void;
  /** The wire is gone: whatever waits here is said anew on the next one, by those who still want it. */
  cut(): void;
}

/** Frames stay under this, unless one event alone is over it. */
const FRAME_BYTES = 65_536;

export interface TalkerParts {
  readonly clock: Clock;
  readonly send: (events: readonly string[]) => Delivery;
  /** The bytes of a frame that the server takes. */
  readonly most: () => number;
  readonly batch: () => BatchOptions;
}

export function createTalker({ clock, send, most, batch }: TalkerParts): Talker {
  interface Waiting {
    readonly event: string;
    /** Taken into a frame; what a cut finds here has not, and never will. */
    left: boolean;
  }
  const queue = new Set<Waiting>();
  let scheduled = false;
  let cancelDelay: Cancel | undefined;
  let onItsWay: Delivery | undefined; // a frame that waits for room on the wire: the next one goes after it

  const take = (): readonly string[] => {
    const events: string[] = [];
    const room = Math.min(FRAME_BYTES, most());
    const { maxSize = Infinity } = batch();
    let bytes = 1; // a bracket, and for each event what comes after it: a comma, or the other bracket
    for (const each of queue) {
      bytes += byteLength(each.event) + 1;
      if (events.length > 0 && (bytes > room || events.length >= maxSize)) break;
      events.push(each.event);
      each.left = true;
      queue.delete(each);
    }
    return events;
  };
  const flush = (): void => {
    scheduled = false;
    cancelDelay?.();
    cancelDelay = undefined;
    while (queue.size > 0 && !onItsWay) {
      const delivery = send(take());
      if (delivery.verdict !== 'queued') continue;
      onItsWay = delivery;
      void delivery.done.then(() => {
        if (onItsWay !== delivery) return;
        onItsWay = undefined;
        flush();
      });
    }
  };

  const schedule = (): void => {
    const { maxDelayMs = 0 } = batch();
    scheduled = true;
    if (maxDelayMs > 0) cancelDelay = clock.after(maxDelayMs, flush);
    else queueMicrotask(() => scheduled && flush());
  };

  return {
    say(event) {
      const waiting: Waiting = { event, left: false };
      queue.add(waiting);
      if (!scheduled && !onItsWay) schedule();
      return () => {
        queue.delete(waiting);
        return !waiting.left;
      };
    },
    get busy() {
      return onItsWay !== undefined;
    },
    flush,
    cut() {
      cancelDelay?.();
      cancelDelay = undefined;
      scheduled = false;
      queue.clear();
      const stale = onItsWay;
      onItsWay = undefined;
      stale?.cancel();
    },
  };
}
