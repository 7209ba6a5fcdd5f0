// Clients as others see them: by key and user, with what they show in rooms, across wires. Reads no frames.

import { type Cancel, type Clock } from '../base/clock.js';
import { createId } from '../base/id.js';
import type { RateLimit, TokenBucket } from '../base/token-bucket.js';
import { CLOSE, type User } from '../protocol/rooms-frames.js';
import type { Backplane } from './backplane.js';
import { createBuckets } from './buckets.js';
import { createCounts } from './counts.js';

/** A wire's hold on a connection. What it says after another wire took over changes nothing. */
export interface Lease {
  /** What others call this client. */
  readonly connection: string;
  /** How fast this client may go on: another wire does not begin anew. To be used at once, and not kept. */
  bucket(): TokenBucket;
  /** Shows `data` in a room; the same again tells nobody. Resolves to false where there is no place. Fails as the backplane does. */
  show(room: string, data: Readonly<Record<string, unknown>>): Promise<boolean>;
  /** Shows nothing there, also nothing that an earlier wire showed. Fails as the backplane does. */
  hide(room: string): Promise<void>;
  /** The wire is lost: another one may come, for the grace. */
  lost(): void;
  /** Nobody will come: all entries leave now. Also after `lost`. */
  bye(): void;
}

export type Close = (code: number, reason: string) => void;

export interface Connections {
  /**
   * `close` is called when another wire takes over, or the user is sent away. `turn` grows with the wires of a client: `late`
   * is one that was begun before the newest, and has arrived after it. `full`: the user has as many as may be.
   */
  claim(key: string, user: User, turn: number | undefined, close: Close): Lease | 'late' | 'full';
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

interface Connection {
  readonly id: string;
  readonly name: string;
  readonly user: string;
  // most show nothing, and an empty map of each is 200 bytes
  /** By room: the data as text, and since when. */
  shown: Map<string, { readonly text: string; readonly joinedAt: number }> | undefined;
  /** Rooms of an earlier wire that no later one has asked for yet, and how long they may. */
  unclaimed: Map<string, number> | undefined;
  n: number;
  /** Of the newest wire. */
  turn: number;
  /** The newest wire, also when it is lost. */
  wire: object;
  isLive: boolean;
  close: Close;
  /** While it has no wire. */
  cancel: Cancel | undefined;
  /** While something is unclaimed: however often wires come and go. */
  cancelUnclaimed: Cancel | undefined;
}

export function createConnections(options: ConnectionsOptions): Connections {
  const { backplane, clock, random, graceMs, maxPerUser = Infinity, maxMembersPerRoom = Infinity } = options;
  const connections = new Map<string, Connection>();
  const byUser = new Map<string, Set<Connection>>();
  const members = createCounts();
  /** By name: of those who said something just now. */
  const buckets = createBuckets(clock, options.rateLimit ?? { perSecond: Infinity });

  const hide = async (connection: Connection, room: string): Promise<void> => {
    connection.unclaimed?.delete(room);
    if (!connection.shown?.delete(room)) return;
    members.add(room, -1);
    await backplane.leave(room, connection.id, ++connection.n);
  };
  const hideAll = (connection: Connection, rooms: Iterable<string>): void => {
    // a backplane that cannot be reached forgets entries by itself: nobody here could do more
    for (const room of [...rooms]) void hide(connection, room).catch(() => {});
  };
  /** What no wire has asked for in time leaves, as if nobody had come. */
  const hideUnclaimed = (connection: Connection): void => {
    connection.cancelUnclaimed = undefined;
    const now = clock.now();
    const due = [...(connection.unclaimed ?? [])].filter(([, until]) => until <= now).map(([room]) => room);
    hideAll(connection, due);
    watchUnclaimed(connection);
  };
  const watchUnclaimed = (connection: Connection): void => {
    if (connection.cancelUnclaimed || !connection.unclaimed?.size) return;
    const waitMs = Math.min(...connection.unclaimed.values()) - clock.now();
    connection.cancelUnclaimed = clock.after(waitMs, () => hideUnclaimed(connection));
  };
  const end = (connection: Connection): void => {
    connection.cancel?.();
    connection.cancelUnclaimed?.();
    if (connections.get(connection.name) === connection) connections.delete(connection.name);
    const others = byUser.get(connection.user);
    if (others?.delete(connection) && others.size === 0) byUser.delete(connection.user);
    hideAll(connection, connection.shown?.keys() ?? []);
  };

  return {
    claim(key, user, turn, close) {
      const name = JSON.stringify([user.id, key]);
      const known = connections.get(name);
      if (known && turn !== undefined && turn < known.turn) return 'late';
      const others = byUser.get(user.id) ?? new Set();
      if (!known && others.size >= maxPerUser) return 'full';
      const wire = {};
      const connection: Connection = known ?? {
        id: createId(random),
        ...{ name, user: user.id, shown: undefined, unclaimed: undefined },
        ...{ n: 0, turn: 0, wire, isLive: true, close },
        cancel: undefined,
        cancelUnclaimed: undefined,
      };
      connections.set(name, connection);
      byUser.set(user.id, others.add(connection));
      connection.cancel?.();
      connection.cancel = undefined;
      const older = known?.isLive ? known.close : undefined;
      connection.turn = turn ?? 0; // nobody said
      connection.wire = wire;
      connection.isLive = true;
      connection.close = close;
      for (const room of connection.shown?.keys() ?? []) {
        const unclaimed = (connection.unclaimed ??= new Map<string, number>());
        if (!unclaimed.has(room)) unclaimed.set(room, clock.now() + graceMs);
      }
      watchUnclaimed(connection);
      older?.(CLOSE.replaced, 'another wire has this key');

      const isOurs = (): boolean => connections.get(name) === connection && connection.wire === wire;
      return {
        connection: connection.id,
        bucket: () => buckets.of(name),
        async show(room, data) {
          if (!isOurs()) return true;
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
        async hide(room) {
          if (isOurs()) await hide(connection, room);
        },
        lost() {
          if (!isOurs()) return;
          connection.isLive = false;
          connection.cancel?.();
          connection.cancel = clock.after(graceMs, () => end(connection));
        },
        bye() {
          if (isOurs()) end(connection);
        },
      };
    },
    disconnect(user, code, reason) {
      const all = [...(byUser.get(user) ?? [])];
      const live = all.filter(({ isLive }) => isLive);
      // first: what its wire says of its own end changes nothing then
      all.forEach(end);
      for (const { close } of live) close(code, reason);
      return live.length;
    },
    get size() {
      return connections.size;
    },
    async close() {
      const all = [...connections.values()];
      connections.clear();
      byUser.clear();
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
