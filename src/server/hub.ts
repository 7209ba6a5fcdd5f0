// Rooms as named streams with a bounded history. No Node in here, no sockets: what travels is already encoded.

import { type Clock, systemClock } from '../base/clock.js';
import { RealtimeError } from '../base/error.js';
import type { Unsubscribe } from '../base/readable.js';
import { createSignal, type Signal } from '../base/signal.js';
import { checkLeast } from './check.js';
import { createLedgers, type DedupeOptions, type Ledger, type Placed } from './ledger.js';
import type { Authorship, Payload, Published } from './published.js';

export interface HistoryOptions {
  /** Messages kept per room. Default 100. */
  readonly size?: number | undefined;
  /** How long they are kept. Default 300,000. */
  readonly ttlMs?: number | undefined;
  /** Of all rooms together, a UTF-16 unit of text counted as one. Rooms silent for longest forget first. Default 64 MiB. */
  readonly maxBytes?: number | undefined;
}

export interface HubOptions {
  readonly history?: HistoryOptions | undefined;
  /** Rooms at once. Default 10,000. */
  readonly maxRooms?: number | undefined;
  readonly dedupe?: DedupeOptions | undefined;
  /** A room is forgotten: the next of its name is another. */
  readonly onForgotten?: ((room: string) => void) | undefined;
  readonly clock?: Clock | undefined;
  /** A number in [0, 1), for the epochs. Default: the platform's `crypto`. */
  readonly random?: (() => number) | undefined;
}

export interface Resumption {
  readonly messages: readonly Published[];
  /** false: something after the given place is missing, or the place is not of this stream. */
  readonly resumed: boolean;
}

export interface Hub {
  /** Throws `overflow` where a new room would be one too many. */
  publish(room: string, payload: Payload, type?: string, author?: Authorship): Published;
  /** Where the same message of the same author went before. */
  placed(room: string, author: Authorship): Placed | undefined;
  /** Hears what is published from now on, each message once and in order. */
  subscribe(room: string, listener: (message: Published) => void): Unsubscribe;
  /** What came after a place. */
  since(room: string, id: string): Resumption;
  /** The newest `count` that are kept. */
  latest(room: string, count: number): readonly Published[];
  /** All that are kept, oldest first. */
  kept(room: string): readonly Published[];
  /** The place of the newest message. */
  position(room: string): string;
  readonly rooms: number;
  /** Forgets everything. What is published afterwards goes to nobody, and nothing is kept. */
  close(): void;
}

interface Room {
  /** Another life of the same name is another stream: its places mean nothing here. */
  readonly epoch: string;
  readonly published: Signal<Published>;
  /** Published, and not yet told to all. */
  readonly telling: Published[];
  readonly history: Published[];
  readonly ledger: Ledger;
  offset: number;
  /** When somebody was last here. */
  touchedAt: number;
}

const chance = (): number => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32;

