// The server alone: an http server with nothing but one realtime path on it.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RealtimeError } from '../../base/error.js';
import { checkApart, checkPath, pathOf } from './attach.js';
import { checkLeast } from '../check.js';
import { createMetrics } from './metrics.js';
import type { RealtimeServerOptions } from './options.js';
import { createRealtimeServer, type RealtimeServer } from './realtime-server.js';

export interface ServeOptions extends RealtimeServerOptions {
  /** Default 8787; 0 takes a free one. */
  readonly port?: number | undefined;
  /** Default '127.0.0.1': this machine only. */
  readonly host?: string | undefined;
  /** Default '/realtime'. */
  readonly path?: string | undefined;
  /** How long a connection may take to say the head of a request, or anything at all; then it is cut. Default 10,000. */
  readonly headersTimeoutMs?: number | undefined;
  /** How long one may take for a whole request; bodies for the rooms end by `bodyTimeoutMs`. Default 120,000. */
  readonly requestTimeoutMs?: number | undefined;
  /** Answers 200 while this serves, and 503 while it closes. Default '/healthz'. */
  readonly healthPath?: string | undefined;
  /** Numbers for Prometheus, by the prom-client package. Default: none. */
  readonly metricsPath?: string | undefined;
}

export interface Serving {
  readonly realtime: RealtimeServer;
  readonly http: Server;
  readonly url: string;
  readonly port: number;
  /** Lets nobody in any more and every reader go; resolves when nothing is left. */
  close(): Promise<void>;
}

/** Node takes no longer ones. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What Node itself would refuse in words of its own, or take for something else: a port that is text is a path. */
function checkWhole(values: Readonly<Record<string, readonly [value: number, most: number]>>): void {
  for (const [name, [value, most]] of Object.entries(values))
    if (!Number.isInteger(value) || value < 0 || value > most)
      throw new RealtimeError('config', `\`${name}\` is a whole number from 0 to ${most}, not ${value}.`);
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
  const { port = 8787, host = '127.0.0.1', path = '/realtime', healthPath = '/healthz', metricsPath } = options;
  for (const other of [healthPath, metricsPath ?? healthPath]) checkPath(other);
  checkApart(Object.keys(options.webhooks ?? {}), { '`healthPath`': healthPath, '`metricsPath`': metricsPath });
  if (new Set([path, healthPath, metricsPath]).size < 3)
    throw new RealtimeError('config', '`path`, `healthPath` and `metricsPath` are different ones.');
  const { headersTimeoutMs = 10_000, requestTimeoutMs = 120_000 } = options;
  checkLeast(1, { headersTimeoutMs });
  checkWhole({ port: [port, 65_535], headersTimeoutMs: [headersTimeoutMs, MAX_TIMER_MS] });
  checkLeast(headersTimeoutMs, { requestTimeoutMs });
  checkWhole({ requestTimeoutMs: [requestTimeoutMs, MAX_TIMER_MS] });
  const metrics = metricsPath === undefined ? undefined : await createMetrics();
  let isClosing = false;
  const realtime = createRealtimeServer({
    ...options,
    onEvent: metrics
      ? (event) => {
          metrics.onEvent(event);
          options.onEvent?.(event);
        }
      : options.onEvent,
  });
  const limits = {
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    // Node cuts who is late when it looks, every 30 s by itself
    connectionsCheckingInterval: Math.min(5_000, Math.ceil(headersTimeoutMs / 2)),
  };
  const http = createServer(limits, (request, response) => {
    const asked = pathOf(request.url);
    if (metrics && asked === metricsPath) return metrics.handler(request, response);
    const isHealth = asked === healthPath;
    response.writeHead(isHealth ? (isClosing ? 503 : 200) : asked === '/' ? 200 : 404, {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
    });
    response.end(
      isHealth
        ? `${isClosing ? 'closing' : 'ok'}\n`
        : `roomtone serves ${path} here: WebSocket, SSE, long poll (?wait=25), poll and POST, rooms by ?room=name.\n`,
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
      isClosing = true;
      // first the door: whoever is let go must not come back to this one
      const closed = new Promise<void>((resolve) => http.close(() => resolve()));
      await realtime.close();
      http.closeAllConnections();
      await closed;
    },
  };
}
