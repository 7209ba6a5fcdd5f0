// What could not be sent yet: a bounded queue with order, expiry and last-value-wins keys. Knows nothing of wires.

import { RealtimeError } from './error.js';

export interface OutboxOptions {
  /** Entries at most. Default 1,000; 0 queues nothing. */
  readonly limit?: number | undefined;
  /** Bytes at most, a UTF-16 unit of text counted as one. Default 1 MiB. */
  readonly maxBytes?: number | undefined;
  /** At the bound: give up the oldest entries, or the new one, or throw in the caller's stack. Default 'drop-oldest'. */
  readonly overflow?: 'drop-oldest' | 'drop-newest' | 'reject' | undefined;
  /** How long an entry may wait. Default Infinity. */
  readonly ttlMs?: number | undefined;
}

export interface Entry<T> {
  readonly item: T;
  readonly bytes: number;
  /** A later entry with the same key takes the place of this one. */
  readonly key?: string | undefined;
  readonly expiresAt: number;
  /** It left the queue unsent; `null`: a newer one with its key took its place. Called once at most. */
  readonly dropped: (error: RealtimeError | null) => void;
}

export interface Outbox<T> {
  /** false: the bound left no place for it, and its `dropped` was called. Throws at the bound under 'reject'. */
  push(entry: Entry<T>, options: OutboxOptions): boolean;
  /** Hands out entries in order until `write` says no. */
  drain(write: (entry: Entry<T>) => boolean): void;
  /** Takes an entry out; false if it is no longer here. */
  remove(entry: Entry<T>): boolean;
  /** Drops what is due. */
  expire(now: number): void;
  clear(error: RealtimeError): void;
  /** When the next entry expires, at the earliest. */
  readonly nextExpiry: number;
  readonly size: number;
}

export function createOutbox<T>(): Outbox<T> {
  interface Place {
    entry: Entry<T>;
  }
  const places = new Set<Place>(); // insertion order is sending order
  const byKey = new Map<string, Place>();
  let bytes = 0;
  let nextExpiry = Infinity;

  const take = (place: Place): boolean => {
    if (!places.delete(place)) return false;
    bytes -= place.entry.bytes;
    if (place.entry.key !== undefined) byKey.delete(place.entry.key);
    if (places.size === 0) nextExpiry = Infinity;
    return true;
  };
  const drop = (place: Place, error: RealtimeError): void => {
    if (take(place)) place.entry.dropped(error);
  };
  const full = (): RealtimeError =>
    new RealtimeError(
      'overflow',
      'The outbox is full: raise `outbox.limit` or `outbox.maxBytes`, or send less while there is no link.',
    );

  return {
    push(entry, { limit = 1000, maxBytes = 2 ** 20, overflow = 'drop-oldest' }) {
      const older = entry.key === undefined ? undefined : byKey.get(entry.key);
      const fits = (): boolean =>
        places.size < limit + (older ? 1 : 0) && bytes - (older?.entry.bytes ?? 0) + entry.bytes <= maxBytes;
      if (!fits() && overflow === 'reject') throw full();
      if (overflow === 'drop-oldest' && limit > 0 && entry.bytes <= maxBytes)
        for (const place of places)
          if (fits()) break;
          else if (place !== older) drop(place, full());
      if (!fits()) {
        entry.dropped(full());
        return false;
      }
      bytes += entry.bytes;
      nextExpiry = Math.min(nextExpiry, entry.expiresAt);
      if (older) {
        // the newest value keeps the place of the first
        bytes -= older.entry.bytes;
        older.entry.dropped(null);
        older.entry = entry;
      } else {
        const place = { entry };
        places.add(place);
        if (entry.key !== undefined) byKey.set(entry.key, place);
      }
      return true;
    },
    drain(write) {
      for (const place of places) {
        if (!write(place.entry)) return;
        take(place);
      }
    },
    remove(entry) {
      for (const place of places) if (place.entry === entry) return take(place);
      return false;
    },
    expire(now) {
      if (now < nextExpiry) return;
      nextExpiry = Infinity;
      for (const place of places)
        if (place.entry.expiresAt <= now) drop(place, new RealtimeError('timeout', 'Not sent within its `ttlMs`.'));
        else nextExpiry = Math.min(nextExpiry, place.entry.expiresAt);
    },
    clear(error) {
      for (const place of places) drop(place, error);
    },
    get nextExpiry() {
      return nextExpiry;
    },
    get size() {
      return places.size;
    },
  };
}
