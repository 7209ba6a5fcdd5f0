// What rooms stand on: one machine's memory, or something that many servers share. Nothing here lives.

import type { Unsubscribe } from '../base/readable.js';
import type { Place, PresenceChange, PresenceEntry } from '../protocol/rooms-frames.js';
import type { Payload } from './published.js';

/** There already, or later: nobody may count on either. */
export type Awaitable<T> = T | Promise<T>;

export interface RoomMessage extends Place {
  readonly id: string;
  /** null: the server, or a link without users. */
  readonly from: string | null;
  readonly payload: Payload;
  readonly type: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface Draft {
  readonly id: string;
  readonly from: string | null;
  readonly payload: Payload;
  readonly type: string;
}

export interface Receipt extends Place {
  readonly at: number;
  /** It was said before, by the same user under the same id: this is the place that it got then. */
  readonly duplicate: boolean;
}

/** What a room looks like from some place in it. */
export interface Past extends Place {
  /** Oldest first. */
  readonly messages: readonly RoomMessage[];
  /** Is anything older kept? */
  readonly more: boolean;
  /** Something after the place that was given is missing, or the place is of another stream. */
  readonly gap?: { readonly reason: 'expired' | 'epoch'; readonly missed: number | null } | undefined;
}

export interface Members {
  /** Events up to this one are contained. Later ones may be too, in part: what they bring again changes nothing. */
  readonly seq: number;
  readonly entries: readonly PresenceEntry[];
}

/** The same object for every listener of this process, so that it need be encoded only once. */
export type RoomEvent =
  | { readonly kind: 'message'; readonly message: RoomMessage }
  | { readonly kind: 'presence'; readonly seq: number; readonly changes: readonly PresenceChange[] }
  /** The backplane lost its place: messages or changes may be missing. */
  | { readonly kind: 'resync' };

/** Who has a wire, of which the requests may come to other servers than its own. */
export interface Claimant {
  answer(question: string): Promise<string>;
  /** It was claimed by somebody else: no question about it comes here any more. */
  taken(): void;
}

/** Questions between servers that stand on the same rooms. Nothing here rejects: out of reach is no answer. */
export interface Relay {
  /** From when it resolves, what is asked about `wire` comes to this claimant alone; where it cannot be had now it is tried again later. Returns the undo. */
  claim(wire: string, claimant: Claimant): Promise<() => void>;
  /** undefined: nobody has it, or there was no answer in `withinMs` and the time that the way may take. One after the other they arrive in order. */
  ask(wire: string, question: string, withinMs: number): Promise<string | undefined>;
}

/** What one server writes down and any may take, once. */
export interface TicketStore {
  put(key: string, text: string, ttlMs: number): Awaitable<void>;
  /** undefined: it was never there, was taken, or its time is over. */
  take(key: string): Awaitable<string | undefined>;
}

/** Fails by throwing or rejecting: then nothing is known to have happened, and the same may be asked again. */
export interface Backplane {
  /** Messages that a room keeps. */
  readonly history: number;
  /** How long the same id is known, where the backplane decides that. */
  readonly dedupeMs?: number | undefined;
  /** Where several servers stand on it: how one hears of a wire that another has. Else each server knows its own alone. */
  readonly relay?: Relay | undefined;
  /** Where several servers stand on it. Else each server has its own. */
  readonly tickets?: TicketStore | undefined;
  /** In one order for all who listen. Under a user's id within the dedupe window a second time: nothing but the first receipt. */
  publish(room: string, draft: Draft): Awaitable<Receipt>;
  /** Hears all that happens from the moment at which it resolves, and perhaps a little that happened before. */
  subscribe(room: string, listener: (event: RoomEvent) => void): Awaitable<Unsubscribe>;
  /** All that came after a place; where that cannot be had, a gap and the newest `limit`. */
  since(room: string, place: Place, limit: number): Awaitable<Past>;
  /** The newest `limit`. */
  latest(room: string, limit: number): Awaitable<Past>;
  /** The newest `limit` below an offset of the present epoch. */
  before(room: string, offset: number, limit: number): Awaitable<Past>;
  position(room: string): Awaitable<Place>;
  /** Calls about one connection take effect in the order in which they were made. An entry that is new, or has a larger `n` than the known one. `joinedAt` stays what it was at first. */
  enter(room: string, entry: PresenceEntry): Awaitable<void>;
  /** Does nothing where the entry is not known, or has a larger `n`. */
  leave(room: string, connection: string, n: number): Awaitable<void>;
  members(room: string): Awaitable<Members>;
  /** What is asked afterwards may fail. */
  close(): Awaitable<void>;
}
