// What may be there already, or come later: gone on with as soon as it is there. Waits for nothing itself.

import type { Awaitable } from './backplane.js';

export const isLater = <T>(value: Awaitable<T>): value is Promise<T> =>
  typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function';

/** In this very turn where it is there: what is in memory is not put off. */
export function whenThere<T, R>(value: Awaitable<T>, run: (value: T) => Awaitable<R>): Awaitable<R> {
  return isLater(value) ? value.then(run) : run(value);
}

/** Where `run` fails it has failed, and `undo` has run. */
export function orUndo<T>(run: () => Awaitable<T>, undo: () => void): Awaitable<T> {
  const failed = (error: unknown): never => {
    undo();
    throw error;
  };
  try {
    const value = run();
    return isLater(value) ? value.catch(failed) : value;
  } catch (error) {
    return failed(error);
  }
}
