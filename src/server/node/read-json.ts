// The body of a POST, bounded, as text or as it came. Publishes nothing.

import type { IncomingMessage } from 'node:http';
import { systemClock } from '../../base/clock.js';
import type { Refusal } from './query.js';

type WithBody = IncomingMessage & { readonly body?: unknown };

/** JSON only: that content type keeps other sites' forms out. */
export const isJson = ({ headers }: IncomingMessage): boolean =>
  /^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '');

/** Without its byte order mark. Bytes that are no UTF-8 are not guessed at. */
export function textOf(body: Buffer): string | Refusal {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return { status: 400, reason: 'The body is not UTF-8.' };
  }
}

/** Read into nothing behind a body that is too large: who is still sending does not see our answer on a broken connection. */
const MAX_IGNORED_BYTES = 2 ** 25;

const READ_ALREADY: Refusal = { status: 400, reason: 'There is no body, or somebody else has read it.' };

/** The text, or why not; undefined: its sender went away. */
export async function readBody(
  request: WithBody,
  maxBytes: number,
  timeoutMs: number,
): Promise<string | Refusal | undefined> {
  if (!request.readableEnded || request.body === undefined) {
    const body = await readBytes(request, maxBytes, timeoutMs);
    return Buffer.isBuffer(body) ? textOf(body) : body;
  }
  // a framework's body parser was here before us, and has bounds of its own
  try {
    return JSON.stringify(request.body);
  } catch {
    return { status: 400, reason: 'The body is nested too deep.' };
  }
}

/**
 * The bytes, or why not; undefined: their sender went away. Over the bound it resolves at once. They may take `timeoutMs`, and
 * a millisecond more for each byte that has come.
 */
export function readBytes(
  request: IncomingMessage,
  maxBytes: number,
  timeoutMs: number,
): Promise<Buffer | Refusal | undefined> {
  if (request.readableEnded) return Promise.resolve(READ_ALREADY);
  return new Promise((resolve) => {
    let body = Buffer.alloc(0); // pieces of a byte each would keep what they are pieces of
    let size = 0;
    const begunAt = systemClock.now();
    const look = (): void => {
      const leftMs = begunAt + timeoutMs + size - systemClock.now();
      if (leftMs > 0) cancel = systemClock.after(leftMs, look);
      else resolve({ status: 408, reason: 'The body takes too long.' });
    };
    let cancel = systemClock.after(timeoutMs, look);
    const done = (found: Buffer | Refusal | undefined): void => {
      cancel();
      resolve(found);
    };
    request.on('data', (piece: Buffer) => {
      const before = size;
      size += piece.length;
      if (size > maxBytes) {
        body = Buffer.alloc(0);
        done({ status: 413, reason: `A message has ${maxBytes} bytes at most.` });
        if (size > maxBytes + MAX_IGNORED_BYTES) request.destroy();
        return;
      }
      if (size > body.length) {
        const larger = Buffer.alloc(Math.min(2 * size, maxBytes));
        body.copy(larger);
        body = larger;
      }
      piece.copy(body, before);
    });
    request.on('end', () => done(body.subarray(0, size)));
    request.on('error', () => done(undefined));
    request.on('close', () => done(undefined));
  });
}
