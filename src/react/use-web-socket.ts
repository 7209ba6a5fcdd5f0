// useWebSocket: which transport, which peer. Nothing else lives here.
'use client';

import type { Pool } from '../connection/pooled.js';
import { type WebSocketOptions, webSocket } from '../transport/web-socket.js';
import { type Feed, type HookEndpoint, type HookOptions, type LinkKind, useFeed } from './use-feed.js';

export interface UseWebSocketOptions<In = unknown, Out = unknown, Selected = undefined>
  extends HookOptions<In, Out, Selected>, WebSocketOptions {
  /** Several sockets as one: `pooled({ size: 3 })`. Default: one socket. Another pool is another peer. */
  readonly pool?: Pool | undefined;
}

const kind: LinkKind<WebSocketOptions & { readonly pool?: Pool | undefined }> = {
  name: 'websocket',
  isStream: false,
  peer: ({ protocols, params, binaryType, pool }) => [protocols, params, binaryType, pool],
  transport: webSocket,
  connect: (parts, { pool }) => pool?.connect(parts),
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
