// What a client has to say, grouped: all of one tick in one frame, and the next frame when the last one has left. Knows no rooms.

import type { Delivery } from '../connection/delivery.js';

export interface Talker {
  /** One event, JSON already. Returns its withdrawal: false if it has left. */
  say(event: string): () => boolean;
  /** Says now what gathered in this tick. */
  flush(): void;
  /** The wire is gone: whatever waits here is said anew on the next one, by those who still want it. */
  cut(): void;
}

/** Frames stay under this, in UTF-16 units, unless one event alone is over it. */
const FRAME_LENGTH = 65_536;

export function createTalker(send: (events: readonly string[]) => Delivery): Talker {
  interface Waiting {
    readonly event: string;
  }
  const queue = new Set<Waiting>();
  let scheduled = false;
  let onItsWay: Delivery | undefined; // a frame that waits for room on the wire: the next one goes after it

  const take = (): readonly string[] => {
    const events: string[] = [];
    let length = 0;
    for (const each of queue) {
      length += each.event.length + 1;
      if (events.length > 0 && length > FRAME_LENGTH) break;
      events.push(each.event);
      queue.delete(each);
    }
    return events;
  };
  const flush = (): void => {
    scheduled = false;
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

  return {
    say(event) {
      const waiting: Waiting = { event };
      queue.add(waiting);
      if (!scheduled && !onItsWay) {
        scheduled = true;
        queueMicrotask(flush);
      }
      return () => queue.delete(waiting);
    },
    flush,
    cut() {
      queue.clear();
      const stale = onItsWay;
      onItsWay = undefined;
      stale?.cancel();
    },
  };
}
