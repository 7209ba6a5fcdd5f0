// What a sender gets back: an honest verdict now, a receipt later.

import type { RealtimeError } from '../base/error.js';

export interface SendOptions {
  /** While it waits in the outbox, a later send with the same key takes its place. */
  readonly key?: string | undefined;
  /** How long it may wait. Default: `outbox.ttlMs`. */
  readonly ttlMs?: number | undefined;
  /** Never wait: sent now, or dropped. */
  readonly volatile?: boolean | undefined;
  /** Withdraws it, if it has not left. */
  readonly signal?: AbortSignal | undefined;
}

export interface Receipt {
  /** `sent`: given to the wire. `cancelled`: withdrawn, or replaced by a later send with its key. */
  readonly status: 'sent' | 'dropped' | 'cancelled';
  /** Why it was dropped. */
  readonly error?: RealtimeError | undefined;
}

export interface Delivery {
  /** Where it is now. */
  readonly verdict: 'sent' | 'queued' | 'dropped';
  /** Resolves once, never rejects. */
  readonly done: Promise<Receipt>;
  /** Withdraws it; false if it has left already. */
  cancel(): boolean;
}

export function settled(receipt: Receipt & { readonly status: 'sent' | 'dropped' }): Delivery {
  return { verdict: receipt.status, done: Promise.resolve(receipt), cancel: () => false };
}
