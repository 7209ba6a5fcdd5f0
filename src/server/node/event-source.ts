// One reader over Server-Sent Events (HTML §9.2).

import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock } from '../../base/clock.js';
import type { Published } from '../published.js';
import { endWith, resumeHeader } from './answer.js';
import { createBacklog } from './backlog.js';
import { createOutflow } from './outflow.js';
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
  context: Context,
): void {
  const { hub, settings, emit, atClose } = context;
  const { room } = visit;
  const backlog = createBacklog(settings.maxBufferedBytes);
  const { messages, resumed } = pastFor(visit, context, true);
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    // nothing on the way may hold it back
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
    ...resumeHeader(resumed),
  });
  // a first byte at once: Firefox opens at it. A place at once: the stream can be resumed before its first message
  const place = messages.length > 0 ? '' : `id: ${hub.position(room)}\n`;
  response.write(`: here\nretry: ${settings.retryMs}\n${place}\n`);
  const outflow = createOutflow(response);
  const push = (message: Published): void => outflow.push(message.payload.length, () => eventOf(message));
  messages.forEach(push);
  backlog.excuse(outflow.waitingBytes);

  let over = false;
  const leave = (): void => {
    if (over) return;
    over = true;
    unsubscribe();
    cancelBeat();
    forget();
    emit({ type: 'left', room, transport: 'sse' });
    emit({ type: 'disconnected', transport: 'sse', code: null });
  };
  const cut = (): void => {
    emit({ type: 'slow', room, transport: 'sse' });
    leave();
    response.destroy(); // it comes back with the last id that it read
  };
  const write = (run: () => void): void => {
    if (over) return;
    if (backlog.exceeded(outflow.waitingBytes)) cut();
    else run();
  };
  const beat = (): void => {
    // something waits, and none of it was taken since the last beat
    if (!outflow.moves()) return cut();
    write(() => outflow.push(3, () => ':\n\n'));
    if (!over) cancelBeat = systemClock.after(settings.heartbeatMs, beat);
  };
  let cancelBeat = systemClock.after(settings.heartbeatMs, beat);
  const unsubscribe = hub.subscribe(room, (message) => write(() => push(message)));
  const forget = atClose(() => {
    leave();
    outflow.flush();
    return endWith(request, response);
  });
  response.on('close', leave);
  response.on('error', leave); // a write that met a broken link
  emit({ type: 'connected', transport: 'sse' });
  emit({ type: 'joined', room, transport: 'sse' });
}
