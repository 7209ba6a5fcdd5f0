// Requests of wires that another server has: that one is asked, and what it answers is said here. Has no wire itself.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock } from '../../../base/clock.js';
import type { Relay } from '../../backplane.js';
import { answer, endWith, gone, refuse } from '../answer.js';
import { isRefusal } from '../gate.js';
import { answerWire } from './http-wire.js';
import type { Refusal } from '../query.js';
import { readBody } from '../read-json.js';
import { readAnswer, type WireAnswer, type WireQuestion } from './session-question.js';
import { MAX_POSTS, OVER, TOO_MANY, UNKNOWN } from './session-rules.js';
import type { Context } from '../visit.js';

export interface Elsewhere {
  /** Why this origin may not open a wire of that name here: it is another's. */
  refusalOf(name: string, origin: string | undefined): Promise<Refusal | undefined>;
  get(request: IncomingMessage, response: ServerResponse, name: string, cursor: number, waitS: number): Promise<void>;
  post(request: IncomingMessage, response: ServerResponse, name: string): Promise<void>;
}

/** A held answer is asked for in parts: no longer than this, and what the way may take, is waited for a server that has died. */
const PART_MS = 5_000;
/** Names that were answered for. Another one counts as a connection of its address: who makes names up must not keep the servers busy with each other. */
const MAX_KNOWN = 10_000;

/** POSTs of one wire that are under way. */
interface Line {
  /** Those that came before are asked before. */
  turn: Promise<void>;
  posts: number;
  /** One of them did not get through: what came after it must not overtake it. */
  isBroken: boolean;
}

export function createElsewhere({ ask }: Relay, context: Context): Elsewhere {
  const { settings, gate, atClose } = context;
  const known = new Set<string>(); // the oldest first
  const lines = new Map<string, Line>();
  let waiting = 0;

  const about = async (name: string, question: WireQuestion, withinMs = 0): Promise<WireAnswer> => {
    const text = await ask(name, JSON.stringify(question), withinMs);
    const found = (text === undefined ? undefined : readAnswer(text)) ?? UNKNOWN;
    known.delete(name);
    if (found.status !== UNKNOWN.status) known.add(name);
    if (known.size > MAX_KNOWN) known.delete(known.values().next().value ?? '');
    return found;
  };
  /** What is refused where the wire has to end for it. */
  const over = async (
    name: string,
    origin: string | undefined,
    how: (typeof OVER)[keyof typeof OVER],
    refusal: Refusal,
  ): Promise<WireAnswer> => {
    const ended = await about(name, { kind: 'end', origin, ...how });
    return ended.status < 400 ? refusal : ended;
  };
  /** Whatever waits for an answer, with what is done about it where this server goes. */
  const wait = async (
    request: IncomingMessage,
    response: ServerResponse,
    name: string,
    goodBye: () => Promise<void>,
    run: () => Promise<void>,
  ): Promise<void> => {
    if (waiting >= settings.maxConnections)
      return refuse(response, context, { status: 503, reason: 'No place for another connection (maxConnections).' });
    const leave = known.has(name) ? undefined : gate.enter(request);
    if (leave && isRefusal(leave)) return refuse(response, context, leave);
    const forget = atClose(goodBye);
    waiting++;
    try {
      await run();
    } finally {
      waiting--;
      leave?.();
      forget();
    }
  };

  const send = async (
    request: IncomingMessage,
    response: ServerResponse,
    name: string,
    line: Line,
    before: Promise<void>,
  ): Promise<void> => {
    const { origin } = request.headers;
    const body = await readBody(request, settings.maxMessageBytes, settings.bodyTimeoutMs);
    await before;
    if (body === undefined) return; // its sender is gone
    if (typeof body === 'object') {
      const found = body.status === 413 ? await over(name, origin, OVER.tooBig, body) : body;
      return answerWire(response, context, found);
    }
    const found = line.isBroken ? UNKNOWN : await about(name, { kind: 'post', origin, body });
    if (found.status >= 400) line.isBroken = true;
    answerWire(response, context, found);
  };

  return {
    async refusalOf(name, origin) {
      if (origin === undefined) return undefined;
      const { status, reason = '' } = await about(name, { kind: 'open', origin });
      return status === 403 ? { status, reason } : undefined;
    },
    async get(request, response, name, cursor, waitS) {
      const { origin } = request.headers;
      const until = systemClock.now() + 1_000 * waitS;
      let isOver = false;
      response.once('close', () => (isOver = true));
      const ask = async (): Promise<void> => {
        for (let isLast = false; !isLast && !isOver;) {
          const leftMs = Math.max(0, until - systemClock.now());
          const partMs = Math.min(leftMs, PART_MS);
          const found = await about(name, { kind: 'get', origin, cursor, waitS: partMs / 1_000 }, partMs);
          // without a cursor another GET has ended it
          isLast = found.status !== 204 || found.cursor === undefined || partMs === leftMs;
          if (isLast && !isOver) answerWire(response, context, found);
        }
      };
      const goodBye = (): Promise<void> => {
        answer(response, 204); // its wire stays: it comes again, to a server that stays too
        return endWith(request, response);
      };
      await wait(request, response, name, goodBye, ask);
    },
    async post(request, response, name) {
      const line = lines.get(name) ?? { turn: Promise.resolve(), posts: 0, isBroken: false };
      const goodBye = (): Promise<void> =>
        gone(response, () => {
          line.isBroken = true; // what is said now comes too late, and may be behind what was not said
          response.destroy();
        });
      const say = async (): Promise<void> => {
        if (line.posts >= MAX_POSTS)
          return answerWire(response, context, await over(name, request.headers.origin, OVER.tooMany, TOO_MANY));
        lines.set(name, line);
        line.posts++;
        const said = send(request, response, name, line, line.turn);
        line.turn = said.catch(() => void (line.isBroken = true));
        try {
          await said;
        } finally {
          if (--line.posts === 0) lines.delete(name);
        }
      };
      await wait(request, response, name, goodBye, say);
    },
  };
}
