// Rooms in this process's memory: what was said and who is there. Knows no users and no sockets.

import { systemClock } from '../base/clock.js';
import type { Unsubscribe } from '../base/readable.js';
import type { Backplane, Past } from './backplane.js';
import { checkLeast } from './check.js';
import { createHub, type HubOptions } from './hub.js';
import { createPresence } from './presence.js';

export interface MemoryOptions extends HubOptions {
  /** Changes of presence that follow each other within this time go out together. Default 20. */
  readonly presenceTickMs?: number | undefined;
}

export interface MemoryBackplane extends Backplane {
  /** How many rooms are kept at the moment. */
  readonly rooms: number;
}

/**
 * Rooms of one process. Throws `config` for options that make no sense.
 *
 * @example
 * createRealtimeServer({ backplane: memory({ history: { size: 500 } }) });
 */
export function memory(options: MemoryOptions = {}): MemoryBackplane {
  const { clock = systemClock, presenceTickMs: tickMs = 20 } = options;
  checkLeast(0, { presenceTickMs: tickMs });
  const hub = createHub({
    ...options,
    onForgotten(room) {
      presence.forget(room);
      options.onForgotten?.(room);
    },
  });
  const hold = (room: string): Unsubscribe => hub.subscribe(room, () => {});
  const presence = createPresence({ clock, tickMs, hold, tell: hub.tell });

  /** The newest `limit` of those that are kept. */
  const newest = (room: string, limit: number): Past => {
    const messages = hub.latest(room, limit);
    return { ...hub.position(room), messages, more: hub.kept(room) > messages.length };
  };

  return {
    get rooms() {
      return hub.rooms;
    },
    history: options.history?.size ?? 100,
    publish(room, { id, from, payload, type }) {
      const author = from === null ? undefined : { from, messageId: id };
      const before = author && hub.placed(room, author);
      if (before) return { ...hub.position(room), offset: before.offset, at: before.wallAt, duplicate: true };
      if (from !== null) presence.settle(room, from);
      const { epoch, offset, at } = hub.publish(room, payload, type, author);
      return { epoch, offset, at, duplicate: false };
    },
    subscribe: (room, listener) => hub.subscribe(room, listener),
    since(room, place, limit) {
      const { epoch, offset } = hub.position(room);
      if (place.epoch !== epoch || place.offset > offset)
        return { ...newest(room, limit), gap: { reason: 'epoch', missed: null } };
      const wanted = offset - place.offset;
      if (wanted <= hub.kept(room)) return newest(room, wanted);
      const past = newest(room, limit);
      return { ...past, gap: { reason: 'expired', missed: wanted - past.messages.length } };
    },
    latest: newest,
    before(room, offset, limit) {
      const older = hub.latest(room, Infinity).filter((each) => each.offset < offset);
      const from = Math.max(0, older.length - limit);
      return { ...hub.position(room), messages: older.slice(from), more: from > 0 };
    },
    position: (room) => hub.position(room),
    enter: (room, entry) => presence.enter(room, entry),
    leave: (room, connection, n) => presence.leave(room, connection, n),
    members: (room) => presence.members(room),
    close() {
      presence.close();
      hub.close();
    },
  };
}
