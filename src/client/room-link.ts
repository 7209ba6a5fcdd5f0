// One room of a client, for as long as anybody there wants it: joined once per wire, told in order, recovered. Knows no transports.

import { createBudget } from '../base/budget.js';
import { RealtimeError } from '../base/error.js';
import type { Cancel } from '../base/clock.js';
import { createOwnPresence } from './own-presence.js';
import { createPager } from './pager.js';
import { createPublisher } from './publisher.js';
import { errorOfFrame, retryAfterOf } from './refusals.js';
import type { RoomLink, RoomLinkParts } from './room-link-parts.js';
import { createRoomRoster } from './room-roster.js';
import { createRoomStream } from './room-stream.js';

/** So many joins within so long to mend holes; then a hole is told as what it is. */
const MENDS = 3;
const MENDS_WITHIN_MS = 10_000;
/** A join without an answer is said again then, and after twice as long: what answers the wire may have lost that one. */
const ANSWER_MS = 15_000;
const MOST_ANSWER_MS = 60_000;

export function createRoomLink(parts: RoomLinkParts): RoomLink {
  const { id, clock, random, store, say, fit } = parts;
  let join = 0; // of this wire; 0: none yet
  let joined = false;
  let denied: RealtimeError | undefined;
  const mayMend = createBudget(clock, MENDS, MENDS_WITHIN_MS);
  let onWire = false; // and known there
  let closed = false;
  let cancelRejoin: Cancel | undefined;
  let patienceMs = ANSWER_MS;

  const stopWaiting = (): void => {
    cancelRejoin?.();
    cancelRejoin = undefined;
  };
  const answered = (): void => {
    stopWaiting();
    patienceMs = ANSWER_MS;
  };
  const enter = (): void => {
    stopWaiting();
    if (denied || closed) return;
    join = parts.nextJoin();
    joined = false;
    roster.cut();
    store.push({ type: 'joining', join, presence: own.shown });
    const [since, presence] = [stream.place ?? undefined, own.forJoin()];
    say({ t: 'join', room: id, join, since, history: parts.limit(), presence });
    cancelRejoin = clock.after(patienceMs, enter);
    patienceMs = Math.min(2 * patienceMs, MOST_ANSWER_MS);
  };
  const enterLater = (ms: number): void => {
    stopWaiting();
    cancelRejoin = clock.after(ms, enter);
  };
  const mend = (): boolean => {
    const allowed = mayMend();
    if (allowed) enter();
    return allowed;
  };
  const leaveWire = (): void => {
    answered(); // nobody will
    onWire = false;
    join = 0;
    joined = false;
    roster.cut();
    pager.cut();
    publisher.cut();
  };
  const publisher = createPublisher({
    clock,
    room: id,
    postage: parts.postage,
    isJoined: () => joined,
    say,
    busy: parts.busy,
    most: () => parts.limits().maxMessageBytes,
    failed: ({ id: message, status, error }) =>
      store.push(
        status === 'cancelled'
          ? { type: 'withdrawn', id: message }
          : { type: 'failed', id: message, error: error ?? new RealtimeError('lost', 'Not sent.') },
      ),
    hide: (message) => store.push({ type: 'withdrawn', id: message }),
    idle: parts.onIdle,
  });
  const own = createOwnPresence({
    clock,
    throttleMs: parts.throttleMs,
    changed: (presence) => store.push({ type: 'self', presence }),
    say: (data) => (join ? say({ t: 'presence', room: id, data }) : undefined),
    // the join that carries it has to fit into a frame
    most: () => Math.min(parts.limits().maxPresenceBytes, parts.limits().maxMessageBytes / 2),
    onError: parts.onError,
  });
  const pager = createPager({
    clock,
    ready() {
      store.fold();
      return joined && stream.place !== null;
    },
    // from the oldest that is kept; with none, what is before everything that came
    ask: (request, limit) =>
      say({ t: 'history', room: id, before: store.oldest() ?? (stream.place?.offset ?? 0) + 1, limit, request }),
  });

  const roster = createRoomRoster({ id, clock, store, fit, say });
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
    retry() {
      if (!denied) return;
      denied = undefined;
      if (onWire) enter();
    },
    forget(why) {
      leaveWire();
      denied = undefined;
      publisher.clear(new RealtimeError('lost', `Not sent: ${why}.`));
      stream.forget();
      // what the app shows of its user is still its wish, unless it said good-bye
      if (why === 'signed out') own.drop();
      store.push({ type: 'forget' });
    },
    welcomed(user, connection) {
      onWire = true;
      store.push({ type: 'self', user, connection });
      enter();
    },
    cut() {
      leaveWire();
      if (!denied) store.push({ type: 'cut' });
    },
    hear(event) {
      switch (event.t) {
        case 'joined':
          if (!join || event.join !== join || joined) return; // of an older join, or said twice
          joined = true;
          answered();
          publisher.resume(); // before anybody hears of it, and sends something new
          return stream.joined(event);
        case 'message':
          // before the answer to our join it is of an older one, or will be brought by the answer
          return joined ? stream.message(event) : undefined;
        case 'ack':
          store.push({ ...event, type: 'acked' });
          return publisher.acknowledged(event.id, event.offset);
        case 'members':
        case 'presence':
          return joined ? roster.hear(event) : undefined;
        case 'history': {
          const page = pager.waitsFor(event.request);
          if (!page) return;
          stream.older(event.messages, event.more, page === 'within');
          return pager.answered(event.request, event.more);
        }
        case 'resync':
          if (joined && !cancelRejoin && !mend()) enterLater(MENDS_WITHIN_MS);
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
      if (!join || frame.join !== join) return; // of another join
      answered();
      joined = false;
      roster.cut();
      pager.cut();
      if (retryAfterMs !== undefined) {
        join = 0;
        store.push({ type: 'cut' });
        // not all who were told "later" come in the same instant
        return enterLater(retryAfterMs * (1 + random()));
      }
      denied = error;
      store.push({ type: 'denied', join, error });
      join = 0;
      publisher.clear(error);
    },
    askMembers() {
      if (joined) roster.ask();
    },
    close() {
      if (join) say({ t: 'leave', room: id, join });
      closed = true;
      leaveWire();
      own.stop();
      publisher.clear(new RealtimeError('lost', 'Nobody watched the room any longer.'));
      store.push({ type: 'left' });
    },
  };
}
