// usePoll: which transport, which peer. Nothing else lives here.
'use client';

import { type PollOptions, poll } from '../transport/poll.js';
import { requestPeer } from './request-peer.js';
import { type Feed, type HookEndpoint, type HookOptions, type LinkKind, useFeed } from './use-feed.js';

export interface UsePollOptions<In = unknown, Out = never, Selected = undefined>
  extends HookOptions<In, Out, Selected>, PollOptions {
  /** No requests while the page is hidden, and one at once when it is shown. Default true. */
  readonly pauseWhenHidden?: boolean | undefined;
}

const kind: LinkKind<PollOptions> = {
  name: 'poll',
  isStream: false,
  peer: (options) => [...requestPeer(options), options.intervalMs],
  transport: poll,
};

/**
 * Live state by asking again and again: ETag aware, never two requests in flight, quiet while the page is hidden.
 *
 * @example
 * const { lastMessage, error } = usePoll<Weather>('/weather', { intervalMs: 60_000, split: false });
 */
export function usePoll<In = unknown, Out = never, Selected = undefined>(
  url: HookEndpoint,
  options: UsePollOptions<In, Out, Selected> = {},
): Feed<In, Out, Selected> {
  return useFeed<In, Out, Selected, UsePollOptions<In, Out, Selected>>(kind, url, {
    ...options,
    split: options.split ?? true,
  });
}
