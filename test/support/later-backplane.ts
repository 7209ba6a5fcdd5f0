// Rooms that answer later, as those over a network do, or not until they are let: a backplane around another. Tests nothing.

import type { Awaitable, Backplane } from '../../src/server/backplane.js';

export interface LaterBackplane {
  readonly backplane: Backplane;
  /** Calls that were not made yet, by name. */
  readonly waiting: readonly string[];
  /** How many listen there at the moment. */
  listenersIn(room: string): number;
  /** From now on no call is made. */
  hold(): void;
  /** Makes the oldest one, and no other. */
  step(): void;
  /** Makes those that wait, in their order, and all that come. */
  release(): void;
  /** All that wait fail, and all that come. */
  fail(error: Error): void;
}

export function createLaterBackplane(inner: Backplane): LaterBackplane {
  const waiting: { readonly name: string; run(): void }[] = [];
  let isHeld = false;
  let failure: Error | undefined;
  const listening: string[] = []; // rooms, once for each who listens
  const later = <A extends readonly unknown[], R>(name: string, call: (...args: A) => Awaitable<R>) => {
    return (...args: A): Promise<R> =>
      new Promise<R>((resolve, reject) => {
        const run = (): void => {
          if (failure) return reject(failure);
          try {
            resolve(call(...args));
          } catch (error) {
            reject(error as Error);
          }
        };
        if (isHeld) waiting.push({ name, run });
        else setImmediate(run);
      });
  };
  const release = (): void => {
    isHeld = false;
    for (const { run } of waiting.splice(0)) run();
  };
  return {
    backplane: {
      history: inner.history,
      publish: later('publish', inner.publish),
      subscribe: later('subscribe', async (room: string, listener: Parameters<Backplane['subscribe']>[1]) => {
        const leave = await inner.subscribe(room, listener);
        listening.push(room);
        return () => {
          listening.splice(listening.indexOf(room), 1);
          leave();
        };
      }),
      since: later('since', inner.since),
      latest: later('latest', inner.latest),
      before: later('before', inner.before),
      position: later('position', inner.position),
      enter: later('enter', inner.enter),
      leave: later('leave', inner.leave),
      members: later('members', inner.members),
      close: () => inner.close(),
    },
    get waiting() {
      return waiting.map(({ name }) => name);
    },
    listenersIn: (room) => listening.filter((each) => each === room).length,
    hold: () => void (isHeld = true),
    step: () => waiting.shift()?.run(),
    release() {
      failure = undefined;
      release();
    },
    fail(error) {
      failure = error;
      release();
    },
  };
}
