// A pool as an option: who names none does not carry its code. Nothing else lives here.

import { balanced, type PoolOptions } from './balanced.js';
import type { Connection, ConnectionParts } from './connection.js';

export interface Pool extends PoolOptions {
  connect<E, C>(parts: ConnectionParts<E, C>): Connection<E, C>;
}

/**
 * Several connections as one, to a server that takes them as one.
 *
 * @example
 * const { send } = useWebSocket('wss://example.com/jobs', { pool: pooled({ size: 3 }) });
 */
export function pooled(options: PoolOptions): Pool {
  return { ...options, connect: (parts) => balanced({ ...parts, ...options }) };
}
