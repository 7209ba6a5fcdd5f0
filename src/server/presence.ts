// Who shows what in which room, in one order per room. No users, no sockets: entries come as they are.

import type { Cancel, Clock } from '../base/clock.js';
import type { Unsubscribe } from '../base/readable.js';
import type { PresenceChange, PresenceEntry } from '../protocol/rooms-frames.js';
import type { Members, RoomEvent } from './backplane.js';

export interface PresenceOptions {
  readonly clock: Clock;
  /** The first change is told at once; those that follow within this time go together. */
  readonly tickMs: number;
  /** Keeps the room, and its epoch, as long as somebody is in it. */
  hold(room: string): Unsubscribe;
  /** To all who are there. */
  tell(room: string, event: RoomEvent): void;
}

export interface Presence {
  enter(room: string, entry: PresenceEntry): void;
  leave(room: string, connection: string, n: number): void;
  /** Tells now what waits about this user: it comes before what the user says next. */
  settle(room: string, user: string): void;
  members(room: string): Members;
  /** The room began anew: so does its order. */
  forget(room: string): void;
  close(): void;
}

interface Board {
  readonly room: string;
  readonly entries: Map<string, PresenceEntry>;
  pending: PresenceChange[];
  /** How many of those are about which connection. */
  readonly counts: Map<string, number>;
  seq: number;
  quietAt: number;
  cancel: Cancel | undefined;
  release: Unsubscribe | undefined;
}

/** More are not kept back. */
const MAX_PENDING = 1_000;
/** Of one entry: beyond that only where it ended is told. What came before says nothing that `n` does not undo. */
const MAX_OF_ONE = 8;

const connectionOf = (change: PresenceChange): string =>
  change.op === 'leave' ? change.connection : change.entry.connection;

export function createPresence({ clock, tickMs, hold, tell: tellAll }: PresenceOptions): Presence {
  const boards = new Map<string, Board>();
  const boardOf = (room: string): Board => {
    const found = boards.get(room);
    if (found) return found;
    const fresh = { pending: [], seq: 0, quietAt: 0, cancel: undefined, release: undefined };
    const board: Board = { room, entries: new Map(), counts: new Map(), ...fresh };
    boards.set(room, board);
    return board;
  };
  const flush = (board: Board): void => {
    board.cancel?.();
    board.cancel = undefined;
    if (board.pending.length === 0) return;
    const changes = board.pending;
    board.pending = [];
    board.counts.clear();
    board.quietAt = clock.now() + tickMs;
    tellAll(board.room, { kind: 'presence', seq: ++board.seq, changes });
  };
  const tell = (board: Board, change: PresenceChange): void => {
    const connection = connectionOf(change);
    const count = board.counts.get(connection) ?? 0;
    const last = board.pending.at(-1);
    // of one entry's updates in a row only the newest is of interest
    if (change.op === 'update' && last?.op === 'update' && last.entry.connection === connection)
      return void (board.pending[board.pending.length - 1] = change);
    const isTooMuch = count >= MAX_OF_ONE;
    if (isTooMuch) board.pending = board.pending.filter((each) => connectionOf(each) !== connection);
    const isUnderWay = isTooMuch || board.pending.length > 0;
    board.counts.set(connection, isTooMuch ? 1 : count + 1);
    if (board.pending.push(change) >= MAX_PENDING) return flush(board);
    if (isUnderWay) return;
    const wait = board.quietAt - clock.now();
    if (wait > 0) board.cancel = clock.after(wait, () => flush(board));
    else queueMicrotask(() => flush(board));
  };

  return {
    enter(room, entry) {
      const board = boardOf(room);
      const known = board.entries.get(entry.connection);
      if (known && known.n >= entry.n) return;
      board.release ??= hold(room);
      const next = known ? { ...entry, joinedAt: known.joinedAt } : entry;
      board.entries.set(entry.connection, next);
      tell(board, { op: known ? 'update' : 'enter', entry: next });
    },
    leave(room, connection, n) {
      const board = boards.get(room);
      const known = board?.entries.get(connection);
      if (!board || !known || known.n > n) return;
      board.entries.delete(connection);
      tell(board, { op: 'leave', user: known.user, connection, n });
      if (board.entries.size > 0) return;
      board.release?.();
      board.release = undefined;
    },
    settle(room, user) {
      const board = boards.get(room);
      const isAbout = (change: PresenceChange): boolean =>
        (change.op === 'leave' ? change.user : change.entry.user) === user;
      if (board?.pending.some(isAbout)) flush(board);
    },
    members(room) {
      const board = boards.get(room);
      // what waits to be told is contained, and harmless when it is told again: `n` says that it is old
      return { seq: board?.seq ?? 0, entries: [...(board?.entries.values() ?? [])] };
    },
    forget: (room) => {
      const board = boards.get(room);
      if (!board) return;
      board.cancel?.();
      board.pending = []; // or those of the new room would be told
      boards.delete(room);
    },
    close() {
      for (const { cancel, release } of boards.values()) {
        cancel?.();
        release?.();
      }
      boards.clear();
    },
  };
}
