// What a request asks for, and whether it may: room, place, origin. Answers nothing.

import type { IncomingMessage } from 'node:http';
import { isRoomName } from '../../protocol/read-frames.js';
import type { Gate } from './gate.js';
import type { ServerEvent, Settings } from './options.js';
import type { PlainRooms } from './plain/plain-rooms.js';
import { queryOf, type Refusal } from './query.js';
import type { Rooms } from './rooms.js';

/** What every adapter works with. */
export interface Context {
  /** Those of links without users, which tell themselves who came back, and what was missed. */
  readonly plainRooms: PlainRooms;
  readonly rooms: Rooms;
  readonly gate: Gate;
  readonly settings: Settings;
  readonly emit: (event: ServerEvent) => void;
  /** Runs at `close()`: lets go of one reader, politely, and resolves when it is gone; with a code where it goes for another reason. Returns the undo. */
  readonly atClose: (run: (code?: number, reason?: string) => Promise<void>) => () => void;
  readonly isClosed: () => boolean;
}

/** A request that may be served. */
export interface Visit {
  readonly room: string;
  /** Where the reader had got to. */
  readonly cursor: string | undefined;
  /** How many kept messages it asks for. */
  readonly replay: number | undefined;
  /** How many seconds its answer may be held. */
  readonly waitS: number | undefined;
}

/** A close code of WebSockets (RFC 6455 §7.4 and its registry), said over HTTP too. */
export const SERVICE_RESTART = 1012;

export const LEAVING: Refusal = { status: 503, reason: 'The server is going away.' };

/** Proxies cut quiet requests after 60 s. */
const MAX_WAIT_S = 55;

/** `host` names the server to HTTP/1 clients, `:authority` to those of HTTP/2. */
const hostOf = ({ headers }: IncomingMessage): string =>
  (headers.host ?? String(headers[':authority'] ?? '')).toLowerCase();

function isSameOrigin(origin: string, request: IncomingMessage): boolean {
  // the whole host is compared, port included: look-alikes differ, and 'null' is no origin at all
  const [, host] = /^https?:\/\/([^/?#]+)$/.exec(origin) ?? [];
  return host !== undefined && host === hostOf(request);
}

/** Browsers send `Origin`; pages of other sites must not act with this visitor's cookies. */
export function refusalByOrigin(request: IncomingMessage, { allowedOrigins: allowed }: Settings): Refusal | undefined {
  const { origin } = request.headers;
  if (origin === undefined || allowed === '*') return undefined;
  const refusal = {
    status: 403,
    reason: 'This origin may not connect. List it in `allowedOrigins` of the server.',
    origin,
  };
  if (typeof allowed !== 'function')
    return allowed.includes(origin) || isSameOrigin(origin, request) ? undefined : refusal;
  try {
    return allowed(origin, request) === true ? undefined : refusal;
  } catch (cause) {
    return { ...refusal, cause }; // what comes in must not be able to end the process
  }
}

/**
 * With '*' pages of everybody may come, and browsers send this visitor's cookies with a handshake whatever the server says:
 * no page may act with those of another's.
 */
export function forgetCookies(request: IncomingMessage, { allowedOrigins }: Settings): void {
  const { origin } = request.headers;
  if (allowedOrigins === '*' && origin !== undefined && !isSameOrigin(origin, request)) delete request.headers.cookie;
}

/** The client's name for its wire of the rooms protocol; undefined: a plain link. */
export function sessionOf({ url = '/' }: IncomingMessage): string | undefined | Refusal {
  const session = queryOf({ url }).get('session');
  if (session === null) return undefined;
  const reason = 'A `session` has 16 to 128 characters of A–Z a–z 0–9 - _';
  return /^[\w-]{16,128}$/.test(session) ? session : { status: 400, reason };
}

const numberIn = (query: URLSearchParams, name: string, most: number): number | undefined => {
  const text = query.get(name);
  if (text === null) return undefined;
  return /^\d+(\.\d+)?$/.test(text) && Number(text) <= most ? Number(text) : NaN;
};

const waitIn = (query: URLSearchParams): number | undefined | Refusal => {
  const waitS = numberIn(query, 'wait', MAX_WAIT_S);
  const reason = `\`wait\` is a number of seconds from 0 to ${MAX_WAIT_S}.`;
  return Number.isNaN(waitS) ? { status: 400, reason } : waitS;
};
/** How many seconds an answer may be held. */
export const waitOf = (request: IncomingMessage): number | undefined | Refusal => waitIn(queryOf(request));

export function visitOf({ url = '/', headers }: IncomingMessage): Visit | Refusal {
  const query = queryOf({ url });
  const refuse = (reason: string): Refusal => ({ status: 400, reason });
  const room = query.get('room') ?? 'default';
  if (!isRoomName(room)) return refuse('A room has 1 to 128 characters, none of them a control character.');
  const replay = numberIn(query, 'replay', Infinity);
  if (replay !== undefined && !Number.isInteger(replay)) return refuse('`replay` is a whole number, not negative.');
  const waitS = waitIn(query);
  if (typeof waitS === 'object') return waitS;
  const { 'last-event-id': last } = headers;
  const cursor =
    (typeof last === 'string' && last) || query.get('lastEventId') || query.get('cursor') || query.get('since');
  return { room, cursor: cursor || undefined, replay, waitS };
}
