// The outcome of one attempt, as a promise. Starts nothing by itself.

import { RealtimeError } from '../base/error.js';
import type { Readable } from '../base/readable.js';
import type { ConnectionState } from './status.js';

/** Resolves when it is open, rejects when an attempt fails or none is made any more. `begin` says when it has begun. */
export function untilOpen(state: Readable<ConnectionState>, begin: (begun: () => void) => void): Promise<void> {
  const promise = new Promise<void>((resolve, reject) =>
    begin(() => {
      const before = state.getSnapshot().error;
      const check = (): void => {
        const { status, error } = state.getSnapshot();
        if (status === 'open') resolve();
        else if (error && error !== before) reject(error);
        else if (status === 'closed' || status === 'idle')
          reject(new RealtimeError('lost', 'Closed before it opened.'));
        else return;
        leave();
      };
      const leave = state.subscribe(check);
      check(); // a page that is frozen begins nothing
    }),
  );
  // who does not wait for the outcome is not to be told of it by the console
  promise.catch(() => {});
  return promise;
}
