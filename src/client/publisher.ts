// What one room has published and not yet heard an answer to: said in order, again on each new wire, settled once. Knows no wires.

import { createAlarm } from '../base/alarm.js';
import { RealtimeError } from '../base/error.js';
import { isLonger } from '../base/utf8.js';
import { createLine } from './line.js';
import { another, createParcel, keyOf, notNow, type Parcel, tooLarge } from './parcel.js';
import type { Paper, Publication } from './publication.js';
import type { Publisher, PublisherParts } from './publisher-parts.js';
import type { RoomDelivery, RoomReceipt } from './room-handle.js';

export function createPublisher({
  clock,
  room,
  postage,
  isJoined,
  say,
  busy,
  most,
  failed,
  hide,
  idle,
}: PublisherParts): Publisher {
  const { pace } = postage;
  const line = createLine();
  let ringsAt = Infinity;
  /** Asks whether "not now" is over. Until it is answered nothing overtakes it, and not all is said again in vain. */
  let probe: Parcel | undefined;
  let quietUntil = 0; // "not now" said of those that are no more

  const remove = (parcel: Parcel): void => {
    line.remove(parcel);
    if (line.size === 0) alarm.set((ringsAt = Infinity));
  };
  const add = (publication: Publication, paper: Paper, settle: (receipt: RoomReceipt) => void): Parcel => {
    const parcel = createParcel({
      ...{ clock, postage, room, publication, paper },
      waits: line.waits,
      ended(each, receipt) {
        remove(each);
        if (receipt.status !== 'acknowledged') {
          // who comes next waits as long, and asks in its place
          quietUntil = Math.max(quietUntil, each.notBefore);
          const [next] = each.refusal ? line.waiting() : [];
          next?.inherit(each);
          failed(receipt);
        }
        if (each === probe && line.size > 0) ringBy(clock.now());
        settle(receipt);
        if (line.size === 0) idle();
      },
    });
    line.add(parcel);
    return parcel;
  };
  const isProbing = (): boolean => probe !== undefined && line.get(probe.id) === probe && !line.waits(probe);
  /** It will be said; joined, the server says what it takes. */
  const mayTalk = (): boolean => isJoined() && postage.isOpen() && !isProbing();
  const isHeldUp = (): boolean => {
    let until = quietUntil;
    for (const { notBefore } of line.waiting()) until = Math.max(until, notBefore);
    return until > clock.now();
  };
  /** In order: behind one that has to wait, all wait, but for one that is to be replaced by a newer value. */
  const sayAll = (): void => {
    if (!mayTalk()) return;
    for (const parcel of line.waiting()) {
      if (!mayTalk()) return; // that one asks; or whoever is told of an end may have hung up,
      if (!line.waits(parcel)) continue; // or said what waited
      const { key } = parcel.place;
      const notBefore = Math.max(parcel.notBefore, quietUntil);
      if (notBefore > clock.now()) return ringBy(notBefore);
      if (!pace.isDue(key)) {
        ringBy(pace.nextAt(key, 0));
        continue;
      }
      if (pace.tokens < 1) return ringBy(pace.nextAt(undefined, 0));
      // the server of this wire may take less than the one that it was written for
      if (isLonger(parcel.event, most())) parcel.giveUp(tooLarge(most()));
      else if (parcel.deadline < clock.now()) parcel.expire();
      else if (parcel.isStale()) parcel.giveUp(new RealtimeError('timeout', 'No answer for too long to ask again.'));
      else {
        parcel.takeBack(); // said twice on one wire, it leaves once
        line.said(parcel);
        pace.spend(1);
        pace.left(key);
        parcel.said(say(parcel.event));
        if (parcel.refusal) probe = parcel;
      }
    }
  };
  // it may ring early, for one that has been answered: then it is set again
  const ringBy = (at: number): void => {
    if (at < ringsAt) alarm.set((ringsAt = at));
  };
  const alarm = createAlarm(clock, () => {
    ringsAt = Infinity;
    for (const parcel of line.all()) if (parcel.deadline <= clock.now()) parcel.expire();
    for (const { deadline } of line.all()) ringBy(deadline);
    sayAll();
  });

  /** Of another user: its reader is not shown it, and cannot send it in their own name. */
  const disown = (parcel: Parcel): void => {
    parcel.giveUp(another());
    hide(parcel.id);
  };
  const refuse = (id: string, error?: RealtimeError, status: RoomReceipt['status'] = 'dropped'): RoomDelivery => {
    const receipt: RoomReceipt = { status, id, error };
    failed(receipt);
    if (line.size === 0) idle();
    return { id, verdict: 'dropped', done: Promise.resolve(receipt), cancel: () => false };
  };

  return {
    publish(publication) {
      const { id, timeoutMs, volatile, signal } = publication;
      if (line.get(id))
        return refuse(id, new RealtimeError('invalid', 'A message with this id is on its way already.'));
      // what will not go takes nobody's place
      const { key } = publication;
      if (volatile) {
        sayAll(); // what is due goes first
        const isNow =
          mayTalk() && !busy() && pace.tokens >= 1 && pace.isDue(key === undefined ? key : keyOf(room, key));
        if (!isNow || isHeldUp()) return refuse(id, notNow());
      }
      if (signal?.aborted) return refuse(id, undefined, 'cancelled');
      let settle!: (receipt: RoomReceipt) => void;
      const done = new Promise<RoomReceipt>((resolve) => (settle = resolve));
      const sentAt = clock.wallNow();
      const until = timeoutMs < Infinity ? sentAt + timeoutMs : null;
      const onAbort = (): void => void cancel();
      const parcel = add(publication, { sentAt, until, leftAt: null, user: postage.user(room) ?? null }, (receipt) => {
        signal?.removeEventListener('abort', onAbort);
        settle(receipt);
      });
      // what has left cannot be called back: it is no longer waited for, and nothing more is promised
      const cancel = (): boolean => {
        if (line.get(id) !== parcel) return false;
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
      if (volatile && line.waits(parcel)) {
        postage.leave(parcel.place);
        remove(parcel);
        return refuse(id, notNow());
      }
      if (!volatile) parcel.keep();
      ringBy(parcel.deadline);
      signal?.addEventListener('abort', onAbort);
      return { id, verdict: line.waits(parcel) ? 'queued' : 'sent', done, cancel };
    },
    adopt(found, kept) {
      const { id, event, until, user } = found;
      const timeoutMs = until === null ? Infinity : until - clock.wallNow();
      const parcel = add({ id, event, timeoutMs, volatile: false, isLeft: true }, found, ({ status, error }) => {
        if (status !== 'acknowledged' && error) postage.lost(error);
      });
      parcel.keep(kept);
      const now = postage.user(room);
      if (user === null)
        parcel.giveUp(new RealtimeError('lost', 'Not sent: nobody knew whose it was; see `outbox.user`.'));
      else if (now !== undefined && now !== user) disown(parcel);
      else if (postage.enter(parcel.place, 'drop-newest')) {
        ringBy(parcel.deadline);
        sayAll();
      }
    },
    has: (id) => line.get(id) !== undefined,
    resume() {
      if (!isJoined()) return;
      const user = postage.user(room);
      for (const parcel of line.all())
        if (parcel.user === null && user !== undefined) parcel.sign(user);
        else if (parcel.user !== user) disown(parcel);
      sayAll(); // what this wire was given already is answered on it, whoever joins anew
    },
    cut() {
      line.restart();
      for (const parcel of line.all()) {
        parcel.takeBack();
        if (parcel.volatile) parcel.giveUp(new RealtimeError('lost', 'The link broke before the answer.'));
      }
    },
    acknowledged(id, offset) {
      const parcel = line.get(id);
      parcel?.end({ status: 'acknowledged', offset });
      if (!parcel?.refusal) return;
      for (const each of line.all()) each.forgive();
      sayAll();
    },
    refused(id, error, retryAfterMs) {
      const parcel = line.get(id);
      if (!parcel) return;
      if (retryAfterMs === undefined) return parcel.end({ status: 'refused', error });
      // whoever waits as it was told is served in the end: a rate is no failure
      if (error.reason !== 'rate-limited') parcel.putOff(error);
      parcel.notBefore = clock.now() + retryAfterMs;
      if (parcel.volatile) return parcel.end({ status: 'refused', error }); // now or never
      line.again(parcel);
      ringBy(parcel.notBefore);
    },
    clear(error) {
      for (const parcel of line.all()) parcel.giveUp(error, 'lost');
      quietUntil = 0; // that was for them
    },
  };
}
