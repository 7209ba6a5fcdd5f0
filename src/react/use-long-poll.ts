// useLongPoll: which transport, which peer. Nothing else lives here.
'use client';

import { type LongPollOptions, longPoll } from '../transport/long-poll.js';
import { requestPeer } from './request-peer.js';
import { type Feed, type HookEndpoint, type HookOptions, type LinkKind, useFeed } from './use-feed.js';

export interface UseLongPollOptions<In = unknown, Out = never, Selected = undefined>
  extends HookOptions<In, Out, Selected>, LongPollOptions {}

const kind: LinkKind<LongPollOptions> = {
  name: 'long-poll',
  isStream: true,
  peer: requestPeer,
  transport: longPoll,
};

/**
 * Live state over requests that the server holds until it has something to say. A JSON array is one message per item
 * (`split: false` keeps it whole); the position travels as `?cursor=`.
 *
 * @example
 * const { lastMessage } = useLongPoll<Notice>('/notices?wait=25', { cursor: (body) => (body as { next: string }).next });
 */
export function useLongPoll<In = unknown, Out = never, Selected = undefined>(
  url: HookEndpoint,
  options: UseLongPollOptions<In, Out, Selected> = {},
): Feed<In, Out, Selected> {
  return useFeed<In, Out, Selected, UseLongPollOptions<In, Out, Selected>>(kind, url, {
    ...options,
    split: options.split ?? true,
  });
}
