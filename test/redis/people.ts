// Servers that share a Redis, and people with the library's own client who come over a way that leads to one or the other. Tests nothing.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { createRealtimeClient, type RealtimeClient } from '../../src/client/realtime-client.js';
import type { RoomReceipt } from '../../src/client/room-handle.js';
import type { RoomGap } from '../../src/model/room.js';
import { createRealtimeServer, type RealtimeServer, redis } from '../../src/server.js';
import type { Transport } from '../../src/transport/transport.js';
import { webSocket } from '../../src/transport/web-socket.js';
import { NodeWebSocket } from '../node/fixtures/serve.js';
import { connected } from './kit.js';

export const ROOM = 'room';
export const HISTORY = 20_000;

export interface Running {
  readonly port: number;
  readonly realtime: RealtimeServer;
  stop(): Promise<void>;
}

export async function serveOn(url: string, prefix: string, options = {}): Promise<Running> {
  const backplane = redis(url, { prefix, history: { size: HISTORY }, leaseMs: 2_000, timeoutMs: 2_000, ...options });
  await connected(backplane);
  const http = createServer();
  const realtime = createRealtimeServer({
    backplane,
    heartbeatMs: 2_000,
    presenceGraceMs: 300,
    authenticate: ({ token }) => ({ id: token ?? 'nobody' }),
  });
  realtime.attach(http);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    const over = new Promise((resolve) => http.close(resolve));
    await realtime.close();
    http.closeAllConnections();
    await over;
    await backplane.close();
  };
  const running = {
    port: (http.address() as AddressInfo).port,
    realtime,
    stop: () => (stopping ??= stop()),
  };
  onTestFinished(running.stop);
  return running;
}

export interface Person {
  readonly name: string;
  readonly client: RealtimeClient;
  readonly room: ReturnType<RealtimeClient['room']>;
  /** Each message that its listener heard, in order. */
  readonly heard: { readonly id: string; readonly offset: number | null }[];
  readonly gaps: RoomGap[];
  readonly receipts: RoomReceipt[];
  /** How often the client was not online. */
  readonly drops: () => number;
  /** Sends so many, some at a time, and resolves when each has its receipt. */
  speak(count: number): Promise<void>;
}

/** `transport`: the way it comes, if not over a WebSocket. */
export function createPerson(
  name: string,
  port: number,
  transport: Transport = webSocket(`ws://127.0.0.1:${port}/realtime`, { WebSocket: NodeWebSocket }),
): Person {
  const client = createRealtimeClient({
    transport,
    auth: { getToken: () => name },
    retry: { minDelayMs: 1, initialDelayMs: 10, maxDelayMs: 100 },
    connectTimeoutMs: 3_000,
    heartbeat: { intervalMs: 1_000, timeoutMs: 1_000 },
    flush: 'microtask',
  });
  const room = client.room(ROOM, { history: HISTORY });
  const heard: Person['heard'] = [];
  const gaps: RoomGap[] = [];
  const receipts: RoomReceipt[] = [];
  let drops = 0;
  let wasOpen = false;
  client.subscribe(() => {
    const isOpen = client.getSnapshot().connection.status === 'open';
    if (wasOpen && !isOpen) drops++;
    wasOpen = isOpen;
  });
  room.on('message', ({ id, offset }) => void heard.push({ id, offset }));
  room.on('gap', (gap) => void gaps.push(gap));
  room.subscribe(() => {});
  onTestFinished(() => client.close());
  return {
    ...{ name, client, room, heard, gaps, receipts },
    drops: () => drops,
    async speak(count) {
      for (let sent = 0; sent < count; sent += 10) {
        const some = Array.from({ length: Math.min(10, count - sent) }, (_, n) => `${name} ${sent + n}`);
        const said = some.map((id) => room.send({ id }, { id, timeoutMs: 60_000 }).done);
        receipts.push(...(await Promise.all(said)));
      }
    },
  };
}

export const isJoined = ({ room }: Person): boolean => room.getSnapshot().status === 'joined';
export const membersOf = ({ room }: Person): string[] => [...room.getSnapshot().members.keys()].sort();
