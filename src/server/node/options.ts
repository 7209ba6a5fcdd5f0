// What a realtime server can be told, and what it tells. Serves nothing.

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { RealtimeError } from '../../base/error.js';
import type { ErrorCode } from '../../protocol/rooms-frames.js';
import type { Awaitable, Backplane } from '../backplane.js';
import { checkLeast } from '../check.js';
import type { HistoryOptions } from '../hub.js';
import type { DedupeOptions } from '../ledger.js';
import type { AuthorizeRequest, Denial, Identity } from '../sessions/session-services.js';
import { type Limits, type LimitOptions, limitsOf } from './limits.js';
import type { Webhooks } from './webhooks/webhook-options.js';

/**
 * Something worth a log line or a number. `room` is null where it is not about one: a client of the rooms protocol is in many.
 * Told synchronously, and much of it often: a listener must be quick.
 */
export type ServerEvent =
  /** A wire; `code` is null where it has none: over HTTP, and where nothing was said. A plain long poll is one while it is held. */
  | { readonly type: 'connected'; readonly transport: TransportName }
  | { readonly type: 'disconnected'; readonly transport: TransportName; readonly code: number | null }
  | { readonly type: 'joined' | 'left'; readonly room: string; readonly transport: TransportName }
  /** Said on this server, and new. `bytes` of its JSON, or of the bytes that it is. */
  | { readonly type: 'published'; readonly room: string; readonly bytes: number }
  /**
   * Handed to so many readers of this server: all of a room in one turn of the event loop, `count` is over its messages too.
   * `afterMs`: since the oldest of them was published, by the wall clocks of the two servers if those are two.
   */
  | { readonly type: 'delivered'; readonly room: string; readonly count: number; readonly afterMs: number }
  /** A reader came back with its place and has missed nothing: it was given so many. Polls that go on are not told. */
  | { readonly type: 'recovered'; readonly room: string; readonly messages: number }
  /** Something is missing that cannot be had any more: too old, of another epoch, or what rooms stand on was out of reach. */
  | {
      readonly type: 'gap';
      readonly room: string;
      readonly reason: 'expired' | 'epoch' | 'backplane';
      /** How many messages, where that is known. */
      readonly missed: number | null;
    }
  | {
      readonly type: 'refused';
      /** The HTTP status, or what stands in its place where a frame is refused: a code of the rooms protocol. */
      readonly status: number | ErrorCode;
      readonly reason: string;
      readonly room?: string | undefined;
      /** Whose pages `allowedOrigins` did not let in. */
      readonly origin?: string | undefined;
      /** What the `allowedOrigins` function threw. */
      readonly cause?: unknown;
    }
  | { readonly type: 'invalid'; readonly room: string | null; readonly reason: string }
  | { readonly type: 'slow'; readonly room: string | null; readonly transport: TransportName }
  /** `authenticate`, `authorize` or what rooms stand on has failed: clients hear only that it was not now. */
  | { readonly type: 'error'; readonly room: string | null; readonly reason: string; readonly cause: unknown };

/** `poll` is a client of the rooms protocol that polls, held or not. */
export type TransportName = 'websocket' | 'sse' | 'long-poll' | 'poll';

/** Who comes, as far as one can tell. */
export interface Credentials {
  /** Of the request that opened the wire. */
  readonly headers: IncomingHttpHeaders;
  readonly url: string;
  /** What the client said in its hello; a plain link in its `Authorization`, or as `access_token` in its address. */
  readonly token: string | undefined;
  /** By `addressOf`. */
  readonly remoteAddress: string | undefined;
}