export function createHub(options: HubOptions = {}): Hub {
  const { clock = systemClock, random = chance, maxRooms = 10_000 } = options;
  const { size = 100, ttlMs = 300_000, maxBytes = 2 ** 26 } = options.history ?? {};
  checkLeast(0, { 'history.size': size, 'history.maxBytes': maxBytes });
  checkLeast(1, { 'history.ttlMs': ttlMs, maxRooms });
  const rooms = new Map<string, Room>();
  const createLedger = createLedgers(clock, options.dedupe);
  const keeping = new Set<Room>(); // those with a history, silent for longest first
  let bytes = 0;
  let cancelSweep: (() => void) | undefined;
  let closed = false;

  const drop = (room: Room, count: number): void => {
    for (const { payload } of room.history.splice(0, Math.max(0, count))) bytes -= payload.length;
    if (room.history.length === 0) keeping.delete(room);
  };
  const prune = (room: Room): void => {
    const oldest = clock.now() - ttlMs;
    const fresh = room.history.findIndex(({ at }) => at > oldest);
    drop(room, fresh < 0 ? room.history.length : fresh);
  };
  const keep = (room: Room, message: Published): void => {
    room.history.push(message);
    bytes += message.payload.length;
    keeping.delete(room);
    keeping.add(room);
    // cut when twice as long, so that a message costs the same whatever the size
    if (room.history.length > 2 * size) drop(room, room.history.length - size);
    for (const each of keeping)
      while (bytes > maxBytes && keeping.has(each)) drop(each, Math.ceil(each.history.length / 2));
  };
  const forget = (name: string, room: Room): void => {
    rooms.delete(name);
    room.ledger.clear();
    options.onForgotten?.(name);
  };
  const sweep = (): void => {
    cancelSweep = undefined;
    for (const [name, room] of rooms) {
      prune(room);
      // a name is kept for as long as somebody who just left may come back and ask what was missed
      const idle = room.published.size === 0 && clock.now() - room.touchedAt >= 2 * ttlMs;
      if (room.ledger.prune() === 0 && idle && room.history.length === 0) forget(name, room);
    }
    if (rooms.size > 0) cancelSweep = clock.after(ttlMs, sweep);
  };
  const makePlace = (): void => {
    if (rooms.size < maxRooms) return;
    // whoever only looks at empty rooms cannot keep others from having one
    for (const [name, room] of rooms) if (room.offset === 0 && room.published.size === 0) return forget(name, room);
    throw new RealtimeError('overflow', `There are ${maxRooms} rooms already (maxRooms).`);
  };

  const enter = (name: string): Room => {
    let room = rooms.get(name);
    if (room) prune(room);
    else {
      makePlace();
      const epoch = Math.floor(random() * 36 ** 8)
        .toString(36)
        .padStart(8, '0');
      const ledger = createLedger();
      room = { epoch, published: createSignal(), telling: [], history: [], ledger, offset: 0, touchedAt: 0 };
      if (closed) return room;
      rooms.set(name, room);
      cancelSweep ??= clock.after(ttlMs, sweep);
    }
    room.touchedAt = clock.now();
    return room;
  };

  return {
    publish(name, payload, type = 'message', author) {
      const room = enter(name);
      const { epoch } = room;
      const offset = ++room.offset;
      const id = `${epoch}-${offset}`;
      const { from, messageId } = author ?? { from: null, messageId: id };
      const [at, wallAt] = [clock.now(), clock.wallNow()];
      const message = { id, epoch, offset, payload, type, at, wallAt, from, messageId };
      if (!closed) keep(room, message);
      if (author && !closed) room.ledger.remember(author, message);
      room.telling.push(message);
      // published from inside a listener: its turn comes when all have heard the one before
      if (room.telling.length > 1) return message;
      for (const each of room.telling) room.published.emit(each);
      room.telling.length = 0;
      return message;
    },
    placed: (name, author) => enter(name).ledger.find(author),
    subscribe(name, listener) {
      const room = enter(name);
      // what was published is history for this one, also where it is still being told to others
      const { offset } = room;
      const leave = room.published.on((message) => {
        if (message.offset > offset) listener(message);
      });
      return () => {
        room.touchedAt = clock.now();
        leave();
      };
    },
    since(name, id) {
      const room = enter(name);
      const [, epoch, digits] = /^(.*)-(\d{1,15})$/s.exec(id) ?? [];
      const kept = Math.min(room.history.length, size);
      const missing = epoch === room.epoch ? room.offset - Number(digits) : -1;
      if (missing < 0) return { messages: room.history.slice(room.history.length - kept), resumed: false };
      return {
        messages: room.history.slice(room.history.length - Math.min(missing, kept)),
        resumed: missing <= kept,
      };
    },
    latest(name, count) {
      const { history } = enter(name);
      return history.slice(Math.max(0, history.length - Math.min(count, size)));
    },
    kept: (name) => enter(name).history.slice(-size || Infinity),
    position(name) {
      const room = enter(name);
      return `${room.epoch}-${room.offset}`;
    },
    get rooms() {
      return rooms.size;
    },
    close() {
      closed = true;
      cancelSweep?.();
      cancelSweep = undefined;
      rooms.clear();
      keeping.clear();
      bytes = 0;
    },
  };
}
