// The way out of a connection: straight to the wire, or through the outbox. Knows nothing of phases.

import type { Clock } from '../base/clock.js';
import { RealtimeError } from '../base/error.js';
import { createOutbox, type Entry, type OutboxOptions } from '../base/outbox.js';
import type { Data } from '../transport/transport.js';
import { type Delivery, type Receipt, type SendOptions, settled } from './delivery.js';

export interface SenderParts {
  readonly clock: Clock;
  readonly options: () => OutboxOptions;
  /** Puts it on the wire; false: not now. */
  readonly write: (data: Data) => boolean;
  /** Why nothing can be sent, now or later. */
  readonly refusal: () => RealtimeError | undefined;
  /** The number of waiting sends, or the next expiry, changed. */
  readonly changed: () => void;
}

export interface Sender {
  send(data: Data, options?: SendOptions): Delivery;
  /** Whatever is sent inside `run` goes before what waits. */
  ahead(run: () => void): void;
  drain(): void;
  expire(): void;
  clear(error: RealtimeError): void;
  readonly nextExpiry: number;
  readonly size: number;
}

export function createSender({ clock, options, write, refusal, changed }: SenderParts): Sender {
  interface Sending {
    readonly data: Data;
    readonly settle: (receipt: Receipt) => void;
  }
  const outbox = createOutbox<Sending>();
  let first = false;
  let blocked = false; // one that was to go first had to wait, and the next ones wait behind it

  const withdraw = (entry: Entry<Sending>): boolean => {
    if (!outbox.remove(entry)) return false;
    entry.item.settle({ status: 'cancelled' });
    changed();
    return true;
  };

  return {
    send(data, { key, ttlMs, volatile, signal } = {}) {
      const error = refusal();
      if (error) return settled({ status: 'dropped', error });
      if (signal?.aborted) return { ...settled({ status: 'dropped' }), done: Promise.resolve({ status: 'cancelled' }) };
      if ((first ? !blocked : outbox.size === 0) && write(data)) {
        if (key !== undefined && outbox.size > 0) {
          outbox.supersede(key);
          changed();
        }
        return settled({ status: 'sent' });
      }
      if (volatile)
        return settled({
          status: 'dropped',
          error: new RealtimeError('lost', 'Volatile, and there was no link to send it on.'),
        });

      let settle!: (receipt: Receipt) => void;
      const done = new Promise<Receipt>((resolve) => (settle = resolve));
      const wait = ttlMs ?? options().ttlMs ?? Infinity;
      const onAbort = (): void => void withdraw(entry);
      const entry: Entry<Sending> = {
        key,
        bytes: typeof data === 'string' ? data.length : data.byteLength,
        // NaN would ring for ever
        expiresAt: clock.now() + (wait || 0),
        item: {
          // as it is now: what waits must not change under the hands of its owner
          data: typeof data === 'string' ? data : data.slice(),
          settle(receipt) {
            signal?.removeEventListener('abort', onAbort);
            settle(receipt);
          },
        },
        dropped: (why) => entry.item.settle(why ? { status: 'dropped', error: why } : { status: 'cancelled' }),
      };
      blocked = first;
      const verdict = outbox.push(entry, options()) ? 'queued' : 'dropped';
      if (verdict === 'queued') signal?.addEventListener('abort', onAbort);
      changed();
      return { verdict, done, cancel: () => withdraw(entry) };
    },
    ahead(run) {
      first = true;
      outbox.ahead(run);
      first = blocked = false;
    },
    drain() {
      if (outbox.size === 0) return;
      outbox.expire(clock.now());
      // what was opened may be another transport than the one that it waited for
      const error = refusal();
      if (error) outbox.clear(error);
      outbox.drain((entry) => {
        if (!write(entry.item.data)) return false;
        entry.item.settle({ status: 'sent' });
        return true;
      });
      changed();
    },
    expire() {
      if (clock.now() < outbox.nextExpiry) return;
      outbox.expire(clock.now());
      changed();
    },
    clear(error) {
      if (outbox.size === 0) return;
      outbox.clear(error);
      changed();
    },
    get nextExpiry() {
      return outbox.nextExpiry;
    },
    get size() {
      return outbox.size;
    },
  };
}
