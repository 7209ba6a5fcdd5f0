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
  /** `replaced` is called when another wire takes over. */
  claim(key: string, user: User, replaced: () => void): Lease;
  readonly size: number;
  /** Ends every grace; entries are left to the backplane. */
  close(): void;
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
  /** Rooms of an earlier wire that the present one has not asked for yet. */
  readonly unclaimed: Set<string>;
  n: number;
  /** The newest wire, also when it is lost. */
  wire: object;
  isLive: boolean;
  replaced: () => void;
  cancel: Cancel | undefined;
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
  const end = (name: string, connection: Connection): void => {
    connection.cancel?.();
    if (connections.get(name) === connection) connections.delete(name);
    hideAll(connection, connection.shown.keys());
  };

  return {
    claim(key, user, replaced) {
      const name = JSON.stringify([user.id, key]);
      const known = connections.get(name);
      const wire = {};
      const fresh = { id: createId(random), user: user.id, shown: new Map(), unclaimed: new Set<string>(), n: 0 };
      const connection: Connection = known ?? { ...fresh, wire, isLive: true, replaced, cancel: undefined };
      connections.set(name, connection);
      connection.cancel?.();
      connection.cancel = undefined;
      const older = known?.isLive ? known.replaced : undefined;
      connection.wire = wire;
      connection.isLive = true;
      connection.replaced = replaced;
      for (const room of connection.shown.keys()) connection.unclaimed.add(room);
      // what this wire does not ask for again leaves as if nobody had come
      if (connection.shown.size > 0)
        connection.cancel = clock.after(graceMs, () => hideAll(connection, connection.unclaimed));
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
    close() {
      for (const { cancel } of connections.values()) cancel?.();
      connections.clear();
    },
  };
}
