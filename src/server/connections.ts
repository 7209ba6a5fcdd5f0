// Clients as others see them: by key and user, with what they show in rooms, across wires. Reads no frames.

import { type Cancel, type Clock } from '../base/clock.js';
import { createId } from '../base/id.js';
import type { User } from '../protocol/rooms-frames.js';
import type { Backplane } from './backplane.js';

/** A wire's hold on a connection. What it says after another wire took over changes nothing. */
export interface Lease {
  /** What others call this client. */
  readonly connection: string;
  /** Shows `data` in a room; the same again tells nobody. Fails as the backplane does. */
  show(room: string, data: Readonly<Record<string, unknown>>): Promise<void>;
  /** Shows nothing there, also nothing that an earlier wire showed. Fails as the backplane does. */
  hide(room: string): Promise<void>;
  /** The wire is lost: another one may come, for the grace. */
  lost(): void;
  /** Nobody will come: all entries leave now. Also after `lost`. */
  bye(): void;
}

export interface Connections {
  /**
   * `replaced` is called when another wire takes over. `turn` grows with the wires of a client: undefined for one that was
   * begun before the newest, and has arrived after it.
   */
  claim(key: string, user: User, turn: number | undefined, replaced: () => void): Lease | undefined;
  readonly size: number;
  /** Ends every grace, and takes every entry back: the backplane may live on. */
  close(): Promise<void>;
}

export interface ConnectionsOptions {
  readonly backplane: Backplane;
  readonly clock: Clock;
  readonly random: () => number;
  readonly graceMs: number;
}

interface Connection {
  readonly id: string;
  readonly user: string;
  /** By room: the data as text, and since when. */
  readonly shown: Map<string, { readonly text: string; readonly joinedAt: number }>;
  /** Rooms of an earlier wire that no later one has asked for yet, and how long they may. */
  readonly unclaimed: Map<string, number>;
  n: number;
  /** Of the newest wire. */
  turn: number;
  /** The newest wire, also when it is lost. */
  wire: object;
  isLive: boolean;
  replaced: () => void;
  /** While it has no wire. */
  cancel: Cancel | undefined;
  /** While something is unclaimed: however often wires come and go. */
  cancelUnclaimed: Cancel | undefined;
}

export function createConnections({ backplane, clock, random, graceMs }: ConnectionsOptions): Connections {
  const connections = new Map<string, Connection>();

  const hide = async (connection: Connection, room: string): Promise<void> => {
    connection.unclaimed.delete(room);
    if (connection.shown.delete(room)) await backplane.leave(room, connection.id, ++connection.n);
  };
  const hideAll = (connection: Connection, rooms: Iterable<string>): void => {
    // a backplane that cannot be reached forgets entries by itself: nobody here could do more
    for (const room of [...rooms]) void hide(connection, room).catch(() => {});
  };
  /** What no wire has asked for in time leaves, as if nobody had come. */
  const hideUnclaimed = (connection: Connection): void => {
    connection.cancelUnclaimed = undefined;
    const now = clock.now();
    const due = [...connection.unclaimed].filter(([, until]) => until <= now).map(([room]) => room);
    hideAll(connection, due);
    watchUnclaimed(connection);
  };
  const watchUnclaimed = (connection: Connection): void => {
    if (connection.cancelUnclaimed || connection.unclaimed.size === 0) return;
    const waitMs = Math.min(...connection.unclaimed.values()) - clock.now();
    connection.cancelUnclaimed = clock.after(waitMs, () => hideUnclaimed(connection));
  };
  const end = (name: string, connection: Connection): void => {
    connection.cancel?.();
    connection.cancelUnclaimed?.();
    if (connections.get(name) === connection) connections.delete(name);
    hideAll(connection, connection.shown.keys());
  };

  return {
    claim(key, user, turn, replaced) {
      const name = JSON.stringify([user.id, key]);
      const known = connections.get(name);
      if (known && turn !== undefined && turn < known.turn) return undefined;
      const wire = {};
      const fresh = {
        id: createId(random),
        user: user.id,
        shown: new Map(),
        unclaimed: new Map<string, number>(),
        n: 0,
      };
      const connection: Connection = known ?? {
        ...fresh,
        ...{ turn: 0, wire, isLive: true },
        replaced,
        cancel: undefined,
        cancelUnclaimed: undefined,
      };
      connections.set(name, connection);
      connection.cancel?.();
      connection.cancel = undefined;
      const older = known?.isLive ? known.replaced : undefined;
      connection.turn = turn ?? 0; // nobody said
      connection.wire = wire;
      connection.isLive = true;
      connection.replaced = replaced;
      for (const room of connection.shown.keys())
        if (!connection.unclaimed.has(room)) connection.unclaimed.set(room, clock.now() + graceMs);
      watchUnclaimed(connection);
      older?.();

      const isOurs = (): boolean => connections.get(name) === connection && connection.wire === wire;
      return {
        connection: connection.id,
        async show(room, data) {
          if (!isOurs()) return;
          connection.unclaimed.delete(room);
          const text = JSON.stringify(data);
          const before = connection.shown.get(room);
          if (before?.text === text) return;
          const joinedAt = before?.joinedAt ?? clock.wallNow();
          connection.shown.set(room, { text, joinedAt });
          const entry = { user: connection.user, connection: connection.id, n: ++connection.n, data, joinedAt };
          try {
            await backplane.enter(room, entry);
          } catch (error) {
            // it may have been taken all the same: the next show says it again, and hide takes it back
            if (connection.n === entry.n) connection.shown.set(room, { text: '', joinedAt });
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
          connection.cancel = clock.after(graceMs, () => end(name, connection));
        },
        bye() {
          if (isOurs()) end(name, connection);
        },
      };
    },
    get size() {
      return connections.size;
    },
    async close() {
      const all = [...connections.values()];
      connections.clear();
      await Promise.allSettled(
        all.flatMap((connection) => {
          connection.cancel?.();
          connection.cancelUnclaimed?.();
          return [...connection.shown.keys()].map((room) => hide(connection, room));
        }),
      );
    },
  };
}
