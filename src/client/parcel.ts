// One message on its way out of a room: whether it may have left, where it is written down, and its one end. Knows no others.

import type { Clock } from '../base/clock.js';
import { RealtimeError } from '../base/error.js';
import type { Kept } from '../base/keep.js';
import type { Entry, OutboxOptions } from '../base/outbox.js';
import type { Pace } from '../connection/pace.js';
import { type Paper, paperText, type Publication } from './publication.js';
import type { RoomReceipt } from './room-handle.js';

/** What all rooms of a client share. */
export interface Postage {
  /** Takes a place in the outbox; false: it was dropped. Throws at the bound, where that is the policy; `overflow`: another one holds for it. */
  readonly enter: (place: Entry<null>, overflow?: OutboxOptions['overflow']) => boolean;
  readonly leave: (place: Entry<null>) => void;
  /** Is it known what earlier pages left? It goes before what this one says. */
  readonly isOpen: () => boolean;
  /** Writes it down, where the outbox outlives the page. */
  readonly keep: (text: string) => Kept | undefined;
  readonly pace: Pace;
  /** Who we are in a room, if that is known. */
  readonly user: (room: string) => string | undefined;
  /** How long the server knows what was said to it. */
  readonly dedupeMs: (room: string) => number;
  /** A message of an earlier page, for whose receipt nobody waits, will not arrive. */
  readonly lost: (error: RealtimeError) => void;
}

export interface Parcel extends Publication {
  readonly deadline: number;
  readonly place: Entry<null>;
  /** Who wrote it; null: nobody knew yet. */
  readonly user: string | null;
  /** Not to be said before this. */
  notBefore: number;
  /** The server said "not now", and nothing else since. */
  readonly refusal: RealtimeError | undefined;
  /** "Not now", and perhaps it took it all the same. */
  putOff(error: RealtimeError): void;
  /** It comes next in the place of one that is no more, and asks where that one would have asked. */
  inherit(from: Parcel): void;
  /** It may be said as if nothing had been refused. */
  forgive(): void;
  /** Given to the wire; `unsay` takes it back where it has not left. */
  said(unsay: () => boolean): void;
  /** Returns whether it never left. */
  takeBack(): boolean;
  /** Said so long after it first left, the server would take it for a new one. */
  isStale(): boolean;
  sign(user: string): void;
  /** Writes it down, if it is not (`given`): it outlives the page. */
  keep(given?: Kept): void;
  end(receipt: Omit<RoomReceipt, 'id'>): void;
  /** Ends it, honest about what is known: one that never left is dropped. */
  giveUp(unsent: RealtimeError, kind?: RealtimeError['kind'], why?: string): void;
  /** Its time is over. */
  expire(): void;
}

export interface ParcelParts {
  readonly clock: Clock;
  readonly postage: Postage;
  readonly room: string;
  readonly publication: Publication;
  readonly paper: Paper;
  /** Is it to be said on this wire, and was not? */
  readonly waits: (parcel: Parcel) => boolean;
  /** It is over; called once. */
  readonly ended: (parcel: Parcel, receipt: RoomReceipt) => void;
}

export const tooLarge = (most: number): RealtimeError =>
  new RealtimeError('too-large', `A message is over the server's limit of ${most} bytes.`);
export const notNow = (): RealtimeError => new RealtimeError('lost', 'Volatile, and it could not leave at once.');
export const another = (): RealtimeError => new RealtimeError('lost', 'Not sent: the user is another.');
/** Rooms share an outbox, and no keys. */
export const keyOf = (room: string, key: string): string => `${room}\n${key}`;
const notSaid = (): boolean => true;

export function createParcel({ clock, postage, room, publication, waits, ended, ...parts }: ParcelParts): Parcel {
  const { id, key, event, timeoutMs } = publication;
  let { paper } = parts;
  let kept: Kept | undefined;
  let over = false;
  let refusal: RealtimeError | undefined;
  let left = paper.leftAt !== null; // it may have arrived, over this wire or an earlier one
  let unsay = notSaid;
  // a clock that was set back says nothing of how long ago it was, and the other one does not count sleep
  let leftAt = paper.leftAt === null ? Infinity : clock.now() - Math.abs(clock.wallNow() - paper.leftAt);
  const write = (more: Partial<Paper>): void => {
    paper = { ...paper, ...more };
    kept?.change(paperText(paper, event));
  };
  const parcel: Parcel = {
    ...publication,
    deadline: clock.now() + timeoutMs,
    place: {
      item: null,
      bytes: event.length,
      key: key === undefined ? undefined : keyOf(room, key),
      expiresAt: Infinity, // its room gives it up in time
      pinned: () => left || !waits(parcel),
      dropped: (why) => (why ? parcel.giveUp(why) : parcel.end({ status: 'cancelled' })),
    },
    get user() {
      return paper.user;
    },
    notBefore: 0,
    get refusal() {
      return refusal;
    },
    putOff(error) {
      refusal = error;
      parcel.takeBack();
    },
    inherit: (from) => void (refusal ??= from.refusal),
    forgive() {
      if (refusal) parcel.notBefore = 0;
      refusal = undefined;
    },
    said(withdrawal) {
      unsay = withdrawal;
      if (paper.leftAt !== null) return;
      leftAt = clock.now();
      write({ leftAt: clock.wallNow() });
    },
    takeBack() {
      if (!unsay()) left = true;
      unsay = notSaid;
      return !left;
    },
    isStale() {
      const wallMs = paper.leftAt === null ? 0 : clock.wallNow() - paper.leftAt;
      return Math.max(clock.now() - leftAt, wallMs) >= postage.dedupeMs(room);
    },
    sign: (user) => write({ user }),
    keep(given) {
      if (over) given?.remove();
      else kept = given ?? postage.keep(paperText(paper, event));
    },
    end(receipt) {
      if (over) return;
      over = true;
      parcel.takeBack();
      postage.leave(parcel.place);
      kept?.remove();
      ended(parcel, { ...receipt, id });
    },
    giveUp(unsent, kind = unsent.kind, why = unsent.message) {
      if (parcel.takeBack()) return parcel.end({ status: 'dropped', error: unsent });
      const error = new RealtimeError(kind, `${why.replace(/\.$/, '')}: it may have arrived.`);
      parcel.end({ status: 'timed-out', error });
    },
    expire() {
      const within = `within ${timeoutMs} ms.`;
      const why = refusal?.message ?? `No answer to a message ${within}`;
      parcel.giveUp(new RealtimeError('timeout', `Not sent ${within}`), 'timeout', why);
    },
  };
  return parcel;
}
