// What one room of a client is given. Types only.

import type { Clock } from '../base/clock.js';
import type { RealtimeError } from '../base/error.js';
import type { RoomGap, RoomMessage } from '../model/room.js';
import type { Limits } from '../protocol/rooms-frames.js';
import type { Attendance } from './attendance.js';
import type { Postage } from './parcel.js';
import type { RoomStore } from './room-store.js';

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
  readonly onMessage: (message: RoomMessage) => void;
  readonly onGap: (gap: RoomGap) => void;
  /** A refusal that no receipt tells. */
  readonly onError: (error: RealtimeError) => void;
  /** Nothing is on its way any more. */
  readonly onIdle: () => void;
}
