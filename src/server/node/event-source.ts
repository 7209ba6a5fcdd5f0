// One reader over Server-Sent Events (HTML §9.2).

import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock } from '../../base/clock.js';
import type { Published } from '../hub.js';
import { commonHeaders, type Context, resumeHeader, type Visit } from './visit.js';

/** One event. JSON text has no line breaks, and types were checked when they were published: nothing can forge a field. */
function eventOf({ id, type, payload }: Published): string {
  const binary = typeof payload !== 'string';
  const name = binary ? 'binary' : type;
  const data = binary ? Buffer.from(payload).toString('base64') : payload;
  return `${name === 'message' ? '' : `event: ${name}\n`}id: ${id}\ndata: ${data}\n\n`;
}

export function serveEventSource(
  request: IncomingMessage,
  response: ServerResponse,
  visit: Visit,
  context: Context,
): void {
  const { hub, options, emit } = context;
  const { room, cursor, replay } = visit;
  const past =
    cursor === undefined ? { messages: hub.latest(room, replay), resumed: undefined } : hub.since(room, cursor);
  request.socket.setNoDelay(true);
  response.writeHead(200, {
    ...commonHeaders(request, context),
    'content-type': 'text/event-stream; charset=utf-8',
    // nothing on the way may hold it back
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
    ...resumeHeader(past.resumed),
  });
  // a first byte at once: Firefox opens at it. A place at once: the stream can be resumed before its first message
  const place = past.messages.length > 0 ? '' : `id: ${hub.position(room)}\n`;
  response.write(`: here\nretry: ${options.retryMs}\n${place}\n${past.messages.map(eventOf).join('')}`);

  let over = false;
  const leave = (): void => {
    if (over) return;
    over = true;
    unsubscribe();
    cancelBeat();
    forget();
    emit({ type: 'left', room, transport: 'sse' });
  };
  const write = (text: string): void => {
    if (over) return;
    response.write(text);
    if (response.writableLength <= options.maxBufferedBytes) return;
    emit({ type: 'slow', room, transport: 'sse' });
    leave();
    response.destroy(); // it comes back with the last id that it read
  };
  const beat = (): void => {
    write(':\n\n');
    if (!over) cancelBeat = systemClock.after(options.heartbeatMs, beat);
  };
  let cancelBeat = systemClock.after(options.heartbeatMs, beat);
  const unsubscribe = hub.subscribe(room, (message) => write(eventOf(message)));
  const forget = context.atClose(() => {
    leave();
    response.end();
  });
  response.on('close', leave);
  emit({ type: 'joined', room, transport: 'sse' });
}
