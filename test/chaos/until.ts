// Waiting for something to become true, over turns of the event loop, and not for ever.

/** Rejects after `limitMs`, naming what was waited for. Looks at each turn at first, then every few milliseconds: others need the processor. */
export async function until(what: string, is: () => boolean, limitMs = 10_000): Promise<void> {
  const started = performance.now();
  while (!is()) {
    const waitedMs = performance.now() - started;
    if (waitedMs > limitMs) throw new Error(`waited ${limitMs / 1_000} s for: ${what}`);
    await (waitedMs < 5 ? new Promise((resolve) => setImmediate(resolve)) : after(2));
  }
}

/** A turn of the wall clock: faults have a length. */
export const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
