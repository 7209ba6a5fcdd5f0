// A send that waits: its data as they were, where it is written down, and its one end. Knows no queue.

import type { RealtimeError } from '../base/error.js';
import type { Kept } from '../base/keep.js';
import type { Entry } from '../base/outbox.js';
import type { Data } from '../transport/transport.js';
import type { Receipt } from './delivery.js';
import type { KeptSend } from './keeping.js';

export interface Sending {
  readonly data: Data;
  /** It waits no longer. Called once at most that counts. */
  settle(receipt: Receipt): void;
  /** It is written down: its end takes that away. */
  keep(kept: Kept | undefined): void;
}

export const bytesOf = (data: Data): number => (typeof data === 'string' ? data.length : data.byteLength);

export function waitingSend(
  data: Data,
  key: string | undefined,
  expiresAt: number,
  ended: (receipt: Receipt) => void,
): Entry<Sending> {
  let kept: Kept | undefined;
  const item: Sending = {
    // as it is now: what waits must not change under the hands of its owner
    data: typeof data === 'string' ? data : data.slice(),
    settle(receipt) {
      kept?.remove();
      ended(receipt);
    },
    keep: (given) => void (kept = given),
  };
  return {
    ...{ item, key, expiresAt, bytes: bytesOf(data) },
    dropped: (why) => item.settle(why ? { status: 'dropped', error: why } : { status: 'cancelled' }),
  };
}

/** One of an earlier page: nobody waits for its receipt, so that what becomes of it is told otherwise. */
export function restoredSend(
  { data, key, ttlMs, kept }: KeptSend & { readonly kept: Kept },
  now: number,
  lost: (error: RealtimeError) => void,
): Entry<Sending> {
  const entry = waitingSend(data, key, now + (ttlMs || 0), ({ error }) => error && lost(error));
  entry.item.keep(kept);
  return entry;
}
