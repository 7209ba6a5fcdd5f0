// What a server tells, as numbers for Prometheus, by the `prom-client` package. Listens; asks the server nothing.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { RealtimeError } from '../../base/error.js';
import { CLOSE } from '../../protocol/rooms-frames.js';
import type { ServerEvent } from './options.js';

/** A `Registry` of prom-client, as far as it is used here. */
export interface MetricsRegistry {
  readonly contentType: string;
  metrics(): Promise<string>;
}

export interface MetricsOptions {
  /** Where the numbers go, one server's only. Default: a registry of their own. */
  readonly registry?: MetricsRegistry | undefined;
}

export interface Metrics {
  /** For the option `onEvent` of one server. */
  onEvent(event: ServerEvent): void;
  /** Answers with all numbers of the registry, as Prometheus reads them. */
  handler(request: IncomingMessage, response: ServerResponse): void;
}

/** Clients choose codes: a series for each would be as many as they like. */
const CODES: ReadonlySet<number | null> = new Set([
  ...[1000, 1001, 1005, 1006, 1009, 1011, 1012, 1013],
  ...Object.values(CLOSE),
]);
const codeOf = (code: number | null): string => (code === null ? 'none' : CODES.has(code) ? String(code) : 'other');

/**
 * Numbers for Prometheus. Rejects with `config` where the prom-client package is not installed.
 *
 * @example
 * const metrics = await createMetrics();
 * const realtime = createRealtimeServer({ onEvent: metrics.onEvent });
 * app.get('/metrics', metrics.handler);
 */
export async function createMetrics({ registry }: MetricsOptions = {}): Promise<Metrics> {
  const prometheus = await import('prom-client').catch((cause: unknown) => {
    throw new RealtimeError('config', 'Metrics need the prom-client package beside this server: npm i prom-client', {
      cause,
    });
  });
  const own = (registry ?? new prometheus.Registry()) as Registry;
  const named = <const L extends string>(name: string, help: string, ...labelNames: L[]) => ({
    ...{ name: `roomtone_${name}`, help, labelNames },
    registers: [own],
  });
  const counter = <const L extends string>(name: string, help: string, ...labels: L[]) =>
    new prometheus.Counter(named(name, help, ...labels));

  const connections = new prometheus.Gauge(named('connections', 'Wires that are open', 'transport'));
  const rooms = new prometheus.Gauge(named('rooms', 'Rooms in which somebody is, on this server'));
  const disconnections = counter('disconnections_total', 'Wires that ended', 'transport', 'code');
  const published = counter('messages_published_total', 'Messages said on this server');
  const bytes = counter('published_bytes_total', 'Bytes of the messages said on this server');
  const delivered = counter('messages_delivered_total', 'Messages handed to readers, each counted');
  const refusals = counter('refusals_total', 'What was refused, by HTTP status, close code or error code', 'status');
  const invalid = counter('invalid_total', 'Frames that made no sense');
  const slow = counter('slow_readers_total', 'Readers let go because too much waited for them', 'transport');
  const recoveries = counter('recoveries_total', 'Readers who came back and have missed nothing');
  const gaps = counter('gaps_total', 'Readers who came back and have missed something', 'reason');
  const errors = counter('errors_total', 'Failures of authenticate, authorize or the backplane');
  const fanOut = new prometheus.Histogram({
    ...named('fan_out_seconds', 'From publishing a message until it was handed to every reader of this server'),
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  });
  /** How many are in each room that has any. */
  const inside = new Map<string, number>();
  const count = (room: string, change: number): void => {
    const left = (inside.get(room) ?? 0) + change;
    if (left > 0) inside.set(room, left);
    else inside.delete(room);
    rooms.set(inside.size);
  };

  return {
    onEvent(event) {
      switch (event.type) {
        case 'connected':
          return connections.inc({ transport: event.transport });
        case 'disconnected':
          connections.dec({ transport: event.transport });
          return disconnections.inc({ transport: event.transport, code: codeOf(event.code) });
        case 'joined':
          return count(event.room, 1);
        case 'left':
          return count(event.room, -1);
        case 'published':
          published.inc();
          return bytes.inc(event.bytes);
        case 'delivered':
          delivered.inc(event.count);
          return fanOut.observe(event.afterMs / 1_000);
        case 'refused':
          return refusals.inc({ status: String(event.status) });
        case 'slow':
          return slow.inc({ transport: event.transport });
        case 'gap':
          return gaps.inc({ reason: event.reason });
        case 'recovered':
          return recoveries.inc();
        case 'invalid':
          return invalid.inc();
        case 'error':
          return errors.inc();
        default:
          return undefined; // told by a newer server
      }
    },
    handler(_request, response) {
      own.metrics().then(
        (text) => {
          response.writeHead(200, { 'content-type': own.contentType, 'cache-control': 'no-store' }).end(text);
        },
        (error: unknown) => {
          response.writeHead(500, { 'content-type': 'text/plain' }).end(String(error)); // a collector of the host
        },
      );
    },
  };
}
