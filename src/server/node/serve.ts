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
  /** Lets nobody in any more and every reader go; resolves when nothing is left. */
  close(): Promise<void>;
}

/** Where a browser on this machine finds a server that listens on `host`. */
function nameOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
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
  const http = createServer(({ url }, response) => {
    response.writeHead(url === '/' ? 200 : 404, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(
      `roomtone serves ${path} here: WebSocket, SSE, long poll (?wait=25), poll and POST, rooms by ?room=name.\n`,
    );
  });
  realtime.attach(http, { path });
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, host, () => {
      http.off('error', reject);
      resolve();
    });
  });
  const address = http.address() as AddressInfo;
  return {
    realtime,
    http,
    port: address.port,
    url: `http://${nameOf(host)}:${address.port}${path}`,
    async close() {
      // first the door: whoever is let go must not come back to this one
      const closed = new Promise<void>((resolve) => http.close(() => resolve()));
      await realtime.close();
      http.closeAllConnections();
      await closed;
    },
  };
}
