// What a run leaves behind: open handles by kind, and bytes of heap after a collection.

/** Those that hold a process alive and that a network leaves. */
const KINDS = ['TCPSocketWrap', 'TCPServerWrap', 'TLSWrap', 'Timeout', 'PipeWrap', 'ProcessWrap'];

export function handles(): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) if (KINDS.includes(kind)) found[kind] = (found[kind] ?? 0) + 1;
  return found;
}

/** Handles that were not there before. */
export function newHandles(before: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const now = Object.entries(handles()).map(([kind, count]) => [kind, count - (before[kind] ?? 0)] as const);
  return Object.fromEntries(now.filter(([, count]) => count > 0));
}

/** After several collections: what is freed may free more. NaN where Node was not started with `--expose-gc`. */
export async function heapBytes(): Promise<number> {
  if (!globalThis.gc) return NaN;
  for (let round = 0; round < 4; round++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage().heapUsed;
}
