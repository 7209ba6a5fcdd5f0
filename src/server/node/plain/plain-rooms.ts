// What links without users need of a backplane, and no more. Serves nobody.

import { isLater } from '../../awaitable.js';
import type { Awaitable, Backplane, Past } from '../../backplane.js';

export type PlainRooms = Pick<Backplane, 'history' | 'publish' | 'subscribe' | 'since' | 'latest' | 'position'>;

/** Where a room lost its place all its readers ask the same in the same turn: that is one question, asked after they all began to listen. */
export function plainRoomsOf(backplane: Backplane): PlainRooms {
  const asked = new Map<string, Awaitable<Past>>(); // in this turn
  const forget = (): void => asked.clear();
  return {
    history: backplane.history,
    publish: (room, draft) => backplane.publish(room, draft),
    subscribe: (room, listener) => backplane.subscribe(room, listener),
    since(room, place, limit) {
      const question = JSON.stringify([room, place.epoch, place.offset, limit]);
      const known = asked.get(question);
      if (known) return known;
      const found = backplane.since(room, place, limit);
      if (!isLater(found)) return found; // memory may have more to tell in this same turn
      if (asked.size === 0) queueMicrotask(forget);
      asked.set(question, found);
      return found;
    },
    latest: (room, limit) => backplane.latest(room, limit),
    position: (room) => backplane.position(room),
  };
}
