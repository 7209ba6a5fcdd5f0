// The server of a chaos run: its rooms are on record, it can be killed and comes back with its history or without. Injects nothing on the way.

import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import {
  type Backplane,
  createRealtimeServer,
  memory,
  type RealtimeServer,
  type RealtimeServerOptions,
} from '../../src/server.js';
import type { Applied, Truth } from './score.js';
import { ROOM, whatOf } from './what.js';

export interface FarEnd {
  readonly port: number;
  readonly truth: Truth;
  /** The newest place of the room. */
  readonly place: { readonly epoch: string; readonly offset: number };
  /** Says the next number to everybody. */
  publish(): void;
  /** From now on so many messages of the room reach nobody: a shared store that loses some. */
  withhold(count: number): void;
  /** Gone without a good-bye; `keep` says what of it comes back. */
  kill(): Promise<void>;
  start(keep: boolean): Promise<void>;
  close(): Promise<void>;
}

export interface FarEndOptions extends Pick<RealtimeServerOptions, 'heartbeatMs' | 'maxBufferedBytes'> {
  /** Messages that the room keeps. */
  readonly history: number;
  /** Of what the server itself says. */
  readonly padding: number;
  readonly tls?: { readonly key: string; readonly cert: string } | undefined;
}

export async function createFarEnd({ history, padding, tls, ...options }: FarEndOptions): Promise<FarEnd> {
  const applied: Applied[] = [];
  const epochs: string[] = [];
  let rooms = memory({ history: { size: history } });
  let published = 0;
  let http: Server | undefined;
  let realtime: RealtimeServer | undefined;
  let port = 0;
  let withheld = 0;
  const sockets = new Set<Socket>();

  const record = (): void => {
    epochs.push(place().epoch);
    void rooms.subscribe(ROOM, (event) => {
      if (event.kind !== 'message') return;
      const { epoch, offset, id, payload } = event.message;
      applied.push({ epoch, offset, id, what: whatOf(JSON.parse(String(payload))) });
    });
  };
  const place = (): FarEnd['place'] => rooms.position(ROOM) as FarEnd['place'];
  /** The same rooms, from which some messages do not come. */
  const leaky = (inner: Backplane): Backplane => ({
    ...inner,
    subscribe: (room, listener) =>
      inner.subscribe(room, (event) => {
        if (event.kind === 'message' && withheld > 0) withheld--;
        else listener(event);
      }),
  });
  const start = async (keep: boolean): Promise<void> => {
    if (!keep) {
      await rooms.close();
      rooms = memory({ history: { size: history } });
    }
    if (!keep || epochs.length === 0) record();
    http = tls ? createSecureServer(tls) : createServer();
    http.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    realtime = createRealtimeServer({ ...options, backplane: leaky(rooms), presenceGraceMs: 100, retryMs: 10 });
    realtime.attach(http);
    await new Promise<void>((resolve) => http?.listen(0, '127.0.0.1', resolve));
    port = (http.address() as AddressInfo).port;
  };
  const kill = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy(); // upgraded ones too: nobody is told good-bye by the dead
    await realtime?.close();
    await new Promise((resolve) => (http ? http.close(resolve) : resolve(undefined)));
  };
  await start(true);
  return {
    get port() {
      return port;
    },
    truth: { epochs, applied },
    get place() {
      return place();
    },
    publish() {
      realtime?.publish(ROOM, { by: 'server', n: published++, pad: '.'.repeat(padding) });
    },
    withhold: (count) => void (withheld = count),
    kill,
    start,
    async close() {
      await kill();
      await rooms.close();
    },
  };
}
