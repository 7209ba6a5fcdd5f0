// Rooms as named streams with a bounded history. No Node in here, no sockets: what travels is already encoded.

import type { Clock } from '../base/clock.js';
import { RealtimeError } from '../base/error.js';
import { createHost } from '../base/host.js';
import type { Unsubscribe } from '../base/readable.js';
import { createSignal, type Signal } from '../base/signal.js';

/** JSON text, or bytes as they came. */
export type Payload = string | Uint8Array;

export interface Published {
  /** `epoch-offset`: where in the room's stream this is. */
  readonly id: string;
  readonly payload: Payload;
  /** SSE event type. */
  readonly type: string;
  readonly at: number;
}

export interface HistoryOptions {
  /** Messages kept per room. Default 100. */
  readonly size?: number | undefined;
  /** How long they are kept. Default 300,000. */
  readonly ttlMs?: number | undefined;
}

export interface HubOptions {
  readonly history?: HistoryOptions | undefined;
  /** Rooms at once. Default 10,000. */
  readonly maxRooms?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: (() => number) | undefined;
}

export interface Resumption {
  readonly messages: readonly Published[];
  /** false: something after the given place is missing, or the place is not of this stream. */
  readonly resumed: boolean;
}

export interface Hub {
  /** Throws `overflow` where a new room would be one too many. */
  publish(room: string, payload: Payload, type?: string): Published;
  subscribe(room: string, listener: (message: Published) => void): Unsubscribe;
  /** What came after a place. */
  since(room: string, id: string): Resumption;
  /** The newest `count` that are kept. */
  latest(room: string, count: number): readonly Published[];
  /** The place of the newest message. */
  position(room: string): string;
  readonly rooms: number;
  close(): void;
}

interface Room {
  /** Another life of the same name is another stream: its places mean nothing here. */
  readonly epoch: string;
  readonly published: Signal<Published>;
  history: Published[];
  offset: number;
  /** When somebody was last here. */
  touchedAt: number;
}

export function createHub(options: HubOptions = {}): Hub {
  const host = createHost();
  const { clock = host.clock, random = host.random, maxRooms = 10_000 } = options;
  const { size = 100, ttlMs = 300_000 } = options.history ?? {};
  const rooms = new Map<string, Room>();
  let cancelSweep: (() => void) | undefined;

  const prune = (room: Room): void => {
    const oldest = clock.now() - ttlMs;
    let expired = 0;
    while (expired < room.history.length && (room.history[expired]?.at ?? 0) <= oldest) expired++;
    if (expired > 0) room.history = room.history.slice(expired);
  };
  const sweep = (): void => {
    cancelSweep = undefined;
    for (const [name, room] of rooms) {
      prune(room);
      // a name is kept for as long as somebody who just left may come back and ask what was missed
      const idle = room.published.size === 0 && clock.now() - room.touchedAt >= 2 * ttlMs;
      if (idle && room.history.length === 0) rooms.delete(name);
    }
    if (rooms.size > 0) cancelSweep = clock.after(ttlMs, sweep);
  };

  const enter = (name: string): Room => {
    let room = rooms.get(name);
    if (room) prune(room);
    else {
      if (rooms.size >= maxRooms)
        throw new RealtimeError('overflow', `There are ${maxRooms} rooms already (maxRooms).`);
      const epoch = Math.floor(random() * 36 ** 8)
        .toString(36)
        .padStart(8, '0');
      room = { epoch, published: createSignal(), history: [], offset: 0, touchedAt: 0 };
      rooms.set(name, room);
      cancelSweep ??= clock.after(ttlMs, sweep);
    }
    room.touchedAt = clock.now();
    return room;
  };

  return {
    publish(name, payload, type = 'message') {
      const room = enter(name);
      const message = { id: `${room.epoch}-${++room.offset}`, payload, type, at: clock.now() };
      room.history.push(message);
      // cut when twice as long, so that a message costs the same whatever the size
      if (room.history.length > 2 * size) room.history = room.history.slice(room.history.length - size);
      room.published.emit(message);
      return message;
    },
    subscribe(name, listener) {
      const room = enter(name);
      const leave = room.published.on(listener);
      return () => {
        room.touchedAt = clock.now();
        leave();
      };
    },
    since(name, id) {
      const room = enter(name);
      const kept = room.history.slice(Math.max(0, room.history.length - size));
      const cut = id.lastIndexOf('-');
      const offset = Number(id.slice(cut + 1));
      const known = id.slice(0, cut) === room.epoch && Number.isInteger(offset) && offset >= 0 && offset <= room.offset;
      const missing = known ? room.offset - offset : Infinity;
      return {
        messages: missing === 0 ? [] : kept.slice(-Math.min(missing, kept.length)),
        resumed: missing <= kept.length,
      };
    },
    latest(name, count) {
      const wanted = Math.min(count, size);
      return wanted > 0 ? enter(name).history.slice(-wanted) : [];
    },
    position(name) {
      const room = enter(name);
      return `${room.epoch}-${room.offset}`;
    },
    get rooms() {
      return rooms.size;
    },
    close() {
      cancelSweep?.();
      cancelSweep = undefined;
      rooms.clear();
    },
  };
}
