// The query of a request, and how one is told no. Reads no rooms.

import type { IncomingMessage } from 'node:http';

export interface Refusal {
  readonly status: number;
  /** Said to the client. */
  readonly reason: string;
  /** These are not said to the client. */
  readonly origin?: string;
  readonly cause?: unknown;
}

export const queryOf = ({ url = '/' }: Pick<IncomingMessage, 'url'>): URLSearchParams =>
  new URLSearchParams(/\?(.*)$/s.exec(url)?.[1] ?? '');
