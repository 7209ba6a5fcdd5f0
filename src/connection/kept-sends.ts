// Sends of a plain link that outlive their page: how they are written down, and read again. Sends nothing.

import type { Host } from '../base/host.js';
import { RealtimeError } from '../base/error.js';
import type { Keep, Kept } from '../base/keep.js';
import { fromBase64, toBase64 } from '../protocol/base64.js';
import type { Data } from '../transport/transport.js';
import { type KeepingOptions, startKeeping } from './keeping.js';

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

export function createKeptSends({ host, options, address, restored, onError }: KeptSendsParts): KeptSends {
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
      keep ??= startKeeping({
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
