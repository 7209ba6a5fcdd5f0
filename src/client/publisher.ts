// What one room has published and not yet heard an answer to: said in order, again on each new wire, settled once. Knows no wires.

import { createAlarm } from '../base/alarm.js';
import { RealtimeError } from '../base/error.js';
import type { Clock } from '../base/clock.js';
import type { Kept } from '../base/keep.js';
import { isLonger } from '../base/utf8.js';
import { another, createParcel, type Parcel, type Postage, tooLarge } from './parcel.js';
import type { Found, Paper, Publication } from './publication.js';
import type { RoomDelivery, RoomReceipt } from './room-handle.js';

export interface Publisher {
  /** Throws `overflow` where the outbox is full and that is its policy. */
  publish(publication: Publication): RoomDelivery;
  /** What an earlier page wrote down, and left to us. */
  adopt(found: Found, kept: Kept): void;
  has(id: string): boolean;
  /** The room is joined on a new wire, or what earlier pages left is known: everything of this user that waits is said, in order. */
  resume(): void;
  /** The wire is gone: what was said may have arrived or not. */
  cut(): void;
  acknowledged(id: string, offset: number): void;
  /** `retryAfterMs`: it may be said again then. */
  refused(id: string, error: RealtimeError, retryAfterMs?: number): void;
  /** Nothing will be sent any more. */
  clear(error: RealtimeError): void;
}

export interface PublisherParts {
  readonly clock: Clock;
  readonly room: string;
  readonly postage: Postage;
  /** May anything be said in the room now? */
  readonly isJoined: () => boolean;
  /** Puts an event on the wire; returns its withdrawal. */
  readonly say: (event: string) => () => boolean;
  /** What is said now would wait. */
  readonly busy: () => boolean;
  /** Bytes that the server takes. */
  readonly most: () => number;
  /** It ended otherwise than by an acknowledgement. */
  readonly failed: (receipt: RoomReceipt) => void;
  /** Nothing is on its way any more. */
  readonly idle: () => void;
}

const RETRIES = 10; // so often a message is said again after "not now"

