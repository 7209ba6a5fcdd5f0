// The newest items of an endless sequence. Pure: older values of a history stay what they were.

/** Immutable. Appending is amortised O(1), whatever the bound; the array is built only when somebody reads it. */
export interface History<T> {
  /** How many were ever appended. */
  readonly count: number;
  /** How many of them are kept. */
  readonly length: number;
  /** The newest items, oldest first; the same array each time it is read. */
  readonly items: readonly T[];
}

interface Window<T> extends History<T> {
  /** Shared with older windows, which never look past their own `end`. */
  readonly log: T[];
  readonly start: number;
  readonly end: number;
}

/** Nothing is always the same nothing: who reads an empty history is told of nothing new. */
const none: readonly never[] = Object.freeze([]);

function windowOf<T>(log: T[], start: number, end: number, count: number): Window<T> {
  let items: readonly T[] | undefined;
  return {
    count,
    length: end - start,
    log,
    start,
    end,
    get items() {
      return (items ??= start < end ? log.slice(start, end) : none);
    },
  };
}

export function emptyHistory<T>(count = 0): History<T> {
  return windowOf<T>([], 0, 0, count);
}

/** Adds items and keeps the newest `limit`. */
export function append<T>(history: History<T>, added: readonly T[], limit: number): History<T> {
  const before = history as Window<T>;
  if (added.length === 0) return history;
  let { log, start } = before;
  const kept = Math.min(before.end - start, limit);
  // a second future of one history, or a log that is mostly past: begin a new one
  if (log.length !== before.end || start > 2 * limit + 64) {
    log = log.slice(before.end - kept, before.end);
    start = 0;
  }
  for (const item of added.length > limit ? added.slice(added.length - limit) : added) log.push(item);
  return windowOf(log, Math.max(start, log.length - limit), log.length, before.count + added.length);
}

/** Puts items before the one at `index`, and keeps the newest `limit`: a copy. They count as appended only if `count` says so. */
export function insert<T>(
  history: History<T>,
  index: number,
  added: readonly T[],
  limit: number,
  count: number = history.count,
): History<T> {
  const items = [...history.items.slice(0, index), ...added, ...history.items.slice(index)];
  return append(emptyHistory<T>(count - items.length), items, limit);
}
