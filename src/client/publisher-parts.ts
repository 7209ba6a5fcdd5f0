// What a publisher is given, and what it is. Types only.

import type { Clock } from '../base/clock.js';
import type { RealtimeError } from '../base/error.js';
import type { Kept } from '../base/keep.js';
import type { Postage } from './parcel.js';
import type { Found, Publication } from './publication.js';
import type { RoomDelivery, RoomReceipt } from './room-handle.js';

export interface Publisher {
  /** Throws `overflow` where the outbox is full and that is its policy. */
  publish(publication: Publication): RoomDelivery;
  /** What an earlier page wrote down, and left to us. */
  adopt(found: Found, kept: Kept): void;
  has(id: string): boolean;
  /** The room is joined on a new wire, or what earlier pages left is known: everything of this user that waits is said, in order. */
  resume(): void;
  /** The wire is gone: what was said may have arrived or not. */
  cut(): void;
  acknowledged(id: string, offset: number): void;
  /** `retryAfterMs`: it may be said again then. */
  refused(id: string, error: RealtimeError, retryAfterMs?: number): void;
  /** Nothing will be sent any more. */
  clear(error: RealtimeError): void;
}

export interface PublisherParts {
  readonly clock: Clock;
  readonly room: string;
  readonly postage: Postage;
  /** May anything be said in the room now? */
  readonly isJoined: () => boolean;
  /** Puts an event on the wire; returns its withdrawal. */
  readonly say: (event: string) => () => boolean;
  /** What is said now would wait. */
  readonly busy: () => boolean;
  /** Bytes that the server takes. */
  readonly most: () => number;
  /** It ended otherwise than by an acknowledgement. */
  readonly failed: (receipt: RoomReceipt) => void;
  /** It is none of the present user's. */
  readonly hide: (id: string) => void;
  /** Nothing is on its way any more. */
  readonly idle: () => void;
}
