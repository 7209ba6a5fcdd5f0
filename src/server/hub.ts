// Rooms in memory as named streams with a bounded history: what was said, and to whom it is told. Knows nobody who is there.

import { type Clock, systemClock } from '../base/clock.js';
import { RealtimeError } from '../base/error.js';
import type { Unsubscribe } from '../base/readable.js';
import { createSignal, type Signal } from '../base/signal.js';
import type { Place } from '../protocol/rooms-frames.js';
import type { RoomEvent, RoomMessage } from './backplane.js';
import { checkLeast } from './check.js';
import { createRecency, type Ranked } from './recency.js';
import { createLedgers, type DedupeOptions, type Ledger, type Placed } from './ledger.js';
import type { Authorship, Payload } from './published.js';

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

/** One object for all who hear it. */
type Told = Extract<RoomEvent, { readonly kind: 'message' }>;

interface Published extends RoomMessage {
  /** By `clock.now()`: for its age, not for people. */
  readonly saidAt: number;
}

export interface Hub {
  /** Without an author its id is `epoch-offset`. Throws `overflow` where a new room would be one too many. */
  publish(room: string, payload: Payload, type?: string, author?: Authorship): RoomMessage;
  /** Where the same message of the same author went before. */
  placed(room: string, author: Authorship): Placed | undefined;
  /** Hears what is published and told from now on, each message once and in order. */
  subscribe(room: string, listener: (event: RoomEvent) => void): Unsubscribe;
  /** To all who are there, beside the messages: nothing of it is kept. */
  tell(room: string, event: RoomEvent): void;
  /** How many are kept. */
  kept(room: string): number;
  /** The newest of them, oldest first. */
  latest(room: string, count: number): readonly RoomMessage[];
  /** The place of the newest message. */
  position(room: string): Place;
  readonly rooms: number;
  /** Forgets everything. What is published afterwards goes to nobody, and nothing is kept. */
  close(): void;
}

interface Room extends Ranked<Room> {
  /** Another life of the same name is another stream: its places mean nothing here. */
  readonly epoch: string;
  readonly events: Signal<RoomEvent>;
  /** Published, and not yet told to all. */
  readonly telling: Told[];
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
  const keeping = createRecency<Room>(); // those with a history, silent for longest first
  let bytes = 0;
  let cancelSweep: (() => void) | undefined;
  let closed = false;

  const drop = (room: Room, count: number): void => {
    for (const { payload } of room.history.splice(0, Math.max(0, count))) bytes -= payload.length;
    if (room.history.length === 0) keeping.delete(room);
  };
  const prune = (room: Room): void => {
    const oldest = clock.now() - ttlMs;
    const fresh = room.history.findIndex(({ saidAt }) => saidAt > oldest);
    drop(room, fresh < 0 ? room.history.length : fresh);
  };
  const keep = (room: Room, message: Published): void => {
    room.history.push(message);
    bytes += message.payload.length;
    keeping.touch(room);
    // cut when twice as long, so that a message costs the same whatever the size
    if (room.history.length > 2 * size) drop(room, room.history.length - size);
    for (let oldest = keeping.oldest; oldest && bytes > maxBytes; oldest = keeping.oldest)
      drop(oldest, Math.ceil(oldest.history.length / 2));
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
      const idle = room.events.size === 0 && clock.now() - room.touchedAt >= 2 * ttlMs;
      if (room.ledger.prune() === 0 && idle && room.history.length === 0) forget(name, room);
    }
    if (rooms.size > 0) cancelSweep = clock.after(ttlMs, sweep);
  };
  const makePlace = (): void => {
    if (rooms.size < maxRooms) return;
    // whoever only looks at empty rooms cannot keep others from having one
    for (const [name, room] of rooms) if (room.offset === 0 && room.events.size === 0) return forget(name, room);
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
      const fresh = { offset: 0, touchedAt: 0, older: undefined, newer: undefined };
      room = { epoch, events: createSignal(), telling: [], history: [], ledger, ...fresh };
      if (closed) return room;
      rooms.set(name, room);
      cancelSweep ??= clock.after(ttlMs, sweep);
    }
    room.touchedAt = clock.now();
    return room;
  };

  // these two apart, for there is one for each who hears: a scope holds all that any function in it asks for
  /** What was published is history for this one, also where it is still being told to others. */
  const newsFor =
    (listener: (event: RoomEvent) => void, offset: number) =>
    (event: RoomEvent): void => {
      if (event.kind !== 'message' || event.message.offset > offset) listener(event);
    };
  const leaving =
    (room: Room, leave: Unsubscribe): Unsubscribe =>
    () => {
      room.touchedAt = clock.now();
      leave();
    };

  return {
    publish(name, payload, type = 'message', author) {
      const room = enter(name);
      const { epoch } = room;
      const offset = ++room.offset;
      const { from, messageId } = author ?? { from: null, messageId: `${epoch}-${offset}` };
      const [at, saidAt] = [clock.wallNow(), clock.now()];
      const message = { epoch, offset, id: messageId, from, payload, type, at, saidAt };
      if (!closed) keep(room, message);
      if (author && !closed) room.ledger.remember(author, { offset, wallAt: at });
      room.telling.push({ kind: 'message', message });
      // published from inside a listener: its turn comes when all have heard the one before
      if (room.telling.length > 1) return message;
      for (const each of room.telling) room.events.emit(each);
      room.telling.length = 0;
      return message;
    },
    placed: (name, author) => enter(name).ledger.find(author),
    subscribe(name, listener) {
      const room = enter(name);
      const { offset, telling } = room;
      return leaving(room, room.events.on(telling.length === 0 ? listener : newsFor(listener, offset)));
    },
    tell: (name, event) => rooms.get(name)?.events.emit(event),
    kept: (name) => Math.min(enter(name).history.length, size),
    latest(name, count) {
      const { history } = enter(name);
      return history.slice(Math.max(0, history.length - Math.min(count, size)));
    },
    position(name) {
      const { epoch, offset } = enter(name);
      return { epoch, offset };
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
