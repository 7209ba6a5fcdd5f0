// A message by POST. JSON only: that content type keeps other sites' forms out.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer, type Context, refuse, type Visit } from './visit.js';

export function servePublish(
  request: IncomingMessage,
  response: ServerResponse,
  { room }: Visit,
  context: Context,
): void {
  const { hub, options, emit } = context;
  const refused = (status: number, reason: string): void =>
    // whoever is refused half-way through a body is not read to its end
    refuse(request, response, context, { status, reason }, request.complete ? {} : { connection: 'close' });

  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? ''))
    return refused(415, 'Send application/json.');
  const pieces: Buffer[] = [];
  let size = 0;
  request.on('data', (piece: Buffer) => {
    size += piece.length;
    if (size <= options.maxMessageBytes) pieces.push(piece);
    else if (!response.headersSent) {
      refused(413, `A message has ${options.maxMessageBytes} bytes at most.`);
      request.resume();
    }
  });
  request.on('end', () => {
    if (response.headersSent) return;
    const text = Buffer.concat(pieces).toString('utf8');
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      emit({ type: 'invalid', room, reason: 'a POST that is not JSON' });
      return refused(400, 'The body is not JSON.');
    }
    try {
      const { id } = hub.publish(room, JSON.stringify(value));
      answer(request, response, context, 202, JSON.stringify({ id }));
    } catch (error) {
      refused(503, (error as Error).message);
    }
  });
  request.on('error', () => {}); // it went away: there is nobody to answer
}
