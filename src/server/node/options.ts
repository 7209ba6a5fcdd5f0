// What a realtime server can be told, and what it tells. Serves nothing.

import type { IncomingMessage } from 'node:http';
import { RealtimeError } from '../../base/error.js';
import { checkLeast } from '../check.js';
import type { HistoryOptions } from '../hub.js';

/** Something worth a log line or a metric. */
export type ServerEvent =
  | { readonly type: 'joined' | 'left'; readonly room: string; readonly transport: 'websocket' | 'sse' | 'long-poll' }
  /** `cause`: what the `allowedOrigins` function threw. */
  | { readonly type: 'refused'; readonly status: number; readonly reason: string; readonly cause?: unknown }
  | { readonly type: 'invalid'; readonly room: string; readonly reason: string }
  | { readonly type: 'slow'; readonly room: string; readonly transport: 'websocket' | 'sse' };

export interface RealtimeServerOptions {
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
  /** Of one message. Default 1 MiB. */
  readonly maxMessageBytes?: number | undefined;
  /** A reader who has more than this waiting when the next message comes is let go. Default 1 MiB. */
  readonly maxBufferedBytes?: number | undefined;
  /** How often quiet links are kept alive; below the idle limit of every proxy on the way. Default 25,000. */
  readonly heartbeatMs?: number | undefined;
  /** The first wait that SSE clients are asked for after a drop. Default 1,000. */
  readonly retryMs?: number | undefined;
  /** Rooms at once. Default 10,000. */
  readonly maxRooms?: number | undefined;
  /** Hears what happens. */
  readonly onEvent?: ((event: ServerEvent) => void) | undefined;
}

interface Limits {
  readonly maxMessageBytes: number;
  readonly maxBufferedBytes: number;
  readonly heartbeatMs: number;
  readonly retryMs: number;
}

export interface Settings extends Limits {
  readonly allowedOrigins: NonNullable<RealtimeServerOptions['allowedOrigins']>;
}

/** With the defaults; throws `config` where something makes no sense. */
export function settingsOf(options: RealtimeServerOptions): Settings {
  const { allowedOrigins, maxMessageBytes = 2 ** 20, maxBufferedBytes = 2 ** 20 } = options;
  const { heartbeatMs = 25_000, retryMs = 1_000 } = options;
  checkLeast(1, { maxMessageBytes, maxBufferedBytes, heartbeatMs });
  checkLeast(0, { retryMs });
  const others =
    typeof allowedOrigins === 'function' || allowedOrigins === '*' ? allowedOrigins : originsOf(allowedOrigins);
  return { allowedOrigins: others, maxMessageBytes, maxBufferedBytes, heartbeatMs, retryMs };
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