export function createPublisher({
  clock,
  room,
  postage,
  isJoined,
  say,
  busy,
  most,
  failed,
  idle,
}: PublisherParts): Publisher {
  const { pace } = postage;
  const parcels = new Map<string, Parcel>(); // in the order in which they were published
  let waiting = new Set<Parcel>(); // those of them that this wire has not been given
  let ringsAt = Infinity;

  /** What an earlier page left goes first, whenever it was found. */
  const inOrder = (): Parcel[] =>
    [true, false].flatMap((left) => [...parcels.values()].filter(({ isLeft = false }) => isLeft === left));
  const remove = (parcel: Parcel): void => {
    parcels.delete(parcel.id);
    waiting.delete(parcel);
    if (parcels.size === 0) alarm.set((ringsAt = Infinity));
  };
  const add = (publication: Publication, paper: Paper, settle: (receipt: RoomReceipt) => void): Parcel => {
    const parcel = createParcel({
      ...{ clock, postage, room, publication, paper },
      waits: (each) => waiting.has(each),
      ended(each, receipt) {
        remove(each);
        if (receipt.status !== 'acknowledged') failed(receipt);
        settle(receipt);
        if (parcels.size === 0) idle();
      },
    });
    parcels.set(parcel.id, parcel);
    waiting.add(parcel);
    return parcel;
  };
  /** In order: behind one that has to wait, all wait, but for one that is to be replaced by a newer value. */
  const sayAll = (): void => {
    if (!isJoined() || !postage.isOpen()) return; // it will be; joined, the server says what it takes
    for (const parcel of waiting) {
      const { key } = parcel.place;
      if (parcel.notBefore > clock.now()) return ringBy(parcel.notBefore);
      if (!pace.isDue(key)) {
        ringBy(pace.nextAt(key, 0));
        continue;
      }
      if (pace.tokens < 1) return ringBy(pace.nextAt(undefined, 0));
      // the server of this wire may take less than the one that it was written for
      if (isLonger(parcel.event, most())) parcel.giveUp(tooLarge(most()));
      else if (parcel.isStale()) parcel.giveUp(new RealtimeError('timeout', 'No answer for too long to ask again.'));
      else {
        parcel.takeBack(); // said twice on one wire, it leaves once
        waiting.delete(parcel);
        pace.spend(1);
        pace.left(key);
        parcel.said(say(parcel.event));
      }
    }
  };
  // it may ring early, for one that has been answered: then it is set again
  const ringBy = (at: number): void => {
    if (at < ringsAt) alarm.set((ringsAt = at));
  };
  const alarm = createAlarm(clock, () => {
    ringsAt = Infinity;
    for (const parcel of parcels.values()) {
      if (parcel.deadline > clock.now()) continue;
      const within = `within ${parcel.timeoutMs} ms.`;
      parcel.giveUp(new RealtimeError('timeout', `Not sent ${within}`), 'timeout', `No answer to a message ${within}`);
    }
    for (const { deadline } of parcels.values()) ringBy(deadline);
    sayAll();
  });

  const refuse = (id: string, error: RealtimeError): RoomDelivery => {
    const receipt: RoomReceipt = { status: 'dropped', id, error };
    failed(receipt);
    if (parcels.size === 0) idle();
    return { id, verdict: 'dropped', done: Promise.resolve(receipt), cancel: () => false };
  };

  return {
    publish(publication) {
      const { id, timeoutMs, volatile, signal } = publication;
      if (parcels.has(id))
        return refuse(id, new RealtimeError('invalid', 'A message with this id is on its way already.'));
      let settle!: (receipt: RoomReceipt) => void;
      const done = new Promise<RoomReceipt>((resolve) => (settle = resolve));
      const sentAt = clock.wallNow();
      const until = timeoutMs < Infinity ? sentAt + timeoutMs : null;
      const onAbort = (): void => void cancel();
      const parcel = add(publication, { sentAt, until, leftAt: null, user: postage.user() ?? null }, (receipt) => {
        signal?.removeEventListener('abort', onAbort);
        settle(receipt);
      });
      // what has left cannot be called back: it is no longer waited for, and nothing more is promised
      const cancel = (): boolean => {
        if (parcels.get(id) !== parcel) return false;
        const withdrawn = parcel.takeBack();
        if (withdrawn) parcel.end({ status: 'cancelled' });
        else parcel.giveUp(new RealtimeError('timeout', 'Given up after it had left.'));
        return withdrawn;
      };
      try {
        if (!postage.enter(parcel.place)) return { id, verdict: 'dropped', done, cancel };
      } catch (error) {
        remove(parcel);
        throw error;
      }
      sayAll();
      if (volatile && (waiting.has(parcel) || busy())) {
        parcel.takeBack();
        postage.leave(parcel.place);
        remove(parcel);
        return refuse(id, new RealtimeError('lost', 'Volatile, and it could not leave at once.'));
      }
      if (!volatile) parcel.keep();
      ringBy(parcel.deadline);
      if (signal?.aborted) onAbort();
      else signal?.addEventListener('abort', onAbort);
      return { id, verdict: waiting.has(parcel) ? 'queued' : 'sent', done, cancel };
    },
    adopt(found, kept) {
      const { id, event, until, user } = found;
      const timeoutMs = until === null ? Infinity : until - clock.wallNow();
      const parcel = add({ id, event, timeoutMs, volatile: false, isLeft: true }, found, ({ status, error }) => {
        if (status !== 'acknowledged' && error) postage.lost(error);
      });
      parcel.keep(kept);
      const now = postage.user();
      if (user === null)
        parcel.giveUp(new RealtimeError('lost', 'Not sent: nobody knew whose it was; see `outbox.user`.'));
      else if (now !== undefined && now !== user) parcel.giveUp(another());
      else if (postage.enter(parcel.place)) {
        ringBy(parcel.deadline);
        sayAll();
      }
    },
    has: (id) => parcels.has(id),
    resume() {
      if (!isJoined()) return;
      const user = postage.user();
      for (const parcel of parcels.values())
        if (parcel.user === null && user !== undefined) parcel.sign(user);
        else if (parcel.user !== user) parcel.giveUp(another());
      waiting = new Set(inOrder());
      sayAll();
    },
    cut() {
      waiting = new Set(parcels.values());
      for (const parcel of parcels.values()) {
        parcel.takeBack();
        if (parcel.volatile) parcel.giveUp(new RealtimeError('lost', 'The link broke before the answer.'));
      }
    },
    acknowledged: (id, offset) => parcels.get(id)?.end({ status: 'acknowledged', offset }),
    refused(id, error, retryAfterMs) {
      const parcel = parcels.get(id);
      if (!parcel) return;
      if (retryAfterMs === undefined || ++parcel.refusals > RETRIES) return parcel.end({ status: 'refused', error });
      parcel.notBefore = clock.now() + retryAfterMs;
      waiting = new Set(inOrder().filter((each) => each === parcel || waiting.has(each)));
      ringBy(parcel.notBefore);
    },
    clear(error) {
      for (const parcel of parcels.values()) parcel.giveUp(error, 'lost');
    },
  };
}