export interface RealtimeServerOptions extends LimitOptions {
  /** What is kept per room, and how long. Default 100 messages, 5 minutes, 64 MiB for all rooms together. */
  readonly history?: HistoryOptions | undefined;
  /**
   * Which pages may come: those of the same origin and of the listed ones (default: none), those that a predicate takes
   * (then its word is final), or all, with '*', but without cookies. Requests without `Origin` are not from pages.
   */
  readonly allowedOrigins?:
    | readonly string[]
    | ((origin: string, request: IncomingMessage) => boolean)
    | '*'
    | undefined;
  /** How often quiet links are kept alive; below the idle limit of every proxy on the way. Default 25,000. */
  readonly heartbeatMs?: number | undefined;
  /** The first wait that SSE clients are asked for after a drop. Default 1,000. */
  readonly retryMs?: number | undefined;
  /** Rooms at once. Default 10,000. */
  readonly maxRooms?: number | undefined;
  /**
   * Whom a client is taken for: `{ id, … }`, told whole to one of the rooms protocol, with `expiresInMs` where
   * the credentials do not hold for ever. null: nobody (4401), and `{ refuse: code, reason }` says it in words of your own.
   * Throwing: not now (1013). Default: everybody is somebody anonymous, the same one for the same client.
   */
  readonly authenticate?: ((credentials: Credentials) => Awaitable<Identity | Denial | null>) | undefined;
  /** What a user may do in a room. Throwing is no. Default: everything. */
  readonly authorize?: ((request: AuthorizeRequest) => Awaitable<boolean>) | undefined;
  /** How long a client whose wire was lost may take to come back before others hear of it. Default 5,000. */
  readonly presenceGraceMs?: number | undefined;
  /** How long, and of how many messages, a room knows that it has them. Default 5 minutes, 10,000. */
  readonly dedupe?: DedupeOptions | undefined;
  /** What rooms stand on, yours to close. Default: `memory()` with the options above, closed with the server. */
  readonly backplane?: Backplane | undefined;
  /** When a client of the rooms protocol that polls and does not come again is taken for lost. Default 30,000. */
  readonly pollIdleMs?: number | undefined;
  /**
   * Paths to which other services POST what happened there, signed: verified, it is published to a room, once. `attach` and
   * `middleware` take these paths beside their own. Default: none.
   */
  readonly webhooks?: Webhooks | undefined;
  /** Hears what happens. */
  readonly onEvent?: ((event: ServerEvent) => void) | undefined;
}

export interface Settings extends Limits {
  readonly heartbeatMs: number;
  readonly retryMs: number;
  readonly presenceGraceMs: number;
  readonly pollIdleMs: number;
  readonly allowedOrigins: NonNullable<RealtimeServerOptions['allowedOrigins']>;
}

/** With the defaults; throws `config` where something makes no sense. */
export function settingsOf(options: RealtimeServerOptions): Settings {
  const { allowedOrigins, heartbeatMs = 25_000, retryMs = 1_000 } = options;
  const { presenceGraceMs = 5_000, pollIdleMs = 30_000 } = options;
  checkLeast(1, { heartbeatMs, pollIdleMs });
  checkLeast(0, { retryMs, presenceGraceMs });
  if (options.backplane !== undefined && typeof options.backplane?.publish !== 'function')
    throw new RealtimeError('config', "`backplane` is an object, such as `redis('redis://…')`.");
  for (const name of ['authenticate', 'authorize', 'onEvent'] as const)
    if (options[name] !== undefined && typeof options[name] !== 'function')
      throw new RealtimeError('config', `\`${name}\` is a function.`);
  const others =
    typeof allowedOrigins === 'function' || allowedOrigins === '*' ? allowedOrigins : originsOf(allowedOrigins);
  return { ...limitsOf(options), allowedOrigins: others, heartbeatMs, retryMs, presenceGraceMs, pollIdleMs };
}

/** As browsers write them, or they would never match. */
function originsOf(listed: string | readonly string[] = []): readonly string[] {
  const origins = [listed].flat();
  for (const origin of origins)
    if (!/^[a-z][a-z\d+.-]*:\/\/[^/?#A-Z]+$/.test(origin))
      throw new RealtimeError(
        'config',
        `\`allowedOrigins\` lists origins like 'https://app.example' or 'http://localhost:3000', not '${origin}'.`,
      );
  return origins;
}
