// What a realtime server can be told, and what it tells. Types and defaults only.

import type { IncomingMessage } from 'node:http';
import type { HistoryOptions } from '../hub.js';

/** Something worth a log line or a metric. */
export type ServerEvent =
  | { readonly type: 'joined' | 'left'; readonly room: string; readonly transport: 'websocket' | 'sse' | 'long-poll' }
  | { readonly type: 'refused'; readonly status: number; readonly reason: string }
  | { readonly type: 'invalid'; readonly room: string; readonly reason: string }
  | { readonly type: 'slow'; readonly room: string; readonly transport: 'websocket' | 'sse' };

export interface RealtimeServerOptions {
  /** What is kept per room, and how long. Default 100 messages, 5 minutes. */
  readonly history?: HistoryOptions | undefined;
  /**
   * Who may come from a page of another origin: a list of exact origins, a predicate, or '*' for everybody.
   * Default: the same origin only. Requests without `Origin` (not from browsers) are let in.
   */
  readonly allowedOrigins?:
    | readonly string[]
    | ((origin: string, request: IncomingMessage) => boolean)
    | '*'
    | undefined;
  /** Of one message. Default 1 MiB. */
  readonly maxMessageBytes?: number | undefined;
  /** What a slow reader may have waiting before it is let go. Default 1 MiB. */
  readonly maxBufferedBytes?: number | undefined;
  /** How often quiet links are kept alive; below the idle limit of every proxy on the way. Default 25,000. */
  readonly heartbeatMs?: number | undefined;
  /** The first wait that SSE clients are asked for after a drop. Default 1,000. */
  readonly retryMs?: number | undefined;
  /** Rooms at once. Default 10,000. */
  readonly maxRooms?: number | undefined;
  /** Hears what happens; must not throw. */
  readonly onEvent?: ((event: ServerEvent) => void) | undefined;
}

export interface Defaults {
  readonly maxMessageBytes: number;
  readonly maxBufferedBytes: number;
  readonly heartbeatMs: number;
  readonly retryMs: number;
}

export const defaults: Defaults = {
  maxMessageBytes: 2 ** 20,
  maxBufferedBytes: 2 ** 20,
  heartbeatMs: 25_000,
  retryMs: 1_000,
};
