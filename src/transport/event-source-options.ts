// What an event stream can be told. Types only.

import type { Endpoint } from './credentials.js';
import type { RequestOptions } from './request.js';

/** The part of its events that is used; only those that the server sent have data. */
export interface EventSourceEvent {
  readonly type: string;
  readonly data?: unknown;
  readonly lastEventId?: string;
}
/** The part of an EventSource that is used. */
export interface EventSourceLike {
  readonly readyState: number;
  addEventListener(type: string, listener: (event: EventSourceEvent) => void): void;
  close(): void;
}
export type EventSourceConstructor = new (url: string, init?: { withCredentials?: boolean }) => EventSourceLike;

export interface EventSourceOptions extends RequestOptions {
  /** Only events of these types are messages. Default: all; with 'native': `message` alone. */
  readonly events?: readonly string[] | undefined;
  /** Where to begin: sent as `Last-Event-ID` until the stream gives an id of its own. */
  readonly lastEventId?: string | undefined;
  /** 'fetch' (default) or the platform's own EventSource, with its rules. Read once. */
  readonly implementation?: 'fetch' | 'native' | undefined;
  /** Default: the global one; for 'native' only. */
  readonly EventSource?: EventSourceConstructor | undefined;
  /** Where `send` posts to. Default: nowhere, sends are refused. */
  readonly uplink?: Endpoint | undefined;
}
