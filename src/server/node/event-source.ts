// One reader over Server-Sent Events (HTML §9.2).

import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock } from '../../base/clock.js';
import type { Published } from '../published.js';
import { endWith, resumeHeader } from './answer.js';
import { createBacklog } from './backlog.js';
import { type Context, pastFor, type Visit } from './visit.js';

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
  { hub, settings, emit, atClose }: Context,
): void {
  const { room } = visit;
  const backlog = createBacklog(settings.maxBufferedBytes);
  const { messages, resumed } = pastFor(visit, hub);
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    // nothing on the way may hold it back
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
    ...resumeHeader(resumed),
  });
  // a first byte at once: Firefox opens at it. A place at once: the stream can be resumed before its first message
  const place = messages.length > 0 ? '' : `id: ${hub.position(room)}\n`;
  response.write(`: here\nretry: ${settings.retryMs}\n${place}\n${messages.map(eventOf).join('')}`);
  backlog.excuse(response.writableLength);

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
    if (!backlog.exceeded(response.writableLength)) return void response.write(text);
    emit({ type: 'slow', room, transport: 'sse' });
    leave();
    response.destroy(); // it comes back with the last id that it read
  };
  const beat = (): void => {
    write(':\n\n');
    if (!over) cancelBeat = systemClock.after(settings.heartbeatMs, beat);
  };
  let cancelBeat = systemClock.after(settings.heartbeatMs, beat);
  const unsubscribe = hub.subscribe(room, (message) => write(eventOf(message)));
  const forget = atClose(() => {
    leave();
    return endWith(request, response);
  });
  response.on('close', leave);
  response.on('error', leave); // a write that met a broken link
  emit({ type: 'joined', room, transport: 'sse' });
}
