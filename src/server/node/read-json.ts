// The body of a POST, bounded. JSON only: that content type keeps other sites' forms out. Publishes nothing.

import type { IncomingMessage } from 'node:http';
import type { Refusal } from './visit.js';

type WithBody = IncomingMessage & { readonly body?: unknown };

export const isJson = ({ headers }: IncomingMessage): boolean =>
  /^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '');

/** The text, or why not; undefined: its sender went away. Over the bound it resolves at once, and reads the rest into nothing. */
export function readBody(request: WithBody, maxBytes: number): Promise<string | Refusal | undefined> {
  // a framework's body parser was here before us, and has bounds of its own
  if (request.readableEnded) {
    if (request.body === undefined)
      return Promise.resolve({ status: 400, reason: 'There is no body, or somebody else has read it.' });
    try {
      return Promise.resolve(JSON.stringify(request.body));
    } catch {
      return Promise.resolve({ status: 400, reason: 'The body is nested too deep.' });
    }
  }
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let size = 0;
    request.on('data', (piece: Buffer) => {
      size += piece.length;
      if (size <= maxBytes) pieces.push(piece);
      else resolve({ status: 413, reason: `A message has ${maxBytes} bytes at most.` });
    });
    request.on('end', () => resolve(Buffer.concat(pieces).toString('utf8')));
    request.on('error', () => resolve(undefined));
    request.on('close', () => resolve(undefined));
  });
}
