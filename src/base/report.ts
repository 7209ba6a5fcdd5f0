// Where errors of other people's callbacks go: out of band, so that nobody else is starved.

/** Surfaces `error` as an uncaught one, without unwinding the caller. */
export function reportOutOfBand(error: unknown): void {
  if (typeof reportError === 'function') reportError(error);
  else
    queueMicrotask(() => {
      throw error;
    });
}

/** Runs a user's callback; what it throws is reported, and `undefined` returned. */
export function guarded<A extends readonly unknown[], R>(
  run: ((...args: A) => R) | undefined,
  ...args: A
): R | undefined {
  try {
    return run?.(...args);
  } catch (error) {
    reportOutOfBand(error);
    return undefined;
  }
}

const said = new WeakMap<object, Set<string>>();

/** Development only: says a thing once per `scope`. Callers guard it with `process.env.NODE_ENV`. */
export function warnOnce(scope: object, text: string): void {
  const texts = said.get(scope) ?? new Set();
  if (texts.has(text)) return;
  said.set(scope, texts.add(text));
  console.warn(`[roomtone] ${text}`);
}
