// Development only: says where sharing a link, or not sharing one, will surprise. Changes nothing.

import { warnOnce } from '../base/report.js';

const perWire = [
  'retry',
  'heartbeat',
  'connectTimeoutMs',
  'stableMs',
  'idleTimeoutMs',
  'pauseWhenHidden',
  'maxMessageBytes',
  'outbox',
  'auth',
  'headers',
  'credentials',
];

const plainly = (value: unknown): string | undefined =>
  JSON.stringify(value, (_, each: unknown) => (typeof each === 'function' ? 'a function' : each));

/** Two feeds of one wire want different things of it: the first one wins, the second should know. */
export function warnConflict(scope: object, first: object, second: object): void {
  const [a, b] = [first, second] as Record<string, unknown>[];
  for (const name of perWire)
    if (plainly(a?.[name]) !== plainly(b?.[name]))
      warnOnce(
        scope,
        `Two hooks share a connection and disagree on \`${name}\`: the first one's holds. Make them agree, or set share: false.`,
      );
}

/** Over HTTP/1.1 a browser opens six connections per origin; the seventh request waits without a word. */
export function warnStreams(streams: Map<object, string>, stream: object, url: string): void {
  let origin: string;
  try {
    const { protocol, host } = new URL(url, globalThis.location?.href);
    // browsers speak HTTP/2 over TLS only
    if (protocol !== 'http:') return;
    origin = host;
  } catch {
    return; // a url that makes no sense is reported by the transport
  }
  streams.set(stream, origin);
  const open = [...streams.values()].filter((each) => each === origin).length;
  if (open >= 3)
    warnOnce(
      streams,
      // no count in it: a text that changes would be said again
      `Three or more streams to http://${origin}: over HTTP/1.1 a browser opens six connections per origin, then every further request waits silently. Share one stream, or serve over HTTP/2.`,
    );
}
