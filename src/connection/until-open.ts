// The outcome of one attempt, as a promise. Starts nothing by itself.

import { RealtimeError } from '../base/error.js';
import type { Readable } from '../base/readable.js';
import type { ConnectionState } from './status.js';

/** Runs `start`, then resolves when it is open, and rejects when an attempt fails or nobody wants it open any more. */
export function untilOpen(state: Readable<ConnectionState>, start: () => void): Promise<void> {
  const before = state.getSnapshot().error;
  const promise = new Promise<void>((resolve, reject) => {
    const leave = state.subscribe(() => {
      const { status, error } = state.getSnapshot();
      if (status === 'open') resolve();
      else if (error && error !== before) reject(error);
      else if (status === 'closed' || status === 'idle') reject(new RealtimeError('lost', 'Closed before it opened.'));
      else return;
      leave();
    });
    start();
  });
  // who does not wait for the outcome is not to be told of it by the console
  promise.catch(() => {});
  return promise;
}
