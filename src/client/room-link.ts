// One room of a client, for as long as anybody there wants it: joined once per wire, told in order, recovered. Knows no transports.

import { createBudget } from '../base/budget.js';
import { RealtimeError } from '../base/error.js';
import type { Cancel, Clock } from '../base/clock.js';
import type { RoomGap, RoomMessage } from '../model/room.js';
import type { ErrorFrame, ServerEvent } from '../protocol/rooms-frames.js';
import type { Attendance } from './attendance.js';
import { createOwnPresence, type OwnPresence } from './own-presence.js';
import { createPager, type Pager } from './pager.js';
import { createPublisher, type Publisher } from './publisher.js';
import { errorOfFrame, retryAfterOf } from './refusals.js';
import type { RoomStore } from './room-store.js';
import { createRoomStream } from './room-stream.js';

export interface RoomLink {
  readonly store: RoomStore;
  readonly own: OwnPresence;
  readonly publisher: Publisher;
  readonly pager: Pager;
  /** Why nothing can be said here any more. */
  readonly refusal: RealtimeError | undefined;
  /** The server knows us: join. */
  welcomed(user: string, connection: string): void;
  /** The wire is gone, and another will come. */
  cut(): void;
  hear(event: ServerEvent & { readonly room: string }): void;
  /** An error about this room. */
  refused(frame: ErrorFrame): void;
  /** Presence has a hole: everything is asked for, once. */
  askMembers(): void;
  /** Nobody wants it any more. */
  close(): void;
}

export interface RoomLinkParts {
  readonly id: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly store: RoomStore;
  /** Messages to ask for with a join. */
  readonly limit: () => number;
  readonly throttleMs: () => number;
  readonly nextJoin: () => number;
  readonly say: (event: object | string) => () => boolean;
  /** Things as the schemas make them; what they refuse is left out, and told. */
  readonly fit: Pick<Attendance, 'message' | 'entries' | 'changes'>;
  readonly onMessage: (message: RoomMessage) => void;
  readonly onGap: (gap: RoomGap) => void;
  /** A refusal that no receipt tells. */
  readonly onError: (error: RealtimeError) => void;
  /** Nothing is on its way any more. */
  readonly onIdle: () => void;
}

/** So many joins within so long to mend holes; then a hole is told as what it is. */
const MENDS = 3;
const MENDS_WITHIN_MS = 10_000;

export function createRoomLink(parts: RoomLinkParts): RoomLink {
  const { id, clock, random, store, say, fit } = parts;
  let join = 0; // of this wire; 0: none yet
  let joined = false;
  let denied: RealtimeError | undefined;
  const mayMend = createBudget(clock, MENDS, MENDS_WITHIN_MS);
  let askedMembers = false;
  let cancelRejoin: Cancel | undefined;

  const enter = (): void => {
    cancelRejoin?.();
    if (denied) return;
    join = parts.nextJoin();
    joined = false;
    askedMembers = false;
    store.push({ type: 'joining', join, presence: own.shown });
    own.joined();
    const [since, presence] = [stream.place ?? undefined, own.shown ?? undefined];
    say({ t: 'join', room: id, join, since, history: parts.limit(), presence });
  };
  const mend = (): boolean => {
    const allowed = mayMend();
    if (allowed) enter();
    return allowed;
  };
  const leaveWire = (): void => {
    cancelRejoin?.();
    join = 0;
    joined = false;
    askedMembers = false;
    pager.cut();
    publisher.cut();
  };
  const publisher = createPublisher({
    clock,
    say: (event) => (joined ? say(event) : undefined),
    failed: ({ id: message, status, error }) =>
      store.push(
        status === 'cancelled'
          ? { type: 'withdrawn', id: message }
          : { type: 'failed', id: message, error: error ?? new RealtimeError('lost', 'Not sent.') },
      ),
    idle: parts.onIdle,
  });
  const own = createOwnPresence({
    clock,
    throttleMs: parts.throttleMs,
    changed: (presence) => store.push({ type: 'self', presence }),
    say: (data) => void (join && say({ t: 'presence', room: id, data })),
  });
  const pager = createPager({
    clock,
    ask: (request, limit) => {
      if (!joined || !stream.place) return false;
      // the oldest that is shown; with none, what is before everything that came
      const oldest = store.fold().messages.find(({ offset }) => offset !== null)?.offset ?? stream.place.offset + 1;
      say({ t: 'history', room: id, before: oldest, limit, request });
      return true;
    },
  });

  const stream = createRoomStream({
    store,
    fit: (frame) => fit.message(id, frame),
    onMessage: parts.onMessage,
    onGap: parts.onGap,
    mend,
  });

  return {
    store,
    own,
    publisher,
    pager,
    get refusal() {
      return denied;
    },
    welcomed(user, connection) {
      store.push({ type: 'self', user, connection });
      enter();
    },
    cut() {
      if (!join) return;
      leaveWire();
      store.push({ type: 'cut' });
    },
    hear(event) {
      switch (event.t) {
        case 'joined':
          if (event.join !== join || joined) return; // of an older join, or said twice
          joined = true;
          stream.joined(event);
          return publisher.resume();
        case 'message':
          // before the answer to our join it is of an older one, or will be brought by the answer
          return joined ? stream.message(event) : undefined;
        case 'ack': {
          const { id: message, epoch, offset, at } = event;
          store.push({ type: 'acked', id: message, epoch, offset, at });
          return publisher.acknowledged(message, offset);
        }
        case 'members':
          askedMembers = false;
          if (joined)
            store.push({
              type: 'presence',
              event: { type: 'members', seq: event.seq, members: fit.entries(id, event.members) },
            });
          return;
        case 'presence':
          if (joined)
            store.push({
              type: 'presence',
              event: { type: 'presence', seq: event.seq, changes: fit.changes(id, event.changes) },
            });
          return;
        case 'history': {
          const page = pager.waitsFor(event.request);
          if (!page) return;
          stream.older(event.messages, event.more, page === 'within');
          return pager.answered(event.request, event.more);
        }
        case 'resync':
          if (joined) mend();
          return;
        default:
      }
    },
    refused(frame) {
      const error = errorOfFrame(frame);
      const retryAfterMs = retryAfterOf(frame);
      if (frame.id !== undefined) return publisher.refused(frame.id, error, retryAfterMs);
      if (frame.request !== undefined) return pager.failed(frame.request, error);
      if (frame.join === undefined) return parts.onError(error);
      if (frame.join !== join) return;
      joined = false;
      if (retryAfterMs !== undefined) {
        // not all who were told "later" come in the same instant
        cancelRejoin = clock.after(retryAfterMs * (1 + random()), enter);
        return;
      }
      denied = error;
      store.push({ type: 'denied', join, error });
      join = 0;
      pager.cut();
      publisher.clear(error);
    },
    askMembers() {
      if (!joined || askedMembers) return;
      askedMembers = true;
      say({ t: 'members', room: id });
    },
    close() {
      if (join) say({ t: 'leave', room: id, join });
      leaveWire();
      own.stop();
      publisher.clear(new RealtimeError('lost', 'Nobody watched the room any longer.'));
      store.push({ type: 'left' });
    },
  };
}
