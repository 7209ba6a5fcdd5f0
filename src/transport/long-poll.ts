// Requests that the server holds until it has something to say, one at a time.

import type { Cancel } from '../base/clock.js';
import type { Endpoint } from './credentials.js';
import { type PollingOptions, pollingTransport } from './polling.js';
import type { Transport } from './transport.js';

export interface LongPollOptions extends PollingOptions {
  /** A request that takes longer is given up and made again; before the first answer it ends the wire. Default 60,000. */
  readonly timeoutMs?: number | undefined;
  /** Least time from the start of a request that brought nothing to the next. Default 250. */
  readonly minGapMs?: number | undefined;
  /** A first request that is held this long counts as open. Default 1,000. */
  readonly openAfterMs?: number | undefined;
}

/**
 * Long poll: the position travels as `?cursor=`, answers as frames.
 *
 * @example
 * createFeed({ transport: longPoll('/notices?wait=25'), split: true });
 */
export function longPoll(endpoint: Endpoint, options: LongPollOptions | (() => LongPollOptions) = {}): Transport {
  const current = typeof options === 'function' ? options : () => options;
  return pollingTransport('long-poll', endpoint, current, (poller, read, { host: { clock } }) => {
    let cancelGap: Cancel | undefined;
    let cancelOpen: Cancel | undefined;
    let everAnswered = false;
    const ask = (): void => {
      const { timeoutMs = 60_000, minGapMs = 250, openAfterMs = 1_000 } = read();
      const startedAt = clock.now();
      poller.ask(
        timeoutMs,
        (answer) => {
          cancelOpen?.();
          // held, or nobody there? After a first answer it is the one, before it nobody knows
          if (answer === 'late' && !everAnswered)
            return poller.end({ why: 'timeout', reason: `no answer within ${timeoutMs} ms` });
          everAnswered = true;
          const gapMs = answer === 'full' ? 0 : startedAt + minGapMs - clock.now();
          if (gapMs > 0) cancelGap = clock.after(gapMs, ask);
          else ask();
        },
        () => (cancelOpen = clock.after(openAfterMs, () => poller.open())),
      );
    };
    ask();
    return () => {
      cancelGap?.();
      cancelOpen?.();
    };
  });
}
