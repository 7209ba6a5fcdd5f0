// Rooms in this process's memory: what was said and who is there. Knows no users and no sockets.

import { systemClock } from '../base/clock.js';
import type { Backplane, Past, RoomEvent, RoomMessage } from './backplane.js';
import { checkLeast } from './check.js';
import { createHub, type Hub, type HubOptions } from './hub.js';
import { createPresence } from './presence.js';
import type { Published } from './published.js';

export interface MemoryOptions extends HubOptions {
  /** Changes of presence that follow each other within this time go out together. Default 20. */
  readonly presenceTickMs?: number | undefined;
}

export interface MemoryBackplane extends Backplane {
  /** The same rooms, for links without users. */
  readonly hub: Hub;
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
  const presence = createPresence({ clock, tickMs, hold: (room) => hub.subscribe(room, () => {}) });

  const events = new WeakMap<Published, RoomEvent & { readonly kind: 'message' }>();
  const eventOf = (published: Published): RoomEvent & { readonly kind: 'message' } => {
    const known = events.get(published);
    if (known) return known;
    const { epoch, offset, messageId: id, from, payload, type, wallAt: at } = published;
    const event = { kind: 'message', message: { epoch, offset, id, from, payload, type, at } } as const;
    events.set(published, event);
    return event;
  };
  const messagesOf = (all: readonly Published[]): readonly RoomMessage[] => all.map((each) => eventOf(each).message);
  const placeOf = (room: string): { readonly epoch: string; readonly offset: number } => {
    const id = hub.position(room);
    const cut = id.lastIndexOf('-');
    return { epoch: id.slice(0, cut), offset: Number(id.slice(cut + 1)) };
  };
  /** The newest `limit` of those that are kept. */
  const newest = (room: string, kept: readonly Published[], limit: number): Past => {
    const from = Math.max(0, kept.length - limit);
    return { ...placeOf(room), messages: messagesOf(kept.slice(from)), more: from > 0 };
  };

  return {
    hub,
    history: options.history?.size ?? 100,
    publish(room, { id, from, payload, type }) {
      const author = from === null ? undefined : { from, messageId: id };
      const before = author && hub.placed(room, author);
      if (before) return { epoch: placeOf(room).epoch, offset: before.offset, at: before.wallAt, duplicate: true };
      if (from !== null) presence.settle(room, from);
      const { epoch, offset, wallAt } = hub.publish(room, payload, type, author);
      return { epoch, offset, at: wallAt, duplicate: false };
    },
    subscribe(room, listener) {
      const leave = [
        hub.subscribe(room, (published) => listener(eventOf(published))),
        presence.on(room, (event) => listener(event)),
      ];
      return () => {
        for (const each of leave) each();
      };
    },
    since(room, place, limit) {
      const kept = hub.kept(room);
      const past = newest(room, kept, limit);
      if (place.epoch !== past.epoch || place.offset > past.offset)
        return { ...past, gap: { reason: 'epoch', missed: null } };
      const wanted = past.offset - place.offset;
      if (wanted > kept.length) {
        const missed = wanted - Math.min(limit, kept.length);
        return { ...past, gap: { reason: 'expired', missed } };
      }
      return newest(room, kept, wanted);
    },
    latest: (room, limit) => newest(room, hub.kept(room), limit),
    before(room, offset, limit) {
      const older = hub.kept(room).filter((each) => each.offset < offset);
      return newest(room, older, limit);
    },
    position: placeOf,
    enter: (room, entry) => presence.enter(room, entry),
    leave: (room, connection, n) => presence.leave(room, connection, n),
    members: (room) => presence.members(room),
    close() {
      presence.close();
      hub.close();
    },
  };
}
