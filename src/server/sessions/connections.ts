// Clients as others see them: by key and user, with what they show in rooms, across wires. Reads no frames.

import { type Cancel, type Clock } from '../../base/clock.js';
import { createId } from '../../base/id.js';
import type { RateLimit, TokenBucket } from '../../base/token-bucket.js';
import { CLOSE, type User } from '../../protocol/rooms-frames.js';
import type { Backplane } from '../backplane.js';
import { createBuckets } from '../buckets.js';
import { createCounts } from '../counts.js';
import { createGroups } from '../groups.js';

/** A client's own, of which the newest counts. */
export interface Wire {
  close(code: number, reason: string): void;
}

/** A client as others see it: for as long as it is here, and for the grace behind that. */
export interface Connection {
  /** What others call it. */
  readonly id: string;
}

/** What a `wire` asks for after another one took over changes nothing. */
export interface Connections {
  /**
   * `wire` is closed when another one takes over, or the user is sent away. `turn` grows with the wires of a client: `late`
   * is one that was begun before the newest, and has arrived after it. `full`: the user has as many as may be.
   */
  claim(key: string, user: User, turn: number | undefined, wire: Wire): Connection | 'late' | 'full';
  /** How fast this client may go on: another wire does not begin anew. To be used at once, and not kept. */
  bucket(connection: Connection): TokenBucket;
  /** Shows `data` in a room; the same again tells nobody. Resolves to false where there is no place. Fails as the backplane does. */
  show(connection: Connection, wire: Wire, room: string, data: Readonly<Record<string, unknown>>): Promise<boolean>;
  /** Shows nothing there, also nothing that an earlier wire showed. Fails as the backplane does. */
  hide(connection: Connection, wire: Wire, room: string): Promise<void>;
  /** The wire is lost: another one may come, for the grace. */
  lost(connection: Connection, wire: Wire): void;
  /** Nobody will come: all entries leave now. Also after `lost`. */
  bye(connection: Connection, wire: Wire): void;
  /** Ends all that a user has here, and says so to each wire. Returns how many wires there were. */
  disconnect(user: string, code: number, reason: string): number;
  readonly size: number;
  /** Ends every grace, and takes every entry back: the backplane may live on. */
  close(): Promise<void>;
}

export interface ConnectionsOptions {
  readonly backplane: Backplane;
  readonly clock: Clock;
  readonly random: () => number;
  readonly graceMs: number;
  /** Default: no bound, and so for the next two. */
  readonly maxPerUser?: number | undefined;
  /** Entries that clients of this server show in one room. */
  readonly maxMembersPerRoom?: number | undefined;
  /** Of each connection. */
  readonly rateLimit?: RateLimit | undefined;
}

/** Of an idle one there may be ten thousands: what most never need is not made for them. */
interface Known extends Connection {
  readonly name: string;
  readonly user: string;
  /** By room: the data as text, and since when. */
  shown: Map<string, { readonly text: string; readonly joinedAt: number }> | undefined;
  /** Rooms of an earlier wire that no later one has asked for yet, and how long they may. */
  unclaimed: Map<string, number> | undefined;
  n: number;
  /** Of the newest wire. */
  turn: number;
  /** The newest one, also when it is lost. */
  wire: Wire;
  isLive: boolean;
  /** While it has no wire. */
  cancel: Cancel | undefined;
  /** While something is unclaimed: however often wires come and go. */
  cancelUnclaimed: Cancel | undefined;
}

