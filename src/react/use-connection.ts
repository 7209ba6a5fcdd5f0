// useConnection: how the provider's connection is, and its verbs. Keeps nothing open: the provider does.
'use client';

import { useMemo, useSyncExternalStore } from 'react';
import type { RealtimeClient } from '../client/realtime-client.js';
import { initialRealtimeState, type RealtimeState } from '../model/realtime.js';
import { shapeOf, trackFields } from './tracked.js';
import { useRealtimeClient } from './use-realtime-client.js';

/** Which fields a component reads decides what renders it. */
export type UseConnection = RealtimeState['connection'] & ConnectionVerbs;

/** They stay the same functions as long as the client does. */
export interface ConnectionVerbs {
  /** Opens, unless it is already wanted open. */
  readonly connect: () => void;
  /** Closes it for all of the client's rooms, gives up what was not sent, and stays closed until `connect` or `reconnect`. */
  readonly disconnect: (code?: number, reason?: string) => void;
  /** Replaces the connection, or tries at once. Resolves when open, rejects if that attempt fails. */
  readonly reconnect: () => Promise<void>;
}

/**
 * The connection of the nearest provider: `status`, `transport` ('websocket', 'sse', 'long-poll', 'poll', or null while it is not
 * open), `skipped` (why the better ones are not in use), `error`, `attempt`, `nextAttemptAt`, `latencyMs`, `queued`, `resumed`.
 *
 * @example
 * const { status, transport, reconnect } = useConnection();
 * return status === 'failed' ? <button onClick={() => void reconnect()}>Try again</button> : <i>{transport}</i>;
 */
export function useConnection(): UseConnection {
  const client = useRealtimeClient();
  const [read, readIdle] = useMemo(() => snapshotsOf(client), [client]);
  return useSyncExternalStore(client.connection.subscribe, read, readIdle);
}

const shape = /* @__PURE__ */ shapeOf(initialRealtimeState.connection, { connect: 0, disconnect: 0, reconnect: 0 });

function snapshotsOf(client: RealtimeClient): readonly [() => UseConnection, () => UseConnection] {
  const fields = new Set<string>();
  const verbs: ConnectionVerbs = {
    connect: () => client.connect(),
    disconnect: (code, reason) => client.disconnect(code, reason),
    reconnect: () => client.reconnect(),
  };
  return [
    trackFields<RealtimeState['connection'], UseConnection>(client.connection.getSnapshot, verbs, fields, shape),
    trackFields<RealtimeState['connection'], UseConnection>(
      () => initialRealtimeState.connection,
      verbs,
      fields,
      shape,
    ),
  ];
}
