// Who waits until a reader has taken some of what waits for it. Knows no transport.

export interface Drain {
  /** Resolves when at most so many bytes wait; undefined: they do. */
  below(bytes: number): Promise<void> | undefined;
  /** Something was taken, or all is over. */
  look(): void;
}

/** `waiting`: how many bytes; none for one that is gone, so that nobody waits for ever. */
export function createDrain(waiting: () => number): Drain {
  let waiters: readonly { readonly bytes: number; readonly resolve: () => void }[] = [];
  return {
    below(bytes) {
      if (waiting() <= bytes) return undefined;
      return new Promise((resolve) => (waiters = [...waiters, { bytes, resolve }]));
    },
    look() {
      if (waiters.length === 0) return;
      const left = waiting();
      const due = waiters.filter(({ bytes }) => left <= bytes);
      if (due.length > 0) waiters = waiters.filter(({ bytes }) => left > bytes);
      for (const { resolve } of due) resolve();
    },
  };
}
