// One reader over Server-Sent Events (HTML §9.2).

import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Cancel, systemClock } from '../../../base/clock.js';
import type { Unsubscribe } from '../../../base/readable.js';
import type { Past, RoomMessage } from '../../backplane.js';
import { endWith, refuse, resumeHeader } from '../answer.js';
import { createBacklog } from '../backlog.js';
import { createOutflow } from './outflow.js';
import { follow, idOf } from './plain.js';
import { type Context, LEAVING, type Visit } from '../visit.js';

/** One event. JSON text has no line breaks, and types were checked when they were published: nothing can forge a field. */
function eventOf(message: RoomMessage): string {
  const { type, payload } = message;
  const binary = typeof payload !== 'string';
  const name = binary ? 'binary' : type;
  const data = binary ? Buffer.from(payload).toString('base64') : payload;
  return `${name === 'message' ? '' : `event: ${name}\n`}id: ${idOf(message)}\ndata: ${data}\n\n`;
}

/** Rejects where the room is out of reach: then nothing was answered. */
export async function serveEventSource(
  request: IncomingMessage,
  response: ServerResponse,
  visit: Visit,
  context: Context,
): Promise<void> {
  const { settings, emit, atClose } = context;
  const { room } = visit;
  const backlog = createBacklog(settings.maxBufferedBytes);
  const outflow = createOutflow(response);
  let state = 'coming' as 'coming' | 'here' | 'gone';
  let unsubscribe: Unsubscribe = () => {};
  let cancelBeat: Cancel = () => {};

  const leave = (): void => {
    if (state === 'gone') return;
    const wasHere = state === 'here';
    state = 'gone';
    unsubscribe();
    cancelBeat();
    forget();
    if (!wasHere) return;
    emit({ type: 'left', room, transport: 'sse' });
    emit({ type: 'disconnected', transport: 'sse', code: null });
  };
  const end = (): Promise<void> => {
    if (state === 'coming') refuse(response, context, LEAVING);
    leave();
    outflow.flush();
    return endWith(request, response);
  };
  const cut = (): void => {
    emit({ type: 'slow', room, transport: 'sse' });
    leave();
    response.destroy(); // it comes back with the last id that it read
  };
  const write = (run: () => void): void => {
    if (state === 'gone') return;
    if (backlog.exceeded(outflow.waitingBytes)) cut();
    else run();
  };
  const push = (message: RoomMessage): void => outflow.push(message.payload.length, () => eventOf(message));
  const beat = (): void => {
    // something waits, and none of it was taken since the last beat
    if (!outflow.moves()) return cut();
    write(() => outflow.push(3, () => ':\n\n'));
    if (state === 'here') cancelBeat = systemClock.after(settings.heartbeatMs, beat);
  };
  const begin = (past: Past): void => {
    if (state === 'gone') return;
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      // nothing on the way may hold it back
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      ...resumeHeader(visit, past),
    });
    // a first byte at once: Firefox opens at it. A place at once: the stream can be resumed before its first message
    const place = past.messages.length > 0 ? '' : `id: ${idOf(past)}\n`;
    response.write(`: here\nretry: ${settings.retryMs}\n${place}\n`);
    past.messages.forEach(push);
    backlog.excuse(outflow.waitingBytes);
    cancelBeat = systemClock.after(settings.heartbeatMs, beat);
    state = 'here';
    emit({ type: 'connected', transport: 'sse' });
    emit({ type: 'joined', room, transport: 'sse' });
  };

  const forget = atClose(end);
  response.on('close', leave);
  response.on('error', leave); // a write that met a broken link
  const stop = await follow(visit, context, true, begin, {
    onMessage: (message) => write(() => push(message)),
    onGap: () => void end(), // how it goes on is told in the headers of the next stream
  });
  unsubscribe = stop;
  if (state === 'gone') stop();
}
