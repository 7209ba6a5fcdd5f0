// What all sessions of one server share, and what each is given. Does nothing itself.

import type { Clock } from '../../base/clock.js';
import type { RateLimit } from '../../base/token-bucket.js';
import type { ErrorCode, User } from '../../protocol/rooms-frames.js';
import type { Awaitable, Backplane } from '../backplane.js';
import type { Buckets } from '../buckets.js';
import type { Connections } from './connections.js';
import type { Encoder } from '../encoder.js';

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

/** No, and with which code: 4401 asks for other credentials, 4403 for nobody's. */
export interface Denial {
  /** 4401, 4403, or one of your own from 3000 to 4999; 1013: not now. */
  readonly refuse: number;
  /** Up to 123 bytes, shown to the client. */
  readonly reason?: string | undefined;
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
  /** A wire without a hello is closed then. */
  readonly helloTimeoutMs: number;
}

/** How fast clients may go on. */
export interface Rates {
  /** Of one client; its bucket lives with its connection. */
  readonly limit: RateLimit;
  readonly rooms: Buckets;
  /** So many of a client's messages may wait that were refused, and so many refusals more than it was told to wait for. */
  readonly maxRefusals: number;
}

export interface DeskServices {
  readonly backplane: Backplane;
  readonly connections: Connections;
  readonly encoder: Encoder;
  readonly settings: SessionSettings;
  /** Throwing is no. */
  readonly authorize: (request: AuthorizeRequest) => Awaitable<boolean>;
  /** Hears what the host's functions and the backplane threw: clients are only told that it was not now, or not for them. */
  readonly onError?: ((cause: unknown, room: string | null) => void) | undefined;
}

/** `V`: what is known of a visitor, of whom a session is. */
export interface SessionServices<V> extends DeskServices {
  readonly clock: Clock;
  /** Runs something in the next turn of the event loop. Default: soon, where there is no network to share that with. */
  readonly soon?: ((run: () => void) => void) | undefined;
  /** Default: no limit. */
  readonly rates?: Rates | undefined;
  /** null: not with these credentials. Throwing: not now. */
  readonly authenticate: (token: string | undefined, key: string, visitor: V) => Awaitable<Identity | Denial | null>;
  /** Something that was asked for is not given. */
  readonly onRefused?: ((code: ErrorCode, reason: string, room: string | undefined, visitor: V) => void) | undefined;
  /** A room was joined, or left. */
  readonly onRoom?: ((event: 'joined' | 'left', room: string, visitor: V) => void) | undefined;
  /** The server ends a session. */
  readonly onClose?: ((code: number, reason: string, visitor: V) => void) | undefined;
}

/** What a session says goes there. There may be ten thousands: let them share their functions, and use `this`. */
export interface SessionWire {
  /** `asked`: it answers what the client asked for, however long that is. */
  send(frame: string, asked: boolean): void;
  /** Resolves when more may be asked for; undefined: now. */
  ready?(): Promise<void> | undefined;
  /** Resolves when little waits for the reader; undefined: now. Until then presence is held back, and told whole. */
  calm?(): Promise<void> | undefined;
  /** More is said than is handled: it need not be read for now. */
  pause?(): void;
  resume?(): void;
  close(code: number, reason: string): void;
}
