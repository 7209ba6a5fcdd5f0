// What keeps an outbox over the end of its page, and what it is asked for. Types only.

import type { RealtimeError } from '../base/error.js';
import type { Host } from '../base/host.js';
import type { Keep, Kept, Restored } from '../base/keep.js';
import type { Data } from '../transport/transport.js';

export interface KeepingOptions {
  /** Keeps what waits over reloads and crashes: `localStorage()`, `indexedDB()`, or `keyStorage({ load, save })`. Read once. Default: nothing is kept. */
  readonly storage?: OutboxStorage | undefined;
  /** Names the far end where its address is a function; what is kept for one is never sent to another. Default: the address. */
  readonly destination?: string | undefined;
  /** Who writes. What is kept for one user is never sent for another. */
  readonly user?: string | undefined;
}

/** What keeps an outbox. Opaque: made by `localStorage()`, `indexedDB()` and `keyStorage()`, so that only who uses one has its code. */
export interface OutboxStorage {
  readonly start: (parts: KeepingParts) => Keep | undefined;
  readonly sends: (parts: KeptSendsParts) => KeptSends;
}

export interface KeepingParts {
  readonly host: Pick<Host, 'focus'>;
  readonly options: KeepingOptions;
  /** Of a kind nothing is read as of another. */
  readonly kind: 'rooms' | 'link';
  /** Where everything goes; undefined: a function says it, anew each time. */
  readonly address: string | undefined;
  /** What an earlier page left; returns how many of them are nothing that we wrote. */
  readonly restore: (restored: readonly Restored[]) => number;
  /** Everything was handed over that could be found. */
  readonly ready?: (() => void) | undefined;
  readonly onError: (error: RealtimeError) => void;
}

/** A send that waits. */
export interface KeptSend {
  readonly data: Data;
  readonly key?: string | undefined;
  /** How long it may still wait. */
  readonly ttlMs: number;
}

export interface KeptSends {
  /** Begins to keep, and hands over what earlier pages left. */
  open(): void;
  close(): void;
  /** Writes it down; undefined: nothing is kept here. */
  add(send: KeptSend): Kept | undefined;
}

export interface KeptSendsParts {
  readonly host: Pick<Host, 'clock' | 'focus'>;
  readonly options: () => KeepingOptions;
  readonly address: () => string | undefined;
  /** They come before whatever this page sends. */
  readonly restored: (sends: readonly (KeptSend & { readonly kept: Kept })[]) => void;
  readonly onError: (error: RealtimeError) => void;
}
