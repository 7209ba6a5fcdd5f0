// Sends of a plain link that outlive their page: how they are written down, and read again. Sends nothing.

import { RealtimeError } from '../base/error.js';
import type { Keep, Kept, Restored } from '../base/keep.js';
import { fromBase64, toBase64 } from '../protocol/base64.js';
import type { KeyStorage } from '../base/storage.js';
import type { KeptSend, KeptSends, KeptSendsParts } from './keeping.js';
import { startKeeping } from './start-keeping.js';

export function createKeptSends(storage: KeyStorage, parts: KeptSendsParts): KeptSends {
  const { host, options, address, restored, onError } = parts;
  const { clock } = host;
  let keep: Keep | null | undefined; // null: there is nobody to keep it for, and that was told

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

  const restore = (found: readonly Restored[]): number => {
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
      onError(new RealtimeError('lost', `${strange} messages of an earlier page were not sent: the user is another.`));
    restored(ours);
    return damaged;
  };
  /** Also before it is opened: what is sent by then is written down with the opening. */
  const start = (): Keep | null => {
    if (keep !== undefined) return keep;
    const about = { host, options: options(), kind: 'link', address: address(), restore, onError } as const;
    return (keep = startKeeping(storage, about) ?? null);
  };

  return {
    open: () => start()?.open(),
    close: () => keep?.close(),
    add({ data, key = null, ttlMs }) {
      const until = ttlMs < Infinity ? clock.wallNow() + ttlMs : null;
      const isText = typeof data === 'string';
      const head = JSON.stringify([options().user ?? null, until, key, isText ? 0 : 1]);
      return start()?.add(`${head}\n${isText ? data : toBase64(data)}`);
    },
  };
}
