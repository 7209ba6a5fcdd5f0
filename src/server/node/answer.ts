// Answers over HTTP: the headers that all of them carry, refusals, and the last one on a connection. Knows no rooms.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock } from '../../base/clock.js';
import type { Past } from '../backplane.js';
import type { Settings } from './options.js';
import type { Refusal } from './query.js';
import type { Context, Visit } from './visit.js';

type Headers = Readonly<Record<string, string>>;

/** How long a peer may take to read our last words. */
const GRACE_MS = 1_000;

/** What some statuses oblige us to add. */
export const headersFor = (status: number): Headers =>
  status === 405
    ? { allow: 'GET, POST, OPTIONS' }
    : status === 401
      ? { 'www-authenticate': 'Bearer' }
      : status === 503 || status === 429
        ? { 'retry-after': '1' }
        : status === 408
          ? { connection: 'close' } // the rest of its body is not waited for
          : {};

/** Nothing on the way may keep it. */
export function setCommonHeaders(response: ServerResponse): void {
  response.setHeader('cache-control', 'no-store');
  response.setHeader('vary', 'origin');
  response.setHeader('x-content-type-options', 'nosniff');
}

/** Pages of this origin may read it. */
export function letRead(
  { headers: { origin } }: IncomingMessage,
  response: ServerResponse,
  { allowedOrigins }: Settings,
): void {
  if (origin === undefined) return;
  const everybody = allowedOrigins === '*';
  response.setHeader('access-control-allow-origin', everybody ? '*' : origin);
  // '*' opens the rooms to everybody, but not with a visitor's cookies
  if (!everybody) response.setHeader('access-control-allow-credentials', 'true');
  // `retry-after` may be a date, which means something beside ours
  response.setHeader('access-control-expose-headers', 'roomtone-cursor, roomtone-resume, etag, retry-after, date');
}

/** A JSON text, or no body. */
export function answer(response: ServerResponse, status: number, body?: string, headers: Headers = {}): void {
  if (response.headersSent) return; // somebody else on this server was quicker
  response.statusCode = status;
  if (body !== undefined) response.setHeader('content-type', 'application/json');
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(body);
}

export function refuse(response: ServerResponse, context: Context, refusal: Refusal): void {
  const { status, reason } = refusal;
  context.emit({ type: 'refused', ...refusal });
  answer(response, status, JSON.stringify({ error: reason }), headersFor(status));
}

/** What a reader is told about the place that it gave. */
export const resumeHeader = ({ cursor }: Visit, { gap }: Past): Headers =>
  cursor === undefined ? {} : { 'roomtone-resume': gap ? 'gap' : 'resumed' };

/** Has its client left, while a check was awaited say? What is written is read by nobody, and no `close` follows. */
export const hasLeft = ({ socket }: IncomingMessage, response: ServerResponse): boolean =>
  response.destroyed || socket.destroyed;

/** Is it pipelined behind another that is not through? It has no connection to hold, and hears of no end of it. */
export const isQueued = ({ socket }: ServerResponse): boolean => socket === null;

/** Resolves when a peer is gone; one that does not read our last words is not waited for. */
export function gone(peer: { once(event: 'close', run: () => void): unknown }, force: () => void): Promise<void> {
  return new Promise((resolve) => {
    const cancel = systemClock.after(GRACE_MS, () => {
      force();
      resolve(); // also where its `close` was before
    });
    peer.once('close', () => {
      cancel();
      resolve();
    });
  });
}

/** Ends an answer, and its connection with it. */
export function endWith({ socket, httpVersionMajor }: IncomingMessage, response: ServerResponse): Promise<void> {
  // the streams of HTTP/2 share their connection with others
  response.end(() => void (httpVersionMajor < 2 && socket.destroySoon()));
  return gone(response, () => response.destroy());
}
