// Requests of the rooms protocol over HTTP: which wire each belongs to, and on which server that is. Reads no frames.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { isCount } from '../../../protocol/read-frames.js';
import type { Relay } from '../../backplane.js';
import { hasLeft, refuse } from '../answer.js';
import { bodyOf } from '../body.js';
import { answerWire, askerAt, type HttpWire } from './http-wire.js';
import { isRefusal } from '../gate.js';
import { isJson } from '../read-json.js';
import { createElsewhere } from './session-elsewhere.js';
import { createEntry, type Entry } from './session-entry.js';
import { openPollWire } from './session-poll.js';
import { readQuestion } from './session-question.js';
import { STRANGER, UNKNOWN } from './session-rules.js';
import { openStreamWire } from './session-stream.js';
import { queryOf, type Refusal } from '../query.js';
import { type Context, LEAVING, waitOf } from '../visit.js';

/** `name`: the client's own name for its wire, a secret. */
export type SessionDoor = (request: IncomingMessage, response: ServerResponse, name: string) => void;

/** `relay`: to other servers, where requests of one wire may come to several. */
export function createSessionDoor(context: Context, relay?: Relay): SessionDoor {
  const { gate, isClosed } = context;
  const entries = new Map<string, Entry>();
  const elsewhere = relay && createElsewhere(relay, context);

  /** Tells all servers that the wire is here. Returns the undo, or why it may not be. */
  const claim = async (
    name: string,
    origin: string | undefined,
    taken: () => void,
  ): Promise<(() => void) | Refusal | undefined> => {
    const refusal = entries.has(name) ? undefined : await elsewhere?.refusalOf(name, origin);
    if (refusal) return refusal;
    const release = await relay?.claim(name, {
      taken,
      async answer(text) {
        const question = readQuestion(text);
        return JSON.stringify((question && (await entries.get(name)?.hear(question))) ?? UNKNOWN);
      },
    });
    if (!isClosed()) return release;
    release?.();
    return LEAVING;
  };
  /** undefined: whoever asked for it is gone. */
  const open = async (
    name: string,
    request: IncomingMessage,
    response: ServerResponse,
    make: (onEnd: () => void) => HttpWire,
  ): Promise<HttpWire | Refusal | undefined> => {
    const { origin } = request.headers;
    const leave = gate.enter(request);
    if (isRefusal(leave)) return leave;
    let entry: Entry | undefined;
    let isTaken = false;
    const taken = (): void => {
      isTaken = true;
      entry?.wire.replaced();
    };
    // where there are no others nothing is waited for
    const release = relay && (await claim(name, origin, taken));
    if (typeof release === 'object' || (relay && hasLeft(request, response))) {
      leave();
      if (typeof release === 'object') return release;
      release?.();
      return undefined;
    }
    entries.get(name)?.wire.replaced();
    const wire = make(() => {
      leave();
      release?.();
      if (entries.get(name) === entry) entries.delete(name);
    });
    entry = createEntry(wire, origin);
    entries.set(name, entry);
    if (isTaken) wire.replaced();
    return wire;
  };

  const get = async (request: IncomingMessage, response: ServerResponse, name: string): Promise<void> => {
    const waitS = waitOf(request) ?? 0;
    if (typeof waitS === 'object') return refuse(response, context, waitS);
    const text = queryOf(request).get('cursor');
    const cursor = text === null || text === '' ? undefined : /^\d+$/.test(text) ? Number(text) : NaN;
    if (request.headers.accept?.includes('text/event-stream')) {
      const stream = await open(name, request, response, (onEnd) =>
        openStreamWire({ request, onEnd }, response, context),
      );
      if (stream && 'status' in stream) refuse(response, context, stream);
      return;
    }
    const known = entries.get(name);
    if (cursor !== undefined && !isCount(cursor)) return refuse(response, context, UNKNOWN);
    if (!known?.wire.poll && cursor !== undefined)
      return elsewhere && !known
        ? elsewhere.get(request, response, name, cursor, waitS)
        : refuse(response, context, UNKNOWN);
    const wire = known?.wire.poll
      ? known.wire
      : await open(name, request, response, (onEnd) => openPollWire({ request, onEnd }, context));
    if (wire && 'status' in wire) return refuse(response, context, wire);
    if (wire && !wire.poll?.(askerAt(request, response), { cursor, waitS })) refuse(response, context, UNKNOWN);
  };
  const post = async (request: IncomingMessage, response: ServerResponse, name: string): Promise<void> => {
    if (!isJson(request)) return refuse(response, context, { status: 415, reason: 'Send application/json.' });
    const entry = entries.get(name);
    if (!entry) return elsewhere ? elsewhere.post(request, response, name) : refuse(response, context, UNKNOWN);
    const found = await entry.post(() => bodyOf(request, response, context));
    if (found) answerWire(response, context, found); // else its sender is gone
  };

  return (request, response, name) => {
    if (entries.get(name)?.isStrange(request.headers.origin)) return refuse(response, context, STRANGER);
    const serve = request.method === 'GET' ? get : post;
    // nothing that comes in may end the process
    serve(request, response, name).catch(() => response.destroy());
  };
}
