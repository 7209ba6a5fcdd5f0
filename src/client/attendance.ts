// Whose options hold in a room: the largest history, the first schemas, everybody's ear for what is invalid. Joins nothing.

import type { RealtimeError } from '../base/error.js';
import type { Unsubscribe } from '../base/readable.js';
import { guarded, warnOnce } from '../base/report.js';
import { whole } from '../base/whole.js';
import type { PresenceChange, PresenceEntry, RoomFrame } from '../protocol/rooms-frames.js';
import { type Schema, validate } from '../protocol/schema.js';
import type { RoomOptions, RoomRef } from './room-handle.js';

export interface Attendance {
  attend(ref: RoomRef, options: RoomOptions): Unsubscribe;
  /** Messages to keep. */
  limit(room: string): number;
  /** A message as the schema makes it; undefined: refused, and told. */
  message(room: string, frame: RoomFrame): RoomFrame | undefined;
  entries(room: string, entries: readonly PresenceEntry[]): readonly PresenceEntry[];
  changes(room: string, changes: readonly PresenceChange[]): readonly PresenceChange[];
}

export function createAttendance(): Attendance {
  interface Guest {
    readonly ref: RoomRef;
    readonly options: RoomOptions;
  }
  const rooms = new Map<string, Set<Guest>>();
  const guests = (room: string): readonly Guest[] => [...(rooms.get(room) ?? [])];

  const refuse = (room: string, raw: unknown, error: RealtimeError): void => {
    let heard = false;
    for (const { options } of guests(room)) {
      heard ||= options.onInvalid !== undefined;
      guarded(options.onInvalid, { raw, error });
    }
    if (!heard && process.env.NODE_ENV !== 'production')
      warnOnce(rooms, `${error.message} It is not shown; listen with onInvalid.`);
  };
  const fit = <V>(room: string, schema: Schema<V> | undefined, raw: unknown, then: (value: V) => void): void => {
    if (!schema) return then(raw as V);
    let value: V;
    try {
      value = validate(schema, raw);
    } catch (error) {
      return refuse(room, raw, error as RealtimeError);
    }
    then(value);
  };
  const schemaOf = <K extends 'message' | 'presence'>(room: string, kind: K): RoomRef[K] => {
    for (const { ref } of rooms.get(room) ?? []) if (ref[kind]) return ref[kind];
    return undefined;
  };
  const entry = (room: string, raw: PresenceEntry): PresenceEntry | undefined => {
    let found: PresenceEntry | undefined;
    fit(room, schemaOf(room, 'presence'), raw.data, (data) => (found = data === raw.data ? raw : { ...raw, data }));
    return found;
  };

  return {
    attend(ref, options) {
      const guest: Guest = { ref, options };
      const all = rooms.get(ref.id) ?? new Set();
      rooms.set(ref.id, all.add(guest));
      return () => {
        if (all.delete(guest) && all.size === 0 && rooms.get(ref.id) === all) rooms.delete(ref.id);
      };
    },
    limit(room) {
      const wanted = guests(room).map(({ options }) => whole(options.history ?? 100));
      return wanted.length === 0 ? 100 : Math.max(...wanted);
    },
    message(room, frame) {
      const schema = schemaOf(room, 'message');
      if (!schema) return frame;
      let found: RoomFrame | undefined;
      fit(room, schema, frame.data, (data) => (found = data === frame.data ? frame : { ...frame, data }));
      return found;
    },
    entries: (room, entries) => entries.map((each) => entry(room, each)).filter((each) => each !== undefined),
    // one whose new look is invalid keeps the old one; one who enters with an invalid look is not shown
    changes: (room, changes) =>
      changes.filter((change) => change.op === 'leave').length === changes.length
        ? changes
        : changes
            .map((change) => {
              if (change.op === 'leave') return change;
              const found = entry(room, change.entry);
              return found && { ...change, entry: found };
            })
            .filter((each) => each !== undefined),
  };
}
