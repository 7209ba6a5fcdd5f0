// What a feed can be told: options and callbacks. Types only.

import type { RealtimeError } from '../base/error.js';
import type { End } from '../connection/status.js';
import type { Message } from '../protocol/plain.js';
import type { Schema } from '../protocol/schema.js';
import type { LinkOptions } from './link.js';

/** Continuity was lost: messages after this place are missing. */
export interface LinkGap {
  /** The last place that we had. */
  readonly after: string | undefined;
}

export interface FeedCallbacks<In = unknown> {
  readonly onMessage?: ((message: Message<In>) => void) | undefined;
  readonly onOpen?: (() => void) | undefined;
  /** Once per open that this feed saw, its own end included. */
  readonly onClose?: ((end: End) => void) | undefined;
  readonly onError?: ((error: RealtimeError) => void) | undefined;
  readonly onReconnect?: (() => void) | undefined;
  readonly onGap?: ((gap: LinkGap) => void) | undefined;
  /** A frame that the codec, the schema or a bound refused; the link goes on. */
  readonly onInvalid?: ((invalid: { readonly raw: unknown; readonly error: RealtimeError }) => void) | undefined;
}

/** What holds per feed, and per wire (`LinkOptions`). */
export interface FeedOptions<In = unknown, Out = unknown> extends LinkOptions<In, Out>, FeedCallbacks<In> {
  /** Validates, and may transform, what comes in. What it refuses goes to `onInvalid`. */
  readonly schema?: Schema<In> | undefined;
  /** Messages that it refuses do not exist for this feed. */
  readonly filter?: ((message: Message<In>) => boolean) | undefined;
  /** Names what a message is the newest value of; what waits to be shown gives way to a newer one of its name. Default: all are kept. */
  readonly conflate?: ((message: Message<In>) => string | undefined) | undefined;
  /** When watchers are told: once per animation frame (after silence within 2 ms, with what came together), per microtask, or per message. Default 'frame'. */
  readonly flush?: 'frame' | 'microtask' | 'sync' | undefined;
  /** How long the link is kept after its last feed left. Default 250. */
  readonly lingerMs?: number | undefined;
  /** Outages shorter than this do not show in `status`. Default 0. */
  readonly statusGraceMs?: number | undefined;
}
