// Answers that may be there at once or later, and refusals. No networks.

/**
 * Asks, and goes on with the answer: in the same tick if it is there, later if it is a promise.
 * What `ask` throws and what its promise rejects with go to `failed`.
 */
export function settle<T>(
  ask: () => T | PromiseLike<T>,
  then: (value: T) => void,
  failed: (error: unknown) => void,
): void {
  let answer: T | PromiseLike<T>;
  try {
    answer = ask();
  } catch (error) {
    failed(error);
    return;
  }
  if (typeof (answer as PromiseLike<T> | undefined)?.then === 'function')
    void (answer as PromiseLike<T>).then(then, failed);
  else then(answer as T);
}

/** A refusal for whoever waits for it; where nobody does, the console is not told. */
export function rejected(error: Error): Promise<never> {
  const refusal = Promise.reject<never>(error);
  refusal.catch(() => {});
  return refusal;
}
