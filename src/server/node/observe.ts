// Rooms whose traffic is told: what is said in them, to how many it was handed, what came back to them. Changes nothing of it.

import { systemClock } from '../../base/clock.js';
import { whenThere } from '../awaitable.js';
import type { Awaitable, Backplane, Past } from '../backplane.js';
import type { Payload } from '../published.js';
import type { ServerEvent } from './options.js';

export interface Observer {
  /** For links without users, who know themselves whether somebody comes back or goes on polling. */
  plain(backplane: Backplane): Backplane;
  backplane(backplane: Backplane): Backplane;
}

/** Of one room, in one turn of the event loop. */
interface Turn {
  count: number;
  /** When the oldest of what was handed out was published, in milliseconds since 1970. */
  readonly since: number;
  isLost: boolean;
}

/** `run` sees what comes, when it comes. */
const watched = <T>(value: Awaitable<T>, run: (value: T) => void): Awaitable<T> =>
  whenThere(value, (there) => {
    run(there);
    return there;
  });

export function createObserver(emit: (event: ServerEvent) => void): Observer {
  let turns = new Map<string, Turn>();

  const flush = (): void => {
    const told = turns;
    turns = new Map();
    const now = systemClock.wallNow();
    for (const [room, { count, since, isLost }] of told) {
      // clocks of two servers differ, and may be set back
      if (count > 0) emit({ type: 'delivered', room, count, afterMs: Math.max(0, now - since) });
      if (isLost) emit({ type: 'gap', room, reason: 'backplane', missed: null });
    }
  };
  const turnOf = (room: string, since: number): Turn => {
    const known = turns.get(room);
    if (known) return known;
    if (turns.size === 0) queueMicrotask(flush); // behind the loop that hands it to all
    const turn = { count: 0, since, isLost: false };
    turns.set(room, turn);
    return turn;
  };
  const published = (room: string, payload: Payload): void =>
    emit({ type: 'published', room, bytes: typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length });
  const found = (room: string, { gap, messages }: Past): void =>
    emit(gap ? { type: 'gap', room, ...gap } : { type: 'recovered', room, messages: messages.length });

  const plain = (backplane: Backplane): Backplane => ({
    // each by its name: one of somebody else's may be a class
    history: backplane.history,
    dedupeMs: backplane.dedupeMs,
    publish: (room, draft) =>
      watched(backplane.publish(room, draft), ({ duplicate }) => {
        if (!duplicate) published(room, draft.payload);
      }),
    subscribe: (room, listener) =>
      backplane.subscribe(room, (event) => {
        if (event.kind === 'message') turnOf(room, event.message.at).count++;
        else if (event.kind === 'resync') turnOf(room, 0).isLost = true;
        listener(event);
      }),
    since: (room, place, limit) => backplane.since(room, place, limit),
    latest: (room, limit) => backplane.latest(room, limit),
    before: (room, offset, limit) => backplane.before(room, offset, limit),
    position: (room) => backplane.position(room),
    enter: (room, entry) => backplane.enter(room, entry),
    leave: (room, connection, n) => backplane.leave(room, connection, n),
    members: (room) => backplane.members(room),
    close: () => backplane.close(),
  });
  return {
    plain,
    backplane: (backplane) => ({
      ...plain(backplane),
      since: (room, place, limit) => watched(backplane.since(room, place, limit), (past) => found(room, past)),
    }),
  };
}
