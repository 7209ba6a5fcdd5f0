// The verbs of a link hook: functions that stay the same, whatever peer they act on. No React in here.

import { RealtimeError } from '../base/error.js';
import { rejected } from '../base/settle.js';
import type { FeedHandle } from '../feed/feed-handle.js';
import { settled } from '../connection/delivery.js';

type Verbs<In, Out> = Pick<
  FeedHandle<In, Out>,
  'send' | 'request' | 'clear' | 'connect' | 'disconnect' | 'reconnect' | 'drained'
>;

/** The verbs, and what is asked of the feed each time. */
export const faceOf = <In, Out>(verbs: Verbs<In, Out>, feed: Pick<FeedHandle, 'bufferedAmount'>): object => ({
  ...verbs,
  get bufferedAmount() {
    return feed.bufferedAmount;
  },
});

/** Functions whose identity never changes, whatever peer they act on. */
export function createVerbs<In, Out>(): {
  readonly face: Verbs<In, Out>;
  use(feed: FeedHandle<In, Out>, enabled: boolean): void;
} {
  let feed: FeedHandle<In, Out> | undefined;
  let shown: FeedHandle<In, Out> | undefined; // also while it is not enabled
  const idle = (): RealtimeError =>
    new RealtimeError('config', 'There is no link: the url is empty, `enabled` is false, or it is not mounted yet.');
  return {
    face: {
      send: (data, options) => feed?.send(data, options) ?? settled({ status: 'dropped', error: idle() }),
      request: (data, options) => feed?.request(data, options) ?? rejected(idle()),
      clear: () => shown?.clear(),
      connect: () => feed?.connect(),
      disconnect: (code, reason) => feed?.disconnect(code, reason),
      reconnect: () => feed?.reconnect() ?? rejected(idle()),
      drained: () => feed?.drained() ?? Promise.resolve(),
    },
    use(newest, enabled) {
      shown = newest;
      feed = enabled ? newest : undefined;
    },
  };
}
