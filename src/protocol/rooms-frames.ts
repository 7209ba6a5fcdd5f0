// The rooms protocol as types (docs/protocol.md). Both ends import it. Reads nothing: that is read-frames.ts.

export const ROOMS_VERSION = 1;

/** A message's position in its room. Another epoch is another stream. */
export interface Place {
  readonly epoch: string;
  readonly offset: number;
}

/** Whom the server takes a client for. */
export interface User {
  readonly id: string;
  readonly [detail: string]: unknown;
}

/** What one connection shows in a room's presence. */
export interface PresenceEntry {
  readonly user: string;
  readonly connection: string;
  /** Grows with every change of this entry. */
  readonly n: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly joinedAt: number;
}

export type PresenceChange =
  | { readonly op: 'enter' | 'update'; readonly entry: PresenceEntry }
  | { readonly op: 'leave'; readonly user: string; readonly connection: string; readonly n: number };

export interface Limits {
  readonly maxMessageBytes: number;
  readonly maxRooms: number;
  readonly maxPresenceBytes: number;
  /** Messages that a room keeps. */
  readonly history: number;
  /** How long the same `id` is known: said again later, it is another message. */
  readonly dedupeMs?: number | undefined;
}

/** A message as the server tells it. */
export interface RoomFrame {
  readonly offset: number;
  readonly id: string;
  /** The user who published it; null: the server. */
  readonly from: string | null;
  readonly data: unknown;
  /** Milliseconds since 1970, by the server's clock. */
  readonly at: number;
  /** Default 'message'. */
  readonly type?: string | undefined;
}

export interface JoinFrame {
  readonly t: 'join';
  readonly room: string;
  readonly join: number;
  readonly since?: Place | undefined;
  readonly history?: number | undefined;
  readonly presence?: Readonly<Record<string, unknown>> | undefined;
}

export interface PublishFrame {
  readonly t: 'publish';
  readonly room: string;
  readonly id: string;
  readonly data: unknown;
  readonly type?: string | undefined;
}

export type ClientEvent =
  | {
      readonly t: 'hello';
      readonly v: number;
      readonly key: string;
      /** Grows with the wires of a client: a smaller one than the newest's is late. */
      readonly n?: number | undefined;
      readonly token?: string | undefined;
    }
  | { readonly t: 'auth'; readonly token: string }
  | { readonly t: 'ping' }
  | { readonly t: 'pong' }
  | { readonly t: 'bye' }
  | JoinFrame
  | { readonly t: 'leave'; readonly room: string; readonly join: number }
  | PublishFrame
  | { readonly t: 'presence'; readonly room: string; readonly data: Readonly<Record<string, unknown>> | null }
  | { readonly t: 'members'; readonly room: string }
  | {
      readonly t: 'history';
      readonly room: string;
      readonly before: number;
      readonly limit: number;
      readonly request: number;
    };

export interface JoinedFrame extends Place {
  readonly t: 'joined';
  readonly room: string;
  readonly join: number;
  readonly messages: readonly RoomFrame[];
  /** Is anything older kept? */
  readonly more: boolean;
  readonly gap?: { readonly reason: 'expired' | 'epoch'; readonly missed: number | null } | undefined;
}

export type ErrorCode =
  | 'bad-request'
  | 'unsupported'
  | 'forbidden'
  | 'not-joined'
  | 'too-large'
  | 'too-many-rooms'
  | 'room-full'
  | 'rate-limited'
  | 'unavailable';

export interface ErrorFrame {
  readonly t: 'error';
  readonly code: ErrorCode;
  readonly message: string;
  readonly room?: string | undefined;
  readonly join?: number | undefined;
  readonly id?: string | undefined;
  readonly request?: number | undefined;
  readonly retryAfterMs?: number | undefined;
}

export interface WelcomeFrame {
  readonly t: 'welcome';
  readonly v: number;
  readonly user: User;
  /** What others call this client. */
  readonly connection: string;
  readonly limits: Limits;
  readonly heartbeatMs: number;
  readonly expiresInMs?: number | undefined;
}

export type ServerEvent =
  | WelcomeFrame
  | { readonly t: 'authed'; readonly expiresInMs?: number | undefined }
  | { readonly t: 'ping' }
  | { readonly t: 'pong' }
  | JoinedFrame
  | ({ readonly t: 'message'; readonly room: string } & RoomFrame)
  | (Place & { readonly t: 'ack'; readonly room: string; readonly id: string; readonly at: number })
  | ErrorFrame
  | { readonly t: 'members'; readonly room: string; readonly seq: number; readonly members: readonly PresenceEntry[] }
  | { readonly t: 'presence'; readonly room: string; readonly seq: number; readonly changes: readonly PresenceChange[] }
  | {
      readonly t: 'history';
      readonly room: string;
      readonly request: number;
      readonly messages: readonly RoomFrame[];
      readonly more: boolean;
    }
  | { readonly t: 'resync'; readonly room: string }
  | { readonly t: 'close'; readonly code: number; readonly reason: string };

/** The codes that end a connection, where no transport can say them. */
export const CLOSE = {
  notThisProtocol: 4400,
  unauthorized: 4401,
  forbidden: 4403,
  noCommonVersion: 4406,
  timeout: 4408,
  replaced: 4409,
  tooMuch: 4429,
} as const;

/** Several events as one frame; each is JSON already. */
export function frameOf(events: readonly string[]): string {
  return events.length === 1 ? (events[0] ?? '') : `[${events.join(',')}]`;
}
