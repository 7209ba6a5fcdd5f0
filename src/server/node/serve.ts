// The server alone: an http server with nothing but one realtime path on it.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RealtimeServerOptions } from './options.js';
import { createRealtimeServer, type RealtimeServer } from './realtime-server.js';

export interface ServeOptions extends RealtimeServerOptions {
  /** Default 8787; 0 takes a free one. */
  readonly port?: number | undefined;
  /** Default '127.0.0.1': this machine only. */
  readonly host?: string | undefined;
  /** Default '/realtime'. */
  readonly path?: string | undefined;
}

export interface Serving {
  readonly realtime: RealtimeServer;
  readonly http: Server;
  readonly url: string;
  readonly port: number;
  /** Lets every reader go and stops listening. */
  close(): Promise<void>;
}

/**
 * Listens, and resolves when it does; rejects with the system's reason when it cannot.
 *
 * @example
 * const { realtime, url, close } = await serve({ port: 0 });
 */
export async function serve(options: ServeOptions = {}): Promise<Serving> {
  const { port = 8787, host = '127.0.0.1', path = '/realtime' } = options;
  const realtime = createRealtimeServer(options);
  const http = createServer((_, response) => {
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(
      `roomtone serves ${path} here: WebSocket, SSE, long poll (?wait=25), poll and POST, rooms by ?room=name.\n`,
    );
  });
  realtime.attach(http, { path });
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, host, resolve);
  });
  const address = http.address() as AddressInfo;
  return {
    realtime,
    http,
    port: address.port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}${path}`,
    async close() {
      await realtime.close();
      const closed = new Promise<void>((resolve) => http.close(() => resolve()));
      http.closeAllConnections();
      await closed;
    },
  };
}
