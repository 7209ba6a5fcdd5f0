// What each connection of each person shows, and which of it is the newest. Pure. Knows no order of the room: that is presence.ts.

import type { PresenceChange, PresenceEntry } from '../protocol/rooms-frames.js';
import { sameJson } from './same-json.js';

export type PresenceData = Readonly<Record<string, unknown>>;

/** One connection of a person. */
export interface MemberConnection<P = PresenceData> {
  readonly id: string;
  readonly presence: P;
  /** Milliseconds since 1970, by the server's clock. */
  readonly joinedAt: number;
}

/** One person, however many connections they have. The same object as long as nothing of it changes. */
export interface Member<P = PresenceData> {
  readonly id: string;
  /** What the connection shows that changed last; in a first snapshot, which does not say that, the one that joined last. */
  readonly presence: P;
  /** Oldest first, never empty. */
  readonly connections: readonly MemberConnection<P>[];
}

export interface Entry {
  readonly connection: MemberConnection;
  readonly n: number;
  /** The larger, the later it changed as seen from here. */
  readonly turn: number;
}

/** A change, copied from what came: nobody else holds it. */
export interface Change {
  readonly user: string;
  readonly id: string;
  readonly n: number;
  /** null: it left. */
  readonly connection: MemberConnection | null;
}

export function changeTo({ user, connection: id, n, data, joinedAt }: PresenceEntry): Change {
  // times are only for people, so the reader of frames lets anything pass
  const connection = { id, presence: { ...data }, joinedAt: Number.isFinite(joinedAt) ? joinedAt : 0 };
  return { user, id, n, connection };
}

export function changeOf(change: PresenceChange): Change {
  if (change.op !== 'leave') return changeTo(change.entry);
  return { user: change.user, id: change.connection, n: change.n, connection: null };
}

const isSameConnection = (one: MemberConnection, other: MemberConnection): boolean =>
  one.id === other.id && one.joinedAt === other.joinedAt && sameJson(one.presence, other.presence);

const isAfter = (one: MemberConnection, other: MemberConnection): boolean =>
  one.joinedAt === other.joinedAt ? one.id > other.id : one.joinedAt > other.joinedAt;

/**
 * `n` tells new from old among the versions of an entry that is here; whether it is here at all is for the room's order to say, so
 * that one who leaves and enters again may count from the beginning. The same array where nothing changed.
 */
export function changeEntries(
  entries: readonly Entry[],
  { id, n, connection }: Change,
  turn: number,
): readonly Entry[] {
  const known = entries.find((entry) => entry.connection.id === id);
  if (known && (connection ? n <= known.n : n < known.n)) return entries;
  if (!known && !connection) return entries;
  const others = entries.filter((entry) => entry !== known);
  if (!connection) return others;
  const shown = known && isSameConnection(known.connection, connection) ? known.connection : connection;
  const after = others.findIndex((other) => isAfter(other.connection, shown));
  others.splice(after < 0 ? others.length : after, 0, { connection: shown, n, turn });
  return others;
}

/** The entry of a snapshot, as the one that was known where it says nothing new. */
export function keepKnown(entry: Entry, known: Entry | undefined): Entry {
  if (!known || !isSameConnection(known.connection, entry.connection)) return entry;
  return known.n === entry.n ? known : { ...known, n: entry.n };
}

export function isSameList(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one === other || (one.length === other.length && one.every((item, index) => item === other[index]));
}

/** Who these entries are, in as much of `before` as still holds. */
export function memberOf(id: string, entries: readonly Entry[], before: Member | undefined): Member {
  let newest = entries[0] as Entry;
  for (const entry of entries) if (entry.turn > newest.turn) newest = entry;
  let { presence } = newest.connection;
  if (before && sameJson(before.presence, presence)) presence = before.presence;
  const connections = entries.map(({ connection }) => connection);
  if (before?.presence === presence && isSameList(before.connections, connections)) return before;
  return { id, presence, connections };
}
