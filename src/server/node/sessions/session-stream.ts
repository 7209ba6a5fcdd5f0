// A session of the rooms protocol down an event stream; what goes up comes by POST. Says nothing itself but pings.

import type { ServerResponse } from 'node:http';
import { systemClock } from '../../../base/clock.js';
import { CLOSE } from '../../../protocol/rooms-frames.js';
import { endWith } from '../answer.js';
import { TRY_AGAIN_LATER } from '../../closing.js';
import { createBacklog } from '../backlog.js';
import { createDrain } from '../drain.js';
import { closeEvent, type HttpWire, type HttpWireOptions } from './http-wire.js';
import { type Context, SERVICE_RESTART } from '../visit.js';

export function openStreamWire(
  { request, onEnd }: HttpWireOptions,
  response: ServerResponse,
  { rooms, settings, emit, atClose }: Context,
): HttpWire {
  const backlog = createBacklog(settings.maxBufferedBytes);
  let over = false;
  let quiet: 'no' | 'yes' | 'asked' = 'no'; // has the client said nothing since the last beat?

  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    // nothing on the way may hold it back
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  });
  // a first byte at once: Firefox opens at it
  response.write(`: here\nretry: ${settings.retryMs}\n\n`);

  const drain = createDrain(() => (over ? 0 : response.writableLength));
  const leave = (code: number | null): void => {
    if (over) return;
    over = true;
    emit({ type: 'disconnected', transport: 'sse', code });
    cancelBeat();
    forget();
    onEnd();
    drain.look();
  };
  const write = (text: string): void => {
    if (over) return;
    if (!backlog.exceeded(response.writableLength)) return void response.write(text, drain.look);
    emit({ type: 'slow', room: null, transport: 'sse' });
    leave(TRY_AGAIN_LATER);
    session.lost();
    response.destroy(); // there is no use in a last word behind all that
  };
  emit({ type: 'connected', transport: 'sse' });
  // a frame is JSON on one line: nothing in it can forge a field
  const session = rooms.open(request, 'sse', {
    send(frame, asked) {
      write(`data: ${frame}\n\n`);
      if (asked) backlog.excuse(response.writableLength);
    },
    ready: () => drain.below(settings.maxBufferedBytes),
    calm: () => drain.below(settings.maxBufferedBytes / 2),
    close(code, reason) {
      if (over) return;
      response.write(`data: ${closeEvent(code, reason)}\n\n`);
      leave(code);
      void endWith(request, response);
    },
  });
  const beat = (): void => {
    // a stream whose reader has vanished takes what is written for minutes: only an answer shows that somebody is there
    if (quiet === 'asked') return session.close(CLOSE.timeout, 'silent for too long');
    write(quiet === 'yes' ? 'data: {"t":"ping"}\n\n' : ':\n\n');
    quiet = quiet === 'yes' ? 'asked' : 'yes';
    if (!over) cancelBeat = systemClock.after(settings.heartbeatMs, beat);
  };
  let cancelBeat = systemClock.after(settings.heartbeatMs, beat);
  const forget = atClose(() => {
    const ended = endOf(response);
    session.close(SERVICE_RESTART, 'the server restarts');
    return ended;
  });
  const gone = (): void => {
    leave(null);
    session.lost();
  };
  response.on('close', gone);
  response.on('error', gone); // a write that met a broken link
  return {
    session,
    heard() {
      quiet = 'no';
      return !over;
    },
    replaced: () => session.close(TRY_AGAIN_LATER, 'another stream has this session'),
  };
}

const endOf = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => void response.once('close', resolve));
