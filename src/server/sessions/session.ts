// What is known of one session. Does nothing.

import type { Cancel } from '../../base/clock.js';
import type { User } from '../../protocol/rooms-frames.js';
import type { Connection } from './connections.js';
import type { Guest } from './desk.js';
import type { Taken } from './intake.js';
import type { Line } from './outbound.js';
import type { SessionWire } from './session-services.js';
import type { Paced } from './throttle.js';

export interface Session {
  /** What the client said. */
  receive(frame: string): void;
  /** The wire is gone. What came over it counts still; the client has its grace to come back. */
  lost(): void;
  /** The client ended it: when what it said before is done, others hear of it. */
  bye(): void;
  /** The server ends it. */
  close(code: number, reason: string): void;
}

/** All that one session has: its functions are those of all, and scopes of its own would cost more than this. */
export interface Live<V> extends Session, Line, Paced, Taken {
  readonly wire: SessionWire;
  readonly visitor: V;
  state: 'on' | 'lost' | 'over';
  /** Since its hello: who it is to others. */
  connection: Connection | undefined;
  user: User | undefined;
  key: string;
  seats: Guest['seats'];
  /** Frames that wait; undefined: none is being read. */
  queue: string[] | undefined;
  /** Characters of those. */
  queued: number;
  /** Of the hello that must come, later of the credentials that expire. */
  cancelTimer: Cancel | undefined;
  /** A flood is no flood of reports. */
  mayReport: (() => boolean) | undefined;
}
export type Greeted<V> = Live<V> & Guest;

export const isGreeted = <V>(session: Live<V>): session is Greeted<V> => session.connection !== undefined;
