// useWebSocket: which transport, which peer. Nothing else lives here.
'use client';

import { type WebSocketOptions, webSocket } from '../transport/web-socket.js';
import { type Feed, type HookEndpoint, type HookOptions, type LinkKind, useFeed } from './use-feed.js';

export interface UseWebSocketOptions<In = unknown, Out = unknown, Selected = undefined>
  extends HookOptions<In, Out, Selected>, WebSocketOptions {}

const kind: LinkKind<WebSocketOptions> = {
  name: 'websocket',
  isStream: false,
  peer: ({ protocols, params, binaryType }) => [protocols, params, binaryType],
  transport: webSocket,
};

/**
 * Live state over a WebSocket: reconnected with backoff and jitter, shared among components, gone with the last one.
 *
 * @example
 * const { status, lastMessage, send } = useWebSocket<{ price: number }, { subscribe: string }>('wss://example.com/prices');
 */
export function useWebSocket<In = unknown, Out = unknown, Selected = undefined>(
  url: HookEndpoint,
  options: UseWebSocketOptions<In, Out, Selected> = {},
): Feed<In, Out, Selected> {
  return useFeed<In, Out, Selected, UseWebSocketOptions<In, Out, Selected>>(kind, url, options);
}
