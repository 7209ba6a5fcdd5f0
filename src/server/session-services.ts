// What all sessions of one server share, and what each is given. Does nothing itself.

import type { Clock } from '../base/clock.js';
import type { User } from '../protocol/rooms-frames.js';
import type { Awaitable, Backplane } from './backplane.js';
import type { Connections } from './connections.js';
import type { Encoder } from './encoder.js';

export type Action = 'join' | 'publish' | 'presence' | 'history';

/** A question of rights. */
export interface AuthorizeRequest {
  readonly user: User;
  readonly action: Action;
  readonly room: string;
}

/** Whom a client was taken for, and for how long. */
export interface Identity extends User {
  readonly expiresInMs?: number | undefined;
}

export interface SessionSettings {
  readonly maxMessageBytes: number;
  readonly maxPresenceBytes: number;
  readonly maxRoomsPerConnection: number;
  /** Messages that a room keeps. */
  readonly history: number;
  /** How long a message may be said again. */
  readonly dedupeMs: number;
  readonly heartbeatMs: number;
}

export interface SessionServices {
  readonly backplane: Backplane;
  readonly connections: Connections;
  readonly encoder: Encoder;
  readonly clock: Clock;
  readonly settings: SessionSettings;
  /** Throwing is no. */
  readonly authorize: (request: AuthorizeRequest) => Awaitable<boolean>;
}

/** One session's own world. */
export interface SessionWire {
  /** null: not with these credentials. Throwing: not now. */
  authenticate(token: string | undefined, key: string): Awaitable<Identity | null>;
  /** `asked`: it answers what the client asked for, however long that is. */
  send(frame: string, asked: boolean): void;
  /** Resolves when more may be asked for; undefined: now. */
  ready?(): Promise<void> | undefined;
  close(code: number, reason: string): void;
  /** A room was joined, or left. */
  readonly onRoom?: ((event: 'joined' | 'left', room: string) => void) | undefined;
}
