// Who waits for the same word. Knows nothing of what it is.

export interface Waiters {
  /** Resolves with the next `release`. Never rejects. */
  wait(): Promise<void>;
  release(): void;
  readonly size: number;
}

export function createWaiters(): Waiters {
  let waiting: (() => void)[] = [];
  return {
    wait: () => new Promise((resolve) => waiting.push(resolve)),
    release() {
      const ready = waiting;
      waiting = [];
      for (const each of ready) each();
    },
    get size() {
      return waiting.length;
    },
  };
}
