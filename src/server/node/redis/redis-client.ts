// The two connections to Redis: made when they are first needed, made again by themselves. Knows no rooms.

import { randomInt } from 'node:crypto';
import { RealtimeError } from '../../../base/error.js';
import type { RedisSource } from './redis-options.js';

/** Of the `redis` package's client, what is used here. */
export interface RedisClient extends RedisSource {
  readonly isReady: boolean;
  readonly options?: { readonly socket?: object | undefined } | undefined;
  on(event: 'ready' | 'error', listener: (error: Error) => void): unknown;
  connect(): Promise<unknown>;
  sendCommand(args: readonly string[]): Promise<unknown>;
  subscribe(channel: string, listener: (text: string, channel: string) => void): Promise<unknown>;
  /** Without the listener, a subscription that is asked for meanwhile would be lost with it. */
  unsubscribe(channel: string, listener: (text: string, channel: string) => void): Promise<unknown>;
  destroy(): void;
}

export interface RedisClients {
  readonly commands: RedisClient;
  /** On its own: long answers do not hold up what is told, and are no reason for Redis to cut a slow listener. */
  readonly ears: RedisClient;
}

const MIN_RETRY_MS = 25;
const MAX_RETRY_MS = 1_000;

/** Servers that lost Redis in the same moment do not come back in the same moment. */
function retryAfter(retries: number): number {
  const most = Math.min(MAX_RETRY_MS, MIN_RETRY_MS * 2 ** retries);
  return randomInt(Math.ceil(most / 2), most + 1);
}

/** Two clients that are not connected yet; `silentMs`: without a byte for so long, a connection is dead. Rejects with `config` where there is no way. */
export async function createRedisClients(source: string | RedisSource, silentMs: number): Promise<RedisClients> {
  let from: RedisSource;
  if (typeof source === 'string') {
    const { createClient } = await import('redis').catch((cause: unknown) => {
      throw new RealtimeError('config', 'Rooms in Redis need the redis package beside this server: npm i redis', {
        cause,
      });
    });
    from = createClient({ url: source }) as unknown as RedisClient;
  } else from = source;
  const { options } = from as RedisClient;
  const overrides = {
    socket: { ...options?.socket, reconnectStrategy: retryAfter, socketTimeout: silentMs },
    disableOfflineQueue: true, // who asks is told, and asks again
    commandOptions: {},
  };
  const copy = (): RedisClient => from.duplicate(overrides) as RedisClient;
  return { commands: copy(), ears: copy() };
}
