// A wire of the rooms protocol over HTTP, as the door sees it: something that takes POSTs and GETs. Nothing here lives.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Session } from '../session.js';

export interface HttpWire {
  readonly session: Session;
  /** A POST is there. Returns false where the wire has ended. */
  heard(): boolean;
  /** A GET of a wire that is open. Returns false where the place is none of this wire's. */
  poll?(request: IncomingMessage, response: ServerResponse, asked: PollQuestion): boolean;
  /** Another wire has its name. */
  replaced(): void;
}

export interface PollQuestion {
  readonly cursor: number | undefined;
  readonly waitS: number;
}

/** What is needed to open one. */
export interface HttpWireOptions {
  readonly request: IncomingMessage;
  /** It has ended: POSTs find it no more. */
  readonly onEnd: () => void;
}

/** The last event, where a transport has no close codes. */
export const closeEvent = (code: number, reason: string): string => JSON.stringify({ t: 'close', code, reason });
