// The four ways to one server of the rooms protocol, best first. Decides no policy.

import type { Endpoint } from '../transport/credentials.js';
import { eventSource } from '../transport/event-source.js';
import { longPoll } from '../transport/long-poll.js';
import { poll } from '../transport/poll.js';
import type { RequestOptions } from '../transport/request.js';
import type { Transport } from '../transport/transport.js';
import { webSocket, type WebSocketOptions } from '../transport/web-socket.js';

export interface LadderOptions
  extends Pick<RequestOptions, 'headers' | 'credentials' | 'fetch'>, Pick<WebSocketOptions, 'protocols' | 'WebSocket'> {
  /** Poll: from the answer to one request to the next. Default 2,000. */
  readonly pollIntervalMs?: number | undefined;
}

/** How long the server may hold a long poll, in seconds. Proxies cut quiet requests after 60. */
const WAIT_S = 25;

/**
 * WebSocket → SSE → long poll → poll. A client takes the first that the server answers through.
 *
 * @example
 * const client = createRealtimeClient({ transport: ladder('/realtime') });
 */
export function ladder(endpoint: Endpoint, options: LadderOptions = {}): readonly Transport[] {
  const { headers, credentials, fetch, protocols, WebSocket, pollIntervalMs = 2_000 } = options;
  const request = { headers, credentials, fetch };
  return [
    webSocket(endpoint, { protocols, WebSocket }),
    eventSource(endpoint, request),
    longPoll(endpoint, { ...request, params: { wait: WAIT_S } }),
    poll(endpoint, { ...request, intervalMs: pollIntervalMs, params: { wait: 0 }, pauseWhenHidden: false }),
  ];
}
