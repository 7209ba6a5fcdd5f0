// Sends of a plain link that outlive their page: how they are written down, and read again. Sends nothing.

import { RealtimeError } from '../base/error.js';
import type { Keep, Kept } from '../base/keep.js';
import { fromBase64, toBase64 } from '../protocol/base64.js';
import type { KeyStorage } from '../base/storage.js';
import type { KeptSend, KeptSends, KeptSendsParts } from './keeping.js';
import { startKeeping } from './start-keeping.js';

export function createKeptSends(storage: KeyStorage, parts: KeptSendsParts): KeptSends {
  const { host, options, address, restored, onError } = parts;
  const { clock } = host;
  let keep: Keep | undefined;

  const read = (text: string): (KeptSend & { readonly user: unknown }) | undefined => {
    const line = text.indexOf('\n');
    try {
      const [user, until, key, binary] = JSON.parse(text.slice(0, Math.max(0, line))) as readonly unknown[];
      const body = text.slice(line + 1);
      const data = binary ? fromBase64(body) : body;
      if (data === undefined || !(until === null || typeof until === 'number')) return undefined;
      const ttlMs = until === null ? Infinity : until - clock.wallNow();
      return { user, data, ttlMs, key: typeof key === 'string' ? key : undefined };
    } catch {
      return undefined;
    }
  };

  return {
    open() {
      keep ??= startKeeping(storage, {
        ...{ host, options: options(), kind: 'link', address: address(), onError },
        restore(found) {
          const { user = null } = options();
          const ours: (KeptSend & { readonly kept: Kept })[] = [];
          let [damaged, strange] = [0, 0];
          for (const { text, kept } of found) {
            const send = read(text);
            if (send?.user === user) {
              ours.push({ ...send, kept });
              continue;
            }
            if (send) strange++;
            else damaged++;
            kept.remove();
          }
          if (strange > 0)
            onError(
              new RealtimeError('lost', `${strange} messages of an earlier page were not sent: the user is another.`),
            );
          restored(ours);
          return damaged;
        },
      });
      keep?.open();
    },
    close: () => keep?.close(),
    add({ data, key = null, ttlMs }) {
      if (!keep) return undefined;
      const until = ttlMs < Infinity ? clock.wallNow() + ttlMs : null;
      const isText = typeof data === 'string';
      const head = JSON.stringify([options().user ?? null, until, key, isText ? 0 : 1]);
      return keep.add(`${head}\n${isText ? data : toBase64(data)}`);
    },
  };
}
