// A message by POST. JSON only: that content type keeps other sites' forms out.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer, refuse } from './answer.js';
import type { Context, Visit } from './visit.js';

export function servePublish(
  request: IncomingMessage & { readonly body?: unknown },
  response: ServerResponse,
  { room }: Visit,
  context: Context,
): void {
  const { hub, settings, isClosed } = context;
  const refused = (status: number, reason: string): void => refuse(response, context, { status, reason });
  const publish = (read: () => unknown): void => {
    let text: string | undefined;
    try {
      text = JSON.stringify(read()); // on one line, however it was written
    } catch {
      return refused(400, 'The body is not JSON, or nested too deep.');
    }
    if (text === undefined) return refused(400, 'There is no body, or somebody else has read it.');
    if (isClosed()) return refused(503, 'The server is going away.');
    try {
      answer(response, 202, JSON.stringify({ id: hub.publish(room, text).id }));
    } catch (error) {
      refused(503, (error as Error).message);
    }
  };

  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? ''))
    return refused(415, 'Send application/json.');
  // a framework's body parser was here before us, and has bounds of its own
  if (request.readableEnded) return publish(() => request.body);
  const pieces: Buffer[] = [];
  let size = 0;
  request.on('data', (piece: Buffer) => {
    size += piece.length;
    if (size <= settings.maxMessageBytes) pieces.push(piece);
    else if (!response.headersSent) refused(413, `A message has ${settings.maxMessageBytes} bytes at most.`);
  });
  request.on('end', () => {
    if (!response.headersSent) publish(() => JSON.parse(Buffer.concat(pieces).toString('utf8')));
  });
  request.on('error', () => {}); // it went away: there is nobody to answer
}
