// What one room of a client is given, and what it is. Types only.

import type { Clock } from '../base/clock.js';
import type { RealtimeError } from '../base/error.js';
import type { RoomGap } from '../model/room.js';
import type { ErrorFrame, Limits, RoomFrame, ServerEvent } from '../protocol/rooms-frames.js';
import type { Attendance } from './attendance.js';
import type { OwnPresence } from './own-presence.js';
import type { Pager } from './pager.js';
import type { Postage } from './parcel.js';
import type { Publisher } from './publisher-parts.js';
import type { RoomStore } from './room-store.js';

export interface RoomLink {
  readonly store: RoomStore;
  readonly own: OwnPresence;
  readonly publisher: Publisher;
  readonly pager: Pager;
  /** Why nothing can be said here any more. */
  readonly refusal: RealtimeError | undefined;
  /** It was denied, and somebody wants it anew. */
  retry(): void;
  /** Another user comes, or (`signed out`) nobody: nothing of the one before is shown to, or sent for, the next. */
  forget(why: 'another user' | 'signed out'): void;
  /** The server knows us: join. */
  welcomed(user: string, connection: string): void;
  /** The wire is gone, and another will come. */
  cut(): void;
  hear(event: ServerEvent & { readonly room: string }): void;
  /** An error about this room. */
  refused(frame: ErrorFrame): void;
  /** Presence has a hole: everything is asked for, once. */
  askMembers(): void;
  /** Nobody wants it any more. */
  close(): void;
}

export interface RoomLinkParts {
  readonly id: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly store: RoomStore;
  /** Messages to ask for with a join. */
  readonly limit: () => number;
  readonly throttleMs: () => number;
  readonly nextJoin: () => number;
  readonly say: (event: object | string) => () => boolean;
  readonly postage: Postage;
  /** What is said now would wait. */
  readonly busy: () => boolean;
  /** What the server of this wire takes. */
  readonly limits: () => Pick<Limits, 'maxMessageBytes' | 'maxPresenceBytes'>;
  /** Things as the schemas make them; what they refuse is left out, and told. */
  readonly fit: Pick<Attendance, 'message' | 'entries' | 'changes'>;
  readonly onMessage: (frame: RoomFrame) => void;
  readonly onGap: (gap: RoomGap) => void;
  /** A refusal that no receipt tells. */
  readonly onError: (error: RealtimeError) => void;
  /** Nothing is on its way any more. */
  readonly onIdle: () => void;
}
