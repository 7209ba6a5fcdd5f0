// An outbox that outlives its page: where, and for whom it is kept. Knows nothing of what is sent.

import { RealtimeError } from '../base/error.js';
import { fingerprint } from '../base/fingerprint.js';
import { createKeep, type Keep } from '../base/keep.js';
import type { KeyStorage } from '../base/storage.js';
import type { KeepingParts } from './keeping.js';

/** undefined: there is nobody to keep it for. */
export function startKeeping(storage: KeyStorage, parts: KeepingParts): Keep | undefined {
  const { host, options, kind, address, restore, ready, onError } = parts;
  const { destination = address } = options;
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
    onReady: ready,
    onError,
  });
}