export function createConnections(options: ConnectionsOptions): Connections {
  const { backplane, clock, random, graceMs, maxPerUser = Infinity, maxMembersPerRoom = Infinity } = options;
  const connections = new Map<string, Known>();
  const users = createGroups<Known>();
  const members = createCounts();
  /** By name: of those who said something just now. */
  const buckets = createBuckets(clock, options.rateLimit ?? { perSecond: Infinity });

  const hide = async (connection: Known | undefined, room: string): Promise<void> => {
    connection?.unclaimed?.delete(room);
    if (!connection?.shown?.delete(room)) return;
    members.add(room, -1);
    await backplane.leave(room, connection.id, ++connection.n);
  };
  const hideAll = (connection: Known, rooms: Iterable<string>): void => {
    // a backplane that cannot be reached forgets entries by itself: nobody here could do more
    for (const room of [...rooms]) void hide(connection, room).catch(() => {});
  };
  /** What no wire has asked for in time leaves, as if nobody had come. */
  const hideUnclaimed = (connection: Known): void => {
    connection.cancelUnclaimed = undefined;
    const now = clock.now();
    const due = [...(connection.unclaimed ?? [])].filter(([, until]) => until <= now).map(([room]) => room);
    hideAll(connection, due);
    watchUnclaimed(connection);
  };
  const watchUnclaimed = (connection: Known): void => {
    if (connection.cancelUnclaimed || !connection.unclaimed?.size) return;
    const waitMs = Math.min(...connection.unclaimed.values()) - clock.now();
    connection.cancelUnclaimed = clock.after(waitMs, () => hideUnclaimed(connection));
  };
  const end = (connection: Known | undefined): void => {
    if (!connection) return;
    connection.cancel?.();
    connection.cancelUnclaimed?.();
    if (connections.get(connection.name) === connection) connections.delete(connection.name);
    users.delete(connection.user, connection);
    hideAll(connection, connection.shown?.keys() ?? []);
  };

  const create = (name: string, user: string, wire: Wire): Known => ({
    id: createId(random),
    name,
    user,
    n: 0,
    turn: 0,
    wire,
    isLive: false,
    shown: undefined,
    unclaimed: undefined,
    cancel: undefined,
    cancelUnclaimed: undefined,
  });
  /** undefined: another wire has it, or it has ended. */
  const heldBy = (connection: Connection, wire: Wire): Known | undefined => {
    const known = connection as Known; // there are no others
    return known.wire === wire && connections.get(known.name) === known ? known : undefined;
  };

  return {
    claim(key, user, turn, wire) {
      const name = JSON.stringify([user.id, key]);
      const known = connections.get(name);
      if (known && turn !== undefined && turn < known.turn) return 'late';
      if (!known && users.count(user.id) >= maxPerUser) return 'full';
      const connection = known ?? create(name, user.id, wire);
      connections.set(name, connection);
      users.add(user.id, connection);
      connection.cancel?.();
      connection.cancel = undefined;
      const older = connection.isLive ? connection.wire : undefined;
      connection.turn = turn ?? 0; // nobody said
      connection.wire = wire;
      connection.isLive = true;
      for (const room of connection.shown?.keys() ?? []) {
        const unclaimed = (connection.unclaimed ??= new Map<string, number>());
        if (!unclaimed.has(room)) unclaimed.set(room, clock.now() + graceMs);
      }
      watchUnclaimed(connection);
      older?.close(CLOSE.replaced, 'another wire has this key');
      return connection;
    },
    bucket: (connection) => buckets.of((connection as Known).name),
    async show(held, wire, room, data) {
      const connection = heldBy(held, wire);
      if (!connection) return true;
      connection.unclaimed?.delete(room);
      const shown = (connection.shown ??= new Map());
      const text = JSON.stringify(data);
      const before = shown.get(room);
      if (before?.text === text) return true;
      if (!before && members.of(room) >= maxMembersPerRoom) return false;
      if (!before) members.add(room, 1);
      const joinedAt = before?.joinedAt ?? clock.wallNow();
      shown.set(room, { text, joinedAt });
      const entry = { user: connection.user, connection: connection.id, n: ++connection.n, data, joinedAt };
      try {
        await backplane.enter(room, entry);
        return true;
      } catch (error) {
        // it may have been taken all the same: the next show says it again, and hide takes it back
        if (connection.n === entry.n) shown.set(room, { text: '', joinedAt });
        throw error;
      }
    },
    async hide(held, wire, room) {
      await hide(heldBy(held, wire), room);
    },
    lost(held, wire) {
      const connection = heldBy(held, wire);
      if (!connection) return;
      connection.isLive = false;
      connection.cancel?.();
      connection.cancel = clock.after(graceMs, () => end(connection));
    },
    bye: (held, wire) => end(heldBy(held, wire)),
    disconnect(user, code, reason) {
      const all = users.of(user);
      const live = all.filter(({ isLive }) => isLive);
      // first: what its wire says of its own end changes nothing then
      all.forEach(end);
      for (const { wire } of live) wire.close(code, reason);
      return live.length;
    },
    get size() {
      return connections.size;
    },
    async close() {
      const all = [...connections.values()];
      connections.clear();
      users.clear();
      await Promise.allSettled(
        all.flatMap((connection) => {
          connection.cancel?.();
          connection.cancelUnclaimed?.();
          return [...(connection.shown?.keys() ?? [])].map((room) => hide(connection, room));
        }),
      );
    },
  };
}
