// What a client of rooms is told, and what it can do. Types only.

import type { RealtimeError } from '../base/error.js';
import type { Host } from '../base/host.js';
import type { Readable, Unsubscribe } from '../base/readable.js';
import type { RealtimeState } from '../model/realtime.js';
import type { RealtimeAuth } from './credentials.js';
import type { RoomsOutboxOptions } from './post-office.js';
import type { RoomsPool } from './pooled-rooms.js';
import type { Presence, RoomHandle, RoomOptions, RoomRef } from './room-handle.js';
import type { RouteOptions } from './route-parts.js';

export interface RealtimeClientOptions extends RouteOptions {
  /** What waits for the server's answer: bounds, policy, and where it outlives the page. */
  readonly outbox?: RoomsOutboxOptions | undefined;
  /** Several connections as one, each room over one of them: `pooledRooms({ size: 3 })`. Read once. Default: one connection. */
  readonly pool?: RoomsPool | undefined;
  /** Asked before each attempt, and before the credentials of a link that stands expire. Transports of this client have none of their own. */
  readonly auth?: RealtimeAuth | undefined;
  /** How long a room, and then the connection, is kept after its last user. Default 250. */
  readonly lingerMs?: number | undefined;
  /** Least time between two changes of what we show in a room. Default 50. */
  readonly presenceThrottleMs?: number | undefined;
  /** When watchers are told: once per animation frame (the first after silence at once), per microtask, or per event. Default 'frame'. */
  readonly flush?: 'frame' | 'microtask' | 'sync' | undefined;
  /** What no receipt and no room's state tells. */
  readonly onError?: ((error: RealtimeError) => void) | undefined;
  /** Clock, chance, frames, network, focus; what is missing is the platform's. Read once. */
  readonly host?: Partial<Host> | undefined;
}

export interface RealtimeClient extends Readable<RealtimeState> {
  readonly connection: Readable<RealtimeState['connection']>;
  /** A handle, inert until it is watched, entered or spoken through. */
  room<T = unknown, P extends object = Presence>(room: string | RoomRef<T, P>, options?: RoomOptions): RoomHandle<T, P>;
  /** Keeps the connection wanted until the undo is called. */
  retain(): Unsubscribe;
  connect(): void;
  /** Closes it, gives up what was not sent, and stays closed until `connect` or `reconnect`. */
  disconnect(code?: number, reason?: string): void;
  reconnect(): Promise<void>;
  /** Resolves when the outbox is at most half full and the wire holds little: a producer may go on. Never rejects. */
  drained(): Promise<void>;
  /**
   * Closes it, and keeps nothing of this user: what waits to be sent, messages, members and places of the rooms, what we show there,
   * our name on the server, the token. Stays closed until `connect` or `reconnect`, which begin as a stranger.
   */
  signOut(): void;
  /**
   * The end: disconnects, and keeps nothing for anybody who may come back. Rooms that are watched still stay, cut off;
   * `connect()` brings everything back.
   */
  close(): void;
}
