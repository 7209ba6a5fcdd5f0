// useEventSource: which transport, which peer. Nothing else lives here.
'use client';

import { eventSource } from '../transport/event-source.js';
import type { EventSourceOptions } from '../transport/event-source-options.js';
import { type Feed, type HookEndpoint, type HookOptions, type LinkKind, useFeed } from './use-feed.js';
import { requestPeer } from './request-peer.js';

export interface UseEventSourceOptions<In = unknown, Out = never, Selected = undefined>
  extends HookOptions<In, Out, Selected>, EventSourceOptions {}

const kind: LinkKind<EventSourceOptions> = {
  name: 'sse',
  isStream: true,
  peer: (options) => [...requestPeer(options), options.events, options.implementation],
  transport: eventSource,
};

/**
 * Live state over Server-Sent Events (HTML §9.2), with any method, headers and body, resumed by the last event ID.
 * `send` needs the `uplink` option.
 *
 * @example
 * const { messages, status } = useEventSource<{ headline: string }>('/news', { headers: async () => ({ authorization: await token() }) });
 */
export function useEventSource<In = unknown, Out = never, Selected = undefined>(
  url: HookEndpoint,
  options: UseEventSourceOptions<In, Out, Selected> = {},
): Feed<In, Out, Selected> {
  return useFeed<In, Out, Selected, UseEventSourceOptions<In, Out, Selected>>(kind, url, options);
}
