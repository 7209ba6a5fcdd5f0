// What could not be sent yet, or was sent and not answered: a bounded queue with order, expiry and last-value-wins keys. Knows nothing of wires.

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
  /** Has it left, and waits for its answer? Then it counts, and neither bound nor key takes it out. */
  readonly pinned?: (() => boolean) | undefined;
  /** It left the queue unsent; `null`: a newer one with its key took its place. Called once at most. */
  readonly dropped: (error: RealtimeError | null) => void;
}

export interface Outbox<T> {
  /** false: the bound left no place for it, and its `dropped` was called. Throws at the bound under 'reject'. */
  push(entry: Entry<T>, options: OutboxOptions): boolean;
  /** They were here before all others: they go first. A newer value of their key wins, and at the bound nobody leaves for them. */
  restore(older: readonly Entry<T>[], options: OutboxOptions): void;
  /** In order; whoever reads may take them out. */
  entries(): Iterable<Entry<T>>;
  /** What waits now goes behind what is pushed inside `run`. */
  ahead(run: () => void): void;
  /** The entry with that key leaves: a newer one went straight to where it was to go. */
  supersede(key: string): void;
  /** Takes an entry out; false if it is no longer here. */
  remove(entry: Entry<T>): boolean;
  /** Drops what is due. */
  expire(now: number): void;
  clear(error: RealtimeError): void;
  /** When the next entry expires, at the earliest. */
  readonly nextExpiry: number;
  readonly size: number;
  readonly bytes: number;
}

export const DEFAULT_LIMIT = 1_000;
export const DEFAULT_BYTES: number = 2 ** 20;
/** What makes no sense is taken as if nothing had been said. */
const sensible = (value: number | undefined, usual: number): number =>
  value !== undefined && value >= 0 ? value : usual;

export function createOutbox<T>(): Outbox<T> {
  // insertion order is sending order, and a Map gives a new value the place of the old one
  const entries = new Map<unknown, Entry<T>>();
  let bytes = 0;
  let nextExpiry = Infinity;

  const placeOf = (entry: Entry<T>): unknown => entry.key ?? entry;
  const take = (entry: Entry<T>): boolean => {
    const place = entries.get(entry) === entry ? entry : placeOf(entry);
    if (entries.get(place) !== entry) return false;
    entries.delete(place);
    bytes -= entry.bytes;
    if (entries.size === 0) nextExpiry = Infinity;
    return true;
  };
  const drop = (entry: Entry<T>, error: RealtimeError): void => {
    if (take(entry)) entry.dropped(error);
  };
  /** What a new value takes the place of. One that has left keeps its own, under no key. */
  const replaceable = (place: unknown): Entry<T> | undefined => {
    const older = entries.get(place);
    if (!older?.pinned?.()) return older;
    entries.delete(place);
    entries.set(older, older);
    return undefined;
  };
  const full = (): RealtimeError =>
    new RealtimeError('overflow', 'The outbox is full: raise `outbox.limit` or `maxBytes`, or send less.');

  const outbox: Outbox<T> = {
    push(entry, { limit, maxBytes, overflow = 'drop-oldest' }) {
      const older = replaceable(placeOf(entry));
      let over = entries.size + (older ? 0 : 1) - sensible(limit, DEFAULT_LIMIT);
      let bytesOver = bytes - (older?.bytes ?? 0) + entry.bytes - sensible(maxBytes, DEFAULT_BYTES);
      const fits = (): boolean => over <= 0 && bytesOver <= 0;
      if (!fits() && overflow === 'reject') throw full();
      const given: Entry<T>[] = []; // up for it, if that is enough: what finds no place all the same costs nobody theirs
      if (overflow === 'drop-oldest')
        for (const each of entries.values()) {
          if (fits()) break;
          if (each === older || each.pinned?.()) continue;
          given.push(each);
          over--;
          bytesOver -= each.bytes;
        }
      if (!fits()) {
        entry.dropped(full());
        return false;
      }
      given.forEach(take);
      entries.set(placeOf(entry), entry);
      bytes += entry.bytes - (older?.bytes ?? 0);
      nextExpiry = Math.min(nextExpiry, entry.expiresAt);
      // now, when all is in its place: whoever is told may send something
      for (const each of given) each.dropped(full());
      older?.dropped(null);
      return true;
    },
    restore(older, options) {
      outbox.ahead(() => {
        for (const entry of older)
          if (entry.key !== undefined && entries.has(entry.key)) entry.dropped(null);
          else outbox.push(entry, { ...options, overflow: 'drop-newest' });
      });
    },
    entries: () => entries.values(),
    ahead(run) {
      const waiting = [...entries];
      run();
      for (const [place, entry] of waiting)
        if (entries.get(place) === entry && entries.delete(place)) entries.set(place, entry);
    },
    supersede(key) {
      const older = replaceable(key);
      if (older && take(older)) older.dropped(null);
    },
    remove: take,
    expire(now) {
      if (now < nextExpiry) return;
      nextExpiry = Infinity;
      for (const entry of entries.values())
        if (entry.expiresAt <= now) drop(entry, new RealtimeError('timeout', 'Not sent within its `ttlMs`.'));
        else nextExpiry = Math.min(nextExpiry, entry.expiresAt);
    },
    clear(error) {
      for (const entry of entries.values()) drop(entry, error);
    },
    get nextExpiry() {
      return nextExpiry;
    },
    get size() {
      return entries.size;
    },
    get bytes() {
      return bytes;
    },
  };
  return outbox;
}
