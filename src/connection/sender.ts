// The way out of a connection: straight to the wire, or through the outbox, in groups and at a pace. Knows nothing of phases.

import type { Clock } from '../base/clock.js';
import { RealtimeError } from '../base/error.js';
import type { Kept } from '../base/keep.js';
import { createOutbox, type Entry, type OutboxOptions } from '../base/outbox.js';
import { createWaiters } from '../base/waiters.js';
import type { Data } from '../transport/transport.js';
import { type Delivery, type Receipt, type SendOptions, settled } from './delivery.js';
import { type BatchOptions, createGroups, MAX_SIZE } from './groups.js';
import type { KeepingOptions, KeptSend, KeptSends } from './keeping.js';
import { bytesOf, restoredSend, type Sending, waitingSend } from './waiting-send.js';
import { createPace, LOOK_MS, type PaceOptions } from './pace.js';

export interface SenderOptions extends PaceOptions {
  readonly outbox?: (OutboxOptions & KeepingOptions) | undefined;
  /** Groups messages into frames. Default: each is a frame of its own, and leaves at once. */
  readonly batch?: BatchOptions | undefined;
}

export interface SenderParts {
  readonly clock: Clock;
  readonly options: () => SenderOptions;
  /** Puts it on the wire; false: not now. */
  readonly write: (data: Data) => boolean;
  /** Many as one. */
  readonly group: (frames: readonly Data[]) => Data;
  /** Bytes that the wire still holds. */
  readonly bufferedAmount: () => number;
  /** Why nothing can be sent, now or later. */
  readonly refusal: () => RealtimeError | undefined;
  /** Writes it down, where what waits outlives the page. */
  readonly keep: KeptSends['add'];
  /** A send of an earlier page, for whose receipt nobody waits, will not leave. */
  readonly lost: (error: RealtimeError) => void;
  /** The number of waiting sends, or `dueAt`, changed. */
  readonly changed: () => void;
}

export interface Sender {
  send(data: Data, options?: SendOptions): Delivery;
  /** Whatever is sent inside `run` goes before what waits. */
  ahead(run: () => void): void;
  drain(): void;
  /** What an earlier page left goes before everything else. */
  restore(sends: readonly (KeptSend & { readonly kept: Kept })[]): void;
  /** Something is due. */
  tick(): void;
  clear(error: RealtimeError): void;
  /** Resolves when nothing waits and the wire holds little. Never rejects. */
  drained(): Promise<void>;
  readonly dueAt: number;
  readonly size: number;
}

const lostAs = (why: string): RealtimeError => new RealtimeError('lost', why);

