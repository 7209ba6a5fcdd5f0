// What one user of a room holds: its state, and the verbs. Types only.

import type { RealtimeError } from '../base/error.js';
import type { Readable, Unsubscribe } from '../base/readable.js';
import type { PresenceHappening } from '../model/presence.js';
import type { RoomGap, RoomMessage, RoomState } from '../model/room.js';
import type { Schema } from '../protocol/schema.js';

/** What people show of themselves in a room: JSON, an object. */
export type Presence = Readonly<Record<string, unknown>>;

/** A room by its name, and what its messages and members look like. */
export interface RoomRef<T = unknown, P extends object = Presence> {
  readonly id: string;
  /** Validates what comes in; what it refuses is reported and not shown. */
  readonly message?: Schema<T> | undefined;
  readonly presence?: Schema<P> | undefined;
}

export interface RoomOptions {
  /** Messages to keep, and to ask for when joining. Default 100; 0 keeps none. Where several watch a room, the largest holds. */
  readonly history?: number | undefined;
  /** Hears what was refused: an event that a schema does not fit. */
  readonly onInvalid?: ((invalid: { readonly raw: unknown; readonly error: RealtimeError }) => void) | undefined;
}

export interface RoomSendOptions {
  /** Names the message: publishing again under it has no second effect. Default: a random one. */
  readonly id?: string | undefined;
  /** Default 'message'. */
  readonly type?: string | undefined;
  /** While it waits, a later message to the room with the same key takes its place, and it ends as `cancelled`. */
  readonly key?: string | undefined;
  /** How long it may take until the server has it, reconnects included. Default: `outbox.ttlMs` of the client. */
  readonly timeoutMs?: number | undefined;
  /** Now or never: dropped where the room is not joined or has to wait, and not said again after a cut, or where it was too fast. */
  readonly volatile?: boolean | undefined;
  /** Gives it up. */
  readonly signal?: AbortSignal | undefined;
}

export interface RoomReceipt {
  /**
   * `acknowledged`: the server has it, at `offset`. `refused`: the server said no. `timed-out`: nobody knows. `cancelled`: withdrawn
   * before it left. `dropped`: it will not be sent any more.
   */
  readonly status: 'acknowledged' | 'refused' | 'timed-out' | 'cancelled' | 'dropped';
  readonly id: string;
  readonly offset?: number | undefined;
  readonly error?: RealtimeError | undefined;
}

export interface RoomDelivery {
  readonly id: string;
  /** Where it is now. `queued`: until the room is joined. */
  readonly verdict: 'sent' | 'queued' | 'dropped';
  /** Resolves once, never rejects. */
  readonly done: Promise<RoomReceipt>;
  /** Withdraws it; false if it has left already. */
  cancel(): boolean;
}

export interface RoomEvents<T = unknown, P extends object = Presence> {
  /** Each message that is published while the room is watched, also what was missed meanwhile; not the history that was there before. */
  readonly message: RoomMessage<T>;
  readonly presence: PresenceHappening<P>;
  readonly gap: RoomGap;
}

/** Watching joins; the last watcher leaving leaves, after the linger. */
export interface RoomHandle<T = unknown, P extends object = Presence> extends Readable<RoomState<T, P>> {
  readonly id: string;
  /** Shows it at once as `pending`. Throws `invalid` for what JSON cannot carry. */
  send(data: T, options?: RoomSendOptions): RoomDelivery;
  /** Publishes a `failed` message again, under its id. Throws `config` where there is none. */
  retry(id: string): RoomDelivery;
  /** Shows oneself in the room until the undo is called; several users of a room are counted, and the first one's `initial` holds. */
  enter(initial?: P): Unsubscribe;
  /** Merged into what is shown, at once here, at most every `presenceThrottleMs` there. Nothing where nobody has entered. */
  updatePresence(patch: Partial<P>): void;
  /** Up to `limit` (50) messages from before the oldest. Resolves to whether there are more; rejects where it cannot be asked. */
  loadOlder(limit?: number): Promise<boolean>;
  /** Empties `messages` and `gap`, for all who watch the room in this client. */
  clear(): void;
  /** Hears each event once, at once. Listening is not watching: it joins nothing. */
  on<K extends keyof RoomEvents<T, P>>(type: K, listener: (event: RoomEvents<T, P>[K]) => void): Unsubscribe;
}
