// When credentials are renewed on a wire that stands: before they expire, and again until somebody gives new ones. Knows no wires.

import type { Cancel, Clock } from '../base/clock.js';
import { settle } from '../base/settle.js';
import { backoff, sensible } from '../connection/retry.js';
import { isNotAllowed } from '../transport/credentials.js';

export interface Refresh {
  /** The credentials of the wire that stands hold for so long from now; undefined: nobody knows of an end. */
  due(expiresInMs: number | undefined): void;
  /** The wire is gone: what is answered now is for nobody. */
  stop(): void;
}

export interface RefreshParts {
  readonly clock: Clock;
  readonly random: () => number;
  /** How long before their end. */
  readonly beforeMs: () => number | undefined;
  readonly ask: () => string | null | Promise<string | null>;
  /** To the far end, which answers with a new term. */
  readonly show: (token: string) => void;
  /** Nobody may, now or later. */
  readonly refused: (error: unknown) => void;
}

/** An answer that takes longer is no longer waited for. */
export const PATIENCE_MS = 10_000;
const BEFORE_MS = 30_000;
/** Whatever a server says, nobody is asked more often. */
const LEAST_MS = 100;

export function createRefresh({ clock, random, beforeMs, ask, show, refused }: RefreshParts): Refresh {
  let round = 0; // what carries an older number is of a question, or a wire, that is over
  let failures = 0;
  let cancel: Cancel | undefined;

  const stop = (): void => {
    round++;
    cancel?.();
    cancel = undefined;
  };
  const waitUntil = (at: number): void => {
    stop();
    // a timer holds 24 days at most
    cancel = clock.after(at - clock.now(), () => (clock.now() < at ? waitUntil(at) : renew()));
  };
  const again = (): void => waitUntil(clock.now() + backoff({}, ++failures, random));
  const renew = (): void => {
    stop();
    const mine = round;
    cancel = clock.after(PATIENCE_MS, again);
    settle(
      ask,
      (token) => {
        if (mine !== round) return;
        stop();
        if (token !== null) show(token);
      },
      (error) => {
        if (mine !== round) return;
        if (!isNotAllowed(error)) return again();
        stop();
        refused(error);
      },
    );
  };

  return {
    due(expiresInMs) {
      stop();
      failures = 0;
      if (expiresInMs === undefined || !(expiresInMs >= 0) || expiresInMs === Infinity) return;
      const early = expiresInMs - sensible(beforeMs(), BEFORE_MS);
      waitUntil(clock.now() + Math.max(LEAST_MS, expiresInMs / 2, early));
    },
    stop,
  };
}
