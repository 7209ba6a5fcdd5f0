// A wire of the rooms protocol over HTTP, as the door sees it: something that takes POSTs and GETs. Nothing here lives.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Session } from '../../sessions/session.js';
import { answer, endWith, refuse } from '../answer.js';
import type { WireAnswer } from './session-question.js';
import type { Context } from '../visit.js';

export interface HttpWire {
  readonly session: Session;
  /** A POST is there. Returns false where the wire has ended. */
  heard(): boolean;
  /** A GET of a wire that is open. Returns false where the place is none of this wire's. */
  poll?(asker: Asker, asked: PollQuestion): boolean;
  /** Another wire has its name. */
  replaced(): void;
}

export interface PollQuestion {
  readonly cursor: number | undefined;
  readonly waitS: number;
}

/** Who waits for what a GET is answered with: a client, or another server for one. */
export interface Asker {
  answer(status: number, body?: string, cursor?: string): void;
  /** After the answer, where the server goes: resolves when nobody is there any more. */
  end(): Promise<void>;
  onGone(run: () => void): void;
}

/** What is needed to open one. */
export interface HttpWireOptions {
  readonly request: IncomingMessage;
  /** It has ended: POSTs find it no more. */
  readonly onEnd: () => void;
}

/** The last event, where a transport has no close codes. */
export const closeEvent = (code: number, reason: string): string => JSON.stringify({ t: 'close', code, reason });

const headersOf = (cursor: string | undefined): Readonly<Record<string, string>> =>
  cursor === undefined ? {} : { 'roomtone-cursor': cursor };

export const askerAt = (request: IncomingMessage, response: ServerResponse): Asker => ({
  answer: (status, body, cursor) => answer(response, status, body, headersOf(cursor)),
  end: () => endWith(request, response),
  onGone: (run) => void response.on('close', run),
});

/** What a wire answers, wherever it is, to a client of this server. */
export function answerWire(response: ServerResponse, context: Context, found: WireAnswer): void {
  const { status, reason, body, cursor } = found;
  if (status < 400) answer(response, status, body, headersOf(cursor));
  else refuse(response, context, { status, reason: reason ?? '' });
}
