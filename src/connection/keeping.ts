// An outbox that outlives its page: where, and for whom it is kept. Knows nothing of what is sent.

import { RealtimeError } from '../base/error.js';
import { fingerprint } from '../base/fingerprint.js';
import type { Host } from '../base/host.js';
import { createKeep, type Keep, type Restored } from '../base/keep.js';
import type { KeyStorage } from '../base/storage.js';

export interface KeepingOptions {
  /** Keeps what waits over reloads and crashes: `localStorage()`, `indexedDB()`, or any `{ load, save }`. Read once. Default: nothing is kept. */
  readonly storage?: KeyStorage | undefined;
  /** Names the far end where its address is a function; what is kept for one is never sent to another. Default: the address. */
  readonly destination?: string | undefined;
  /** Who writes. What is kept for one user is never sent for another. */
  readonly user?: string | undefined;
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
  readonly onError: (error: RealtimeError) => void;
}

/** undefined: there is nothing to keep it in, or nobody to keep it for. */
export function startKeeping({ host, options, kind, address, restore, onError }: KeepingParts): Keep | undefined {
  const { storage, destination = address } = options;
  if (!storage) return undefined;
  if (destination === undefined) {
    const cure = 'the address is a function: name the far end by `outbox.destination`';
    onError(new RealtimeError('config', `The outbox is not kept over a reload: ${cure}.`));
    return undefined;
  }
  return createKeep({
    storage,
    // the address may carry what is nobody's business: only that it is the same is kept
    name: `roomtone:${kind}:${fingerprint(destination)}`,
    focus: host.focus,
    onRestored(restored) {
      const damaged = restore(restored);
      if (damaged > 0)
        onError(new RealtimeError('storage', `${damaged} messages of an earlier page are damaged, and were left out.`));
    },
    onError,
  });
}
