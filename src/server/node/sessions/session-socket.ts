// A session of the rooms protocol over WebSocket (RFC 6455): a text frame each. Says nothing itself.

import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { CLOSE } from '../../../protocol/rooms-frames.js';
import { gone } from '../answer.js';
import { createBacklog } from '../backlog.js';
import { createDrain } from '../drain.js';
import { createSocketPulse } from '../socket-pulse.js';
import { SERVICE_RESTART, TRY_AGAIN_LATER, type Context } from '../visit.js';

/** Closes by which a client says that it goes for good. */
const ORDERLY: ReadonlySet<number> = new Set([1000, 1001]);

export function serveSessionSocket(socket: WebSocket, request: IncomingMessage, context: Context): void {
  const { rooms, settings, emit, atClose } = context;
  const backlog = createBacklog(settings.maxBufferedBytes);
  let over = false;

  const drain = createDrain(() => (over ? 0 : socket.bufferedAmount));
  const leave = (): void => {
    over = true;
    drain.look();
    pulse.stop();
  };
  const hangUp = (code: number, reason: string): Promise<void> => {
    leave();
    socket.close(code, reason);
    return gone(socket, () => socket.terminate());
  };
  /** Whatever goes out passes here: also who only pings, and never reads, must not fill our memory. */
  const write = (run: () => void): void => {
    if (over) return;
    if (!backlog.exceeded(socket.bufferedAmount)) return run();
    emit({ type: 'slow', room: null, transport: 'websocket' });
    session.close(TRY_AGAIN_LATER, 'too slow');
  };
  emit({ type: 'connected', transport: 'websocket' });
  const session = rooms.open(request, 'websocket', {
    send: (frame, asked) =>
      write(() => {
        // a callback is a tenth of what a send costs, and nobody waits for one small frame that met an empty socket
        const mayWait = socket.bufferedAmount > 0 || frame.length > settings.maxBufferedBytes / 8;
        socket.send(frame, mayWait ? drain.look : undefined);
        if (asked) backlog.excuse(socket.bufferedAmount);
      }),
    ready: () => drain.below(settings.maxBufferedBytes),
    calm: () => drain.below(settings.maxBufferedBytes / 2),
    close: (code, reason) => {
      if (!over) void hangUp(code, reason);
    },
  });
  const pulse = createSocketPulse(socket, settings.heartbeatMs, write);
  const forget = atClose(() => {
    session.close(SERVICE_RESTART, 'the server restarts');
    return gone(socket, () => socket.terminate());
  });

  socket.on('message', (data: Buffer, isBinary) => {
    pulse.heard();
    if (isBinary) session.close(CLOSE.notThisProtocol, 'frames are text');
    else session.receive(data.toString('utf8'));
  });
  // too large, or not WebSocket at all: ws closes with the code for it, and `close` follows
  socket.on('error', ({ message }) => emit({ type: 'invalid', room: null, reason: message }));
  socket.on('close', (code) => {
    forget(); // not before: `close()` waits for those who are being let go, too
    if (!over) leave();
    if (ORDERLY.has(code)) session.bye();
    else session.lost();
    emit({ type: 'disconnected', transport: 'websocket', code });
  });
}
