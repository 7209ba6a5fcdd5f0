// Requests of the rooms protocol over HTTP: which wire each belongs to. Reads no frames.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { isCount } from '../../protocol/read-frames.js';
import { CLOSE } from '../../protocol/rooms-frames.js';
import { answer, refuse } from './answer.js';
import type { HttpWire } from './http-wire.js';
import { isRefusal } from './gate.js';
import { isJson, readBody } from './read-json.js';
import { openPollWire } from './session-poll.js';
import { openStreamWire } from './session-stream.js';
import { queryOf, type Refusal } from './query.js';
import { type Context, waitOf } from './visit.js';

/** `name`: the client's own name for its wire, a secret. */
export type SessionDoor = (request: IncomingMessage, response: ServerResponse, name: string) => void;

const TOO_BIG = 1009;
/** POSTs of one wire at once: a client makes one at a time. */
const MAX_POSTS = 64;

interface Entry {
  readonly wire: HttpWire;
  readonly origin: string | undefined;
  /** Those that came before are read before. */
  turn: Promise<void>;
  posts: number;
}

export function createSessionDoor(context: Context): SessionDoor {
  const { settings, gate } = context;
  const entries = new Map<string, Entry>();
  const unknown: Refusal = { status: 503, reason: 'This session is not known here: begin a new one.' };

  const open = (name: string, request: IncomingMessage, make: (onEnd: () => void) => HttpWire): HttpWire | Refusal => {
    const leave = gate.enter(request);
    if (isRefusal(leave)) return leave;
    entries.get(name)?.wire.replaced();
    const wire = make(() => {
      leave();
      if (entries.get(name)?.wire === wire) entries.delete(name);
    });
    entries.set(name, { wire, origin: request.headers.origin, turn: Promise.resolve(), posts: 0 });
    return wire;
  };

  const get: SessionDoor = (request, response, name) => {
    const waitS = waitOf(request);
    if (typeof waitS === 'object') return refuse(response, context, waitS);
    const known = entries.get(name);
    const text = queryOf(request).get('cursor');
    const cursor = text === null || text === '' ? undefined : /^\d+$/.test(text) ? Number(text) : NaN;
    const isStream = request.headers.accept?.includes('text/event-stream') ?? false;
    if (isStream) {
      const stream = open(name, request, (onEnd) => openStreamWire({ request, onEnd }, response, context));
      if ('status' in stream) refuse(response, context, stream);
      return;
    }
    if (!known?.wire.poll && cursor !== undefined) return refuse(response, context, unknown);
    const wire = known?.wire.poll
      ? known.wire
      : open(name, request, (onEnd) => openPollWire({ request, onEnd }, context));
    if ('status' in wire) return refuse(response, context, wire);
    const valid = cursor === undefined || isCount(cursor);
    if (!valid || !wire.poll?.(request, response, { cursor, waitS: waitS ?? 0 })) refuse(response, context, unknown);
  };

  const post = async (
    request: IncomingMessage,
    response: ServerResponse,
    { wire }: Entry,
    before: Promise<void>,
  ): Promise<void> => {
    const body = await readBody(request, settings.maxMessageBytes, settings.bodyTimeoutMs);
    await before;
    if (body === undefined) return; // its sender is gone
    if (typeof body === 'object') {
      if (body.status === 413) wire.session.close(TOO_BIG, 'a frame that is too large');
      return refuse(response, context, body);
    }
    if (!wire.heard()) return refuse(response, context, unknown);
    wire.session.receive(body);
    answer(response, 202);
  };

  return (request, response, name) => {
    const entry = entries.get(name);
    const { origin } = request.headers;
    // pages name their origin with every POST, but not with each GET
    if (entry?.origin !== undefined && origin !== undefined && origin !== entry.origin)
      return refuse(response, context, { status: 403, reason: 'Another origin has opened this session.' });
    if (request.method === 'GET') return get(request, response, name);
    if (!isJson(request)) return refuse(response, context, { status: 415, reason: 'Send application/json.' });
    if (!entry) return refuse(response, context, unknown);
    if (entry.posts >= MAX_POSTS) {
      entry.wire.session.close(CLOSE.tooMuch, 'more POSTs at once than the server takes');
      return refuse(response, context, { status: 429, reason: 'One POST at a time.' });
    }
    entry.posts++;
    entry.turn = post(request, response, entry, entry.turn).finally(() => void entry.posts--);
  };
}
