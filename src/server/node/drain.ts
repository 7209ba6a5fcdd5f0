// Who waits until a reader has taken some of what waits for it. Knows no transport.

interface Waiter {
  readonly bytes: number;
  readonly resolve: () => void;
}

/** A part of a reader's own record: there are as many as readers, and hardly one is waited for. */
export interface Drained {
  waiters: readonly Waiter[] | undefined;
}

/** Resolves when at most so many bytes wait; undefined: they do. */
export function whenBelow(of: Drained, waitingBytes: number, bytes: number): Promise<void> | undefined {
  if (waitingBytes <= bytes) return undefined;
  return new Promise((resolve) => (of.waiters = [...(of.waiters ?? []), { bytes, resolve }]));
}

/** Something was taken, or all is over: then nothing waits. */
export function look(of: Drained, waitingBytes: number): void {
  const { waiters } = of;
  if (!waiters) return;
  const due = waiters.filter(({ bytes }) => waitingBytes <= bytes);
  if (due.length === 0) return;
  of.waiters = due.length < waiters.length ? waiters.filter(({ bytes }) => waitingBytes > bytes) : undefined;
  for (const { resolve } of due) resolve();
}

export interface Drain {
  below(bytes: number): Promise<void> | undefined;
  look(): void;
}

/** For who is no record. `waiting`: how many bytes; none for one that is gone, so that nobody waits for ever. */
export function createDrain(waiting: () => number): Drain {
  const own: Drained = { waiters: undefined };
  return {
    below: (bytes) => whenBelow(own, waiting(), bytes),
    look: () => {
      if (own.waiters) look(own, waiting());
    },
  };
}