export function createSender(parts: SenderParts): Sender {
  const { clock, options, write, refusal, keep, lost } = parts;
  const outbox = createOutbox<Sending>();
  const pace = createPace(clock, options, parts.bufferedAmount);
  const groups = createGroups({ outbox, pace, batch: () => options().batch, group: parts.group });
  let first = false;
  let blocked = false; // one that was to go first had to wait, and the next ones wait behind it
  let wakeAt = Infinity; // when what waits is looked at again, whatever the wire says
  let gathering = false; // a group, until the end of this tick
  let draining = false; // what is written may be answered at once, and the answer may send
  const waiters = createWaiters();
  let user: string | undefined; // who wrote what waits, as far as somebody said so

  const changed = (): void => {
    if (outbox.size === 0) wakeAt = Infinity;
    if (waiters.size > 0 && outbox.size === 0) {
      if (pace.isCalm) waiters.release();
      else wakeAt = clock.now() + LOOK_MS;
    }
    parts.changed();
  };
  const clear = (error: RealtimeError): void => {
    if (outbox.size === 0) return;
    outbox.clear(error);
    changed();
  };
  /** What one user wrote is not sent by the next. */
  const heedUser = (): void => {
    const before = user;
    user = options().outbox?.user;
    if (before !== undefined && before !== user) clear(lostAs('Not sent: the user is another.'));
  };
  const withdraw = (entry: Entry<Sending>): boolean => {
    if (!outbox.remove(entry)) return false;
    entry.item.settle({ status: 'cancelled' });
    changed();
    return true;
  };
  const put = (frame: Data, count: number): boolean => {
    if (!write(frame)) return false;
    pace.spend(count);
    return true;
  };
  const drain = (): void => {
    if (outbox.size === 0 || draining) return;
    draining = true;
    heedUser();
    outbox.expire(clock.now());
    // what was opened may be another transport than the one that it waited for
    const error = refusal();
    if (error) outbox.clear(error);
    for (;;) {
      const { group, wakeAt: lookAt } = groups.next();
      wakeAt = lookAt;
      if (group.length === 0) break;
      const frame = groups.frameOf(group);
      if (frame === undefined) continue;
      if (!put(frame, group.length)) {
        wakeAt = Infinity; // the wire says when
        break;
      }
      for (const entry of group) {
        outbox.remove(entry);
        pace.left(entry.key);
        entry.item.settle({ status: 'sent' });
      }
    }
    draining = false;
    changed();
  };
  /** A group is complete when it is full, or nobody more is waited for. */
  const gather = ({ maxSize = MAX_SIZE, maxDelayMs = 0 }: BatchOptions): void => {
    if (outbox.size >= maxSize) return drain();
    if (maxDelayMs > 0) wakeAt = Math.min(wakeAt, clock.now() + maxDelayMs);
    else if (!gathering) {
      gathering = true;
      queueMicrotask(() => {
        gathering = false;
        drain();
      });
    }
  };

  return {
    send(data, { key, ttlMs, volatile, signal } = {}) {
      heedUser();
      const error = refusal();
      if (error) return settled({ status: 'dropped', error });
      if (signal?.aborted) return { ...settled({ status: 'dropped' }), done: Promise.resolve({ status: 'cancelled' }) };
      const { batch } = options();
      const isNext = (volatile || !batch) && (first ? !blocked : outbox.size === 0);
      const mayLeave = isNext && pace.tokens > 0 && pace.isDue(key) && pace.fits(bytesOf(data));
      if (mayLeave && put(batch ? parts.group([data]) : data, 1)) {
        pace.left(key);
        if (key !== undefined && outbox.size > 0) {
          outbox.supersede(key);
          changed();
        }
        return settled({ status: 'sent' });
      }
      if (volatile) return settled({ status: 'dropped', error: lostAs('Volatile, and it could not be sent at once.') });

      let settle!: (receipt: Receipt) => void;
      const done = new Promise<Receipt>((resolve) => (settle = resolve));
      let left = false;
      const wait = ttlMs ?? options().outbox?.ttlMs ?? Infinity;
      const onAbort = (): void => void withdraw(entry);
      // NaN would ring for ever
      const entry = waitingSend(data, key, clock.now() + (wait || 0), (receipt) => {
        signal?.removeEventListener('abort', onAbort);
        left = receipt.status === 'sent';
        settle(receipt);
      });
      blocked = first;
      const isIn = outbox.push(entry, options().outbox ?? {});
      if (isIn) {
        signal?.addEventListener('abort', onAbort);
        entry.item.keep(keep({ data, key, ttlMs: wait }));
        // what is told to go first is drained after all of it was told
        if (batch && !first) gather(batch);
        else if (isNext && !mayLeave) wakeAt = pace.nextAt(key, entry.bytes);
        // behind one that waits for its time it need not wait; behind one that waits for the wire it must
        else if (!isNext && !first && wakeAt < Infinity)
          if (pace.isDue(key)) drain();
          else wakeAt = Math.min(wakeAt, pace.nextAt(key, entry.bytes));
      }
      changed();
      return { verdict: left ? 'sent' : isIn ? 'queued' : 'dropped', done, cancel: () => withdraw(entry) };
    },
    ahead(run) {
      first = true;
      outbox.ahead(run);
      first = blocked = false;
    },
    drain,
    restore(sends) {
      const older = sends.map((each) => restoredSend(each, clock.now(), lost));
      outbox.restore(older, options().outbox ?? {});
      drain();
    },
    tick() {
      const now = clock.now();
      const isDue = now >= wakeAt;
      if (isDue && outbox.size > 0) return drain();
      if (isDue) wakeAt = Infinity;
      else if (now < outbox.nextExpiry) return;
      outbox.expire(now);
      changed();
    },
    clear,
    drained() {
      const ready = waiters.wait();
      changed();
      return ready;
    },
    get dueAt() {
      return Math.min(outbox.nextExpiry, wakeAt);
    },
    get size() {
      return outbox.size;
    },
  };
}
