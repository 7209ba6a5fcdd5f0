// Development only: says where sharing a link, or not sharing one, will surprise. Changes nothing.

import { warnOnce } from '../base/report.js';

/** What holds per wire, and what each means where nothing is said. What names the peer is not among it. */
const perWire: Readonly<Record<string, unknown>> = {
  retry: {},
  heartbeat: false,
  connectTimeoutMs: undefined,
  stableMs: undefined,
  idleTimeoutMs: undefined,
  pauseWhenHidden: undefined,
  maxMessageBytes: undefined,
  outbox: {},
  batch: undefined,
  encodeBatch: undefined,
  rateLimit: undefined,
  throttleMs: undefined,
  maxBufferedBytes: undefined,
  auth: undefined,
  headers: undefined,
  credentials: undefined,
  resend: false,
  lastEventId: undefined,
  cursor: undefined,
  cursorParam: undefined,
  timeoutMs: undefined,
  minGapMs: undefined,
  openAfterMs: undefined,
  WebSocket: undefined,
  EventSource: undefined,
  fetch: undefined,
};

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Do they say the same? Two functions may be one that is written inline: they do. Whatever is handed in, it does not throw. */
function same(a: unknown, b: unknown, seen = new Set<unknown>()): boolean {
  if (typeof a === 'function' && typeof b === 'function') return true;
  if (!isRecord(a) || !isRecord(b)) return Object.is(a, b);
  // a cycle, or a part that was compared already
  if (a === b || seen.has(a)) return true;
  seen.add(a);
  try {
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) => same(a[name], b[name], seen));
  } catch {
    return true; // a getter that throws: nobody knows
  }
}

/** Two feeds of one wire want different things of it: the first one wins, the second should know. */
export function warnConflict(scope: object, first: object, second: object): void {
  const [a, b] = [first, second] as Record<string, unknown>[];
  for (const [name, usual] of Object.entries(perWire))
    if (!same(a?.[name] ?? usual, b?.[name] ?? usual))
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
