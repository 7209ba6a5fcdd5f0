// Asking again and again, at leisure: ETag aware, never two requests at once, quiet while the page is hidden.

import type { Cancel } from '../base/clock.js';
import type { Endpoint } from './credentials.js';
import { type PollingOptions, pollingTransport } from './polling.js';
import type { Transport } from './transport.js';

export interface PollOptions extends PollingOptions {
  /** From the end of one request to the start of the next. Default 5,000. */
  readonly intervalMs?: number | undefined;
  /** A request that takes longer ends the wire. Default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** No requests while the page is hidden, and one at once when it is shown. Default true. */
  readonly pauseWhenHidden?: boolean | number | undefined;
}

/**
 * Interval polling.
 *
 * @example
 * createFeed({ transport: poll('/weather', { intervalMs: 60_000 }) });
 */
export function poll(endpoint: Endpoint, options: PollOptions | (() => PollOptions) = {}): Transport {
  const current = typeof options === 'function' ? options : () => options;
  return pollingTransport('poll', endpoint, current, (poller, read, { host: { clock, focus } }) => {
    let cancelNext: Cancel | undefined;
    let asking = false;
    let first = true; // a page that is opened in the background still gets its first answer
    const ask = (): void => {
      cancelNext?.();
      if (asking || (!first && read().pauseWhenHidden !== false && focus.getSnapshot() !== 'visible')) return;
      first = false;
      asking = true;
      const { timeoutMs = 30_000 } = read();
      poller.ask(timeoutMs, (answer) => {
        asking = false;
        if (answer === 'late') return poller.end({ why: 'timeout', reason: `no answer within ${timeoutMs} ms` });
        cancelNext = clock.after(read().intervalMs ?? 5_000, ask);
      });
    };
    // shown again: what was missed is asked for at once
    const leave = focus.subscribe(() => focus.getSnapshot() === 'visible' && read().pauseWhenHidden !== false && ask());
    ask();
    return () => {
      cancelNext?.();
      leave();
    };
  });
}
