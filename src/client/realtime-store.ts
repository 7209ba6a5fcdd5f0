// What a client shows, told once per flush and all at the same moment: rooms, connection, user. Hears no wire.

import type { Batch } from '../base/batch.js';
import type { Readable } from '../base/readable.js';
import { createSignal } from '../base/signal.js';
import { initialRealtimeState, type RealtimeState } from '../model/realtime.js';
import type { RoomState } from '../model/room.js';

/** Something with an inbox. */
export interface Folding {
  /** Folds what has come and shows it; returns what tells its watchers, or nothing where nothing changed. */
  settle(): (() => void) | undefined;
}

export interface RealtimeStore extends Readable<RealtimeState> {
  readonly connection: Readable<RealtimeState['connection']>;
  set(fields: Partial<Omit<RealtimeState, 'rooms'>>): void;
  /** A room has something to fold. */
  mark(room: Folding): void;
  /** A room came or went. */
  roomsChanged(): void;
  /** Nobody uses anything any more: tells what waits, and no frame is left. */
  rest(): void;
}

export function createRealtimeStore(
  batch: () => Batch,
  rooms: () => Iterable<readonly [string, RoomState]>,
): RealtimeStore {
  const watchers = createSignal<void>();
  const connectionWatchers = createSignal<void>();
  const dirty = new Set<Folding>();
  let shown = initialRealtimeState;
  let fields: Omit<RealtimeState, 'rooms'> = { connection: shown.connection, user: shown.user }; // as they are
  let stale = false; // `shown.rooms` is put together when somebody reads it: its cost grows with the rooms
  let untold = false; // a room came or went

  const flush = (): void => {
    const round = [...dirty];
    dirty.clear();
    const tell = round.map((room) => room.settle());
    const { connection } = shown;
    const isSame = Object.entries(fields).every(([name, value]) => shown[name as keyof typeof shown] === value);
    const isNews = untold || !isSame || tell.some(Boolean);
    untold = false;
    if (tell.some(Boolean)) stale = true;
    if (!isSame) shown = { ...fields, rooms: shown.rooms };
    for (const each of tell) each?.();
    if (connection !== shown.connection) connectionWatchers.emit();
    if (isNews) watchers.emit();
  };
  const changed = (): void => batch().mark(flush);

  return {
    connection: {
      getSnapshot: () => shown.connection,
      subscribe: (listener) => connectionWatchers.on(listener),
    },
    getSnapshot() {
      if (stale) {
        stale = false;
        shown = { ...shown, rooms: new Map(rooms()) };
      }
      return shown;
    },
    subscribe: (listener) => watchers.on(listener),
    set(given) {
      fields = { ...fields, ...given };
      changed();
    },
    mark(room) {
      dirty.add(room);
      changed();
    },
    roomsChanged() {
      stale = true;
      untold = true;
      changed();
    },
    rest() {
      flush();
      batch().forget(flush);
    },
  };
}
