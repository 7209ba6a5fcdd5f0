// What one room has published and not yet heard an answer to: kept in order, said again on each new wire, settled once. Knows no wires.

import { createAlarm } from '../base/alarm.js';
import { RealtimeError } from '../base/error.js';
import type { Clock } from '../base/clock.js';
import { isLonger } from '../base/utf8.js';
import type { RoomDelivery, RoomReceipt } from './room-handle.js';

/** A message on its way. `event` is the `publish` event as JSON. */
export interface Publication {
  readonly id: string;
  readonly event: string;
  readonly timeoutMs: number;
  readonly volatile: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface Publisher {
  publish(publication: Publication): RoomDelivery;
  has(id: string): boolean;
  /** The room is joined on a new wire: everything that waits is said, in order. */
  resume(): void;
  /** The wire is gone: what was said may have arrived or not. */
  cut(): void;
  acknowledged(id: string, offset: number): void;
  /** `retryAfterMs`: it may be said again then. */
  refused(id: string, error: RealtimeError, retryAfterMs?: number): void;
  /** Nothing will be sent any more. */
  clear(error: RealtimeError): void;
  readonly size: number;
}

export interface PublisherParts {
  readonly clock: Clock;
  /** Puts an event on the wire if the room is joined there; returns its withdrawal. */
  readonly say: (event: string) => (() => boolean) | undefined;
  /** What is said now would wait. */
  readonly busy: () => boolean;
  /** Bytes that the server takes. */
  readonly most: () => number;
  /** It ended otherwise than by an acknowledgement. */
  readonly failed: (receipt: RoomReceipt) => void;
  /** Nothing is on its way any more. */
  readonly idle: () => void;
}

/** Unanswered publications at once. */
const LIMIT = 1_000;

export const tooLarge = (most: number): RealtimeError =>
  new RealtimeError('too-large', `A message is over the server's limit of ${most} bytes.`);

export function createPublisher({ clock, say, busy, most, failed, idle }: PublisherParts): Publisher {
  interface Entry extends Publication {
    readonly deadline: number;
    readonly settle: (receipt: RoomReceipt) => void;
    /** Takes it back where it has not left; false: it has. */
    unsay: () => boolean;
    /** It may have arrived, over this wire or an earlier one. */
    left: boolean;
    /** Not to be said before this. */
    notBefore: number;
  }
  const entries = new Map<string, Entry>(); // in the order in which they were published
  let waiting = new Set<Entry>(); // those of them that this wire has not been given
  let ringsAt = Infinity;

  const notSaid = (): boolean => true;
  /** Returns whether it never left. */
  const takeBack = (entry: Entry): boolean => {
    if (!entry.unsay()) entry.left = true;
    entry.unsay = notSaid;
    return !entry.left;
  };
  const end = (entry: Entry, receipt: Omit<RoomReceipt, 'id'>): void => {
    if (entries.get(entry.id) !== entry) return;
    entries.delete(entry.id);
    waiting.delete(entry);
    takeBack(entry);
    if (entries.size === 0) alarm.set((ringsAt = Infinity));
    const whole = { ...receipt, id: entry.id };
    if (receipt.status !== 'acknowledged') failed(whole);
    entry.settle(whole);
    if (entries.size === 0) idle();
  };
  /** Honest about what is known: one that never left is dropped. */
  const giveUp = (entry: Entry, unsent: RealtimeError, kind = unsent.kind, why = unsent.message): void => {
    if (takeBack(entry)) return end(entry, { status: 'dropped', error: unsent });
    const error = new RealtimeError(kind, `${why.replace(/\.$/, '')}: it may have arrived.`);
    end(entry, { status: 'timed-out', error });
  };

  /** In order: behind one that has to wait, all wait. */
  const sayAll = (): void => {
    for (const entry of waiting) {
      if (entry.notBefore > clock.now()) return ringBy(entry.notBefore);
      if (isLonger(entry.event, most())) {
        // the server of this wire takes less than the one that it was written for
        giveUp(entry, tooLarge(most()));
        continue;
      }
      takeBack(entry); // said twice on one wire, it leaves once
      const unsay = say(entry.event);
      if (!unsay) return;
      waiting.delete(entry);
      entry.unsay = unsay;
    }
  };
  // it may ring early, for one that has been answered: then it is set again
  const ringBy = (at: number): void => {
    if (at < ringsAt) alarm.set((ringsAt = at));
  };
  const alarm = createAlarm(clock, () => {
    ringsAt = Infinity;
    for (const entry of entries.values()) {
      if (entry.deadline > clock.now()) continue;
      const within = `within ${entry.timeoutMs} ms.`;
      giveUp(entry, new RealtimeError('timeout', `Not sent ${within}`), 'timeout', `No answer to a message ${within}`);
    }
    for (const { deadline } of entries.values()) ringBy(deadline);
    sayAll();
  });

  return {
    publish(publication) {
      const { id, timeoutMs, volatile, signal } = publication;
      let settle!: (receipt: RoomReceipt) => void;
      const done = new Promise<RoomReceipt>((resolve) => (settle = resolve));
      const onAbort = (): void => void cancel();
      const entry: Entry = {
        ...publication,
        deadline: clock.now() + timeoutMs,
        settle(receipt) {
          signal?.removeEventListener('abort', onAbort);
          settle(receipt);
        },
        unsay: notSaid,
        left: false,
        notBefore: 0,
      };
      // what has left cannot be called back: it is no longer waited for, and nothing more is promised
      const cancel = (): boolean => {
        if (entries.get(id) !== entry) return false;
        const withdrawn = takeBack(entry);
        if (withdrawn) end(entry, { status: 'cancelled' });
        else giveUp(entry, new RealtimeError('timeout', 'Given up after it had left.'));
        return withdrawn;
      };
      const drop = (error: RealtimeError): RoomDelivery => {
        const receipt: RoomReceipt = { status: 'dropped', id, error };
        failed(receipt);
        if (entries.size === 0) idle();
        return { id, verdict: 'dropped', done: Promise.resolve(receipt), cancel: () => false };
      };
      if (entries.has(id)) return drop(new RealtimeError('invalid', 'A message with this id is on its way already.'));
      if (entries.size >= LIMIT)
        return drop(
          new RealtimeError('overflow', `${LIMIT} messages wait for an answer: send less, or wait for \`done\`.`),
        );
      entries.set(id, entry);
      waiting.add(entry);
      sayAll();
      if (volatile && (waiting.has(entry) || busy())) {
        takeBack(entry);
        entries.delete(id);
        waiting.delete(entry);
        return drop(new RealtimeError('lost', 'Volatile, and it could not leave at once.'));
      }
      ringBy(entry.deadline);
      if (signal?.aborted) onAbort();
      else signal?.addEventListener('abort', onAbort);
      return { id, verdict: waiting.has(entry) ? 'queued' : 'sent', done, cancel };
    },
    has: (id) => entries.has(id),
    resume() {
      waiting = new Set(entries.values());
      sayAll();
    },
    cut() {
      waiting = new Set(entries.values());
      for (const entry of entries.values()) {
        takeBack(entry);
        if (entry.volatile) giveUp(entry, new RealtimeError('lost', 'The link broke before the answer.'));
      }
    },
    acknowledged(id, offset) {
      const entry = entries.get(id);
      if (entry) end(entry, { status: 'acknowledged', offset });
    },
    refused(id, error, retryAfterMs) {
      const entry = entries.get(id);
      if (!entry) return;
      if (retryAfterMs === undefined) return end(entry, { status: 'refused', error });
      entry.notBefore = clock.now() + retryAfterMs;
      waiting = new Set([...entries.values()].filter((each) => each === entry || waiting.has(each)));
      ringBy(entry.notBefore);
    },
    clear(error) {
      for (const entry of entries.values()) giveUp(entry, error, 'lost');
    },
    get size() {
      return entries.size;
    },
  };
}
