// What a request asks for: room, place, origin. Answers nothing but refusals.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Hub } from '../hub.js';
import type { Defaults, RealtimeServerOptions, ServerEvent } from './options.js';

/** What every adapter works with. */
export interface Context {
  readonly hub: Hub;
  readonly options: Omit<RealtimeServerOptions, keyof Defaults> & Defaults;
  readonly emit: (event: ServerEvent) => void;
  /** Runs at `close()`: lets go of one reader, politely, and resolves when it is gone. Returns the undo. */
  readonly atClose: (run: () => void | Promise<void>) => () => void;
}

/** A request that may be served. */
export interface Visit {
  readonly room: string;
  readonly query: URLSearchParams;
  /** Where the reader had got to. */
  readonly cursor: string | undefined;
  /** How many kept messages it asks for. */
  readonly replay: number;
}

export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

/** 1 to 128 characters, none of them a control character (Unicode category Cc). */
const roomName = /^\P{Cc}{1,128}$/u;

export const pathOf = (request: IncomingMessage): string => (request.url ?? '').replace(/[?#].*$/s, '');

const header = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
};

/** Browsers send `Origin`; pages of other sites must not act with this visitor's cookies. */
function isAllowed(request: IncomingMessage, allowed: RealtimeServerOptions['allowedOrigins']): boolean {
  const origin = header(request, 'origin');
  if (origin === undefined || allowed === '*') return true;
  if (typeof allowed === 'function') return allowed(origin, request);
  if (allowed?.includes(origin)) return true;
  try {
    // the whole host is compared, port included: look-alikes differ
    return new URL(origin).host === header(request, 'host');
  } catch {
    return false; // 'null', or no origin at all
  }
}

export function visitOf(request: IncomingMessage, { options }: Context): Visit | Refusal {
  if (!isAllowed(request, options.allowedOrigins))
    return { status: 403, reason: 'This origin may not connect. List it in `allowedOrigins`.' };
  let query: URLSearchParams;
  try {
    query = new URL(request.url ?? '/', 'http://localhost').searchParams;
  } catch {
    return { status: 400, reason: 'The address is not valid.' };
  }
  const room = query.get('room') ?? 'default';
  if (!roomName.test(room))
    return { status: 400, reason: 'A room has 1 to 128 characters, none of them a control character.' };
  const replay = Number(query.get('replay') ?? 0);
  if (!Number.isInteger(replay) || replay < 0)
    return { status: 400, reason: '`replay` is a whole number, not negative.' };
  const lastEventId = header(request, 'last-event-id');
  const cursor = lastEventId ?? query.get('lastEventId') ?? query.get('cursor') ?? query.get('since') ?? undefined;
  return { room, query, cursor: cursor || undefined, replay };
}

/** Headers of every answer: who may read it, and that nothing may keep it. */
export function commonHeaders(request: IncomingMessage, { options }: Context): Record<string, string> {
  const origin = header(request, 'origin');
  const basic = { 'cache-control': 'no-store', vary: 'origin' };
  if (origin === undefined || !isAllowed(request, options.allowedOrigins)) return basic;
  const readable = { 'access-control-expose-headers': 'roomtone-cursor, roomtone-resume, etag' };
  // '*' opens the rooms to everybody, but not with a visitor's cookies
  if (options.allowedOrigins === '*') return { ...basic, ...readable, 'access-control-allow-origin': '*' };
  return { ...basic, ...readable, 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' };
}

export function answer(
  request: IncomingMessage,
  response: ServerResponse,
  context: Context,
  status: number,
  body?: string,
  headers: Record<string, string> = {},
): void {
  const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  response.writeHead(status, { ...commonHeaders(request, context), ...type, ...headers });
  response.end(body);
}

export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  context: Context,
  { status, reason }: Refusal,
  headers: Record<string, string> = {},
): void {
  context.emit({ type: 'refused', status, reason });
  answer(request, response, context, status, JSON.stringify({ error: reason }), headers);
}

/** What a reader is told about the place that it gave. */
export const resumeHeader = (resumed: boolean | undefined): Record<string, string> =>
  resumed === undefined ? {} : { 'roomtone-resume': resumed ? 'resumed' : 'gap' };
