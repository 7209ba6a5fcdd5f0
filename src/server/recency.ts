// Things in the order in which they were last touched: each touch costs the same, however many there are. (A Set that is deleted from and added to
// all the time does not: V8 makes its table anew over and over.) Knows nothing of the things.

/** Its place in the order; written by nobody else. */
export interface Ranked<T> {
  older: T | undefined;
  newer: T | undefined;
}

export interface Recency<T> {
  /** Adds it, or moves it to the end. */
  touch(item: T): void;
  /** Does nothing where it is not there. */
  delete(item: T): void;
  readonly oldest: T | undefined;
  clear(): void;
}

export function createRecency<T extends Ranked<T>>(): Recency<T> {
  let oldest: T | undefined;
  let newest: T | undefined;

  const remove = (item: T): void => {
    const { older, newer } = item;
    if (older) older.newer = newer;
    else if (oldest === item) oldest = newer;
    if (newer) newer.older = older;
    else if (newest === item) newest = older;
    item.older = item.newer = undefined;
  };
  return {
    touch(item) {
      if (item === newest) return;
      remove(item);
      item.older = newest;
      if (newest) newest.newer = item;
      else oldest = item;
      newest = item;
    },
    delete: remove,
    get oldest() {
      return oldest;
    },
    clear() {
      oldest = newest = undefined;
    },
  };
}
