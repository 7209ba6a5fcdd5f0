// The rooms that a client has, each once, kept while anybody uses it or anything in it is on its way. Hears no wire.

import type { RealtimeError } from '../base/error.js';
import type { Host } from '../base/host.js';
import { createPool, type Lease } from '../base/pool.js';
import type { Unsubscribe } from '../base/readable.js';
import type { RoomState } from '../model/room.js';
import { messageOf } from '../model/room-messages.js';
import type { Attendance } from './attendance.js';
import { type Backfill, createBackfill } from './backfill.js';
import type { Ears } from './ears.js';
import type { Postage } from './parcel.js';
import type { Found } from './publication.js';
import type { Kept } from '../base/keep.js';
import type { Folding } from './realtime-store.js';
import { createRoomLink } from './room-link.js';
import type { RoomLink } from './room-link-parts.js';
import { createRoomStore } from './room-store.js';
import type { Routes } from './route-parts.js';

export interface RoomPool {
  lease(id: string): Lease<RoomLink>;
  find(id: string): RoomLink | undefined;
  all(): readonly RoomLink[];
  states(): Iterable<readonly [string, RoomState]>;
  /** Keeps a room until nothing in it is on its way. */
  hold(link: RoomLink): void;
  /** A message that an earlier page left: its room is joined until it is answered. */
  adopt(found: Found, kept: Kept): void;
  /** What earlier pages left is known: whatever waits can go. */
  resume(): void;
  /** Closes now what only lingers. */
  settle(): void;
}

export interface RoomPoolParts {
  readonly host: Host;
  readonly routes: Pick<Routes, 'all' | 'of'>;
  readonly postage: Postage;
  readonly mark: (room: Folding) => void;
  readonly attendance: Attendance;
  readonly ears: Ears;
  /** Keeps the connection wanted. */
  readonly use: () => Unsubscribe;
  readonly lingerMs: () => number;
  readonly throttleMs: () => number;
  /** A room came or went. */
  readonly changed: () => void;
  readonly onError: (error: RealtimeError) => void;
}

export function createRoomPool(parts: RoomPoolParts): RoomPool {
  const { host, attendance, ears, changed } = parts;
  interface Seat {
    readonly id: string;
    readonly link: RoomLink;
    readonly backfill: Backfill;
    /** Lets the connection go. */
    release?: Unsubscribe;
  }
  const { of } = parts.routes;
  const holds = new Map<RoomLink, Lease<RoomLink>>();
  let joins = 0;
  const seats = createPool<Seat>(host.clock, ({ id, link, release }) => {
    // first, so that whoever is told meanwhile sees a room that is idle
    const { links } = of(id);
    if (links.get(id) === link) links.delete(id);
    link.close();
    changed();
    release?.();
  });

  const open = (id: string): Seat => {
    const limit = (): number => attendance.limit(id);
    const route = of(id);
    const store = createRoomStore({
      id,
      mark: parts.mark,
      limit,
      folded(state, happened, lost) {
        for (const each of happened) ears.tell(id, 'presence', each);
        backfill.folded(state);
        if (lost) link.askMembers();
      },
    });
    const backfill = createBackfill({ limit, fold: store.fold, load: (missing) => link.pager.load(missing, 'within') });
    const link = createRoomLink({
      id,
      clock: host.clock,
      random: host.random,
      store,
      limit: backfill.joining,
      throttleMs: parts.throttleMs,
      nextJoin: () => ++joins,
      say: route.say,
      busy: () => route.talker.busy,
      postage: parts.postage,
      limits: () => route.limits,
      fit: attendance,
      onMessage: (frame) => ears.tellOf(id, 'message', frame, messageOf),
      onGap: (gap) => ears.tell(id, 'gap', gap),
      onError: parts.onError,
      onIdle() {
        holds.get(link)?.release(parts.lingerMs());
        holds.delete(link);
      },
    });
    return { id, link, backfill };
  };
  /** Whoever is told of it may ask for the same room: it has its place by now. */
  const begin = (seat: Seat): void => {
    const route = of(seat.id);
    route.links.set(seat.id, seat.link);
    seat.release = parts.use();
    changed();
    const { welcome } = route;
    if (welcome) seat.link.welcomed(welcome.user.id, welcome.connection);
  };
  const lease = (id: string): Lease<RoomLink> => {
    const { value, release } = seats.acquire(id, () => open(id));
    if (!value.release) begin(value);
    value.backfill.wanted();
    return { value: value.link, release };
  };

  const all = (): readonly RoomLink[] => parts.routes.all.flatMap(({ links }) => [...links.values()]);
  const hold = (link: RoomLink): void => {
    if (!holds.has(link)) holds.set(link, lease(link.store.getSnapshot().id));
  };

  return {
    lease,
    adopt(found, kept) {
      const { room, id, data, type, sentAt: at } = found;
      const { value: link, release } = lease(room);
      // two pages may have left the same
      if (link.publisher.has(id)) kept.remove();
      else {
        link.store.push({ type: 'sending', message: { id, data, type, at } });
        hold(link);
        link.publisher.adopt(found, kept);
        if (link.refusal) link.publisher.clear(link.refusal); // denied while the store was asked
      }
      release(parts.lingerMs());
    },
    resume() {
      for (const { publisher } of all()) publisher.resume();
    },
    find: (id) => of(id).links.get(id),
    ...{ all, hold },
    states: () =>
      parts.routes.all.flatMap(({ links }) => [...links].map(([id, { store }]) => [id, store.getSnapshot()] as const)),
    settle: seats.settle,
  };
}
