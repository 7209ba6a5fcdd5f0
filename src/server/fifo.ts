// First in, first out, at the same price however many wait: a Map or Set that loses its oldest over and over is walked through its holes. Knows nothing of what waits.

export interface Fifo<T> {
  push(item: T): void;
  readonly first: T | undefined;
  /** Takes the first away. */
  shift(): void;
  clear(): void;
}

/** So many empty places are no reason to move the others. */
const FEW = 1_000;

export function createFifo<T>(): Fifo<T> {
  let items: T[] = [];
  let from = 0;
  return {
    push: (item) => void items.push(item),
    get first() {
      return items[from];
    },
    shift() {
      if (from < items.length) from++;
      if (from < FEW || from < items.length / 2) return;
      items = items.slice(from);
      from = 0;
    },
    clear() {
      items = [];
      from = 0;
    },
  };
}
