// Sessions of the rooms protocol over WebSocket (RFC 6455): a text frame each. Says nothing itself.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { CLOSE } from '../../../protocol/rooms-frames.js';
import type { Session } from '../../sessions/session.js';
import type { SessionWire } from '../../sessions/session-services.js';
import { createSocketExits, type SocketExit } from '../socket-exit.js';
import type { Context } from '../visit.js';

/** Closes by which a client says that it goes for good. */
const ORDERLY: ReadonlySet<number> = new Set([1000, 1001]);

interface SocketWire extends SessionWire {
  readonly exit: SocketExit<Session>;
}

/** Serves each socket that what it returns is given. */
export function createSessionSockets(
  context: Context,
): (socket: WebSocket, stream: Duplex, request: IncomingMessage) => void {
  const { rooms, settings, emit } = context;
  const exits = createSocketExits<Session>(context, {
    roomOf: () => null,
    message({ of: session }, data, isBinary) {
      if (isBinary) session?.close(CLOSE.notThisProtocol, 'frames are text');
      else session?.receive(data.toString('utf8'));
    },
    close: ({ of: session }, code, reason) => session?.close(code, reason),
    closed({ of: session }, code) {
      if (ORDERLY.has(code)) session?.bye();
      else session?.lost();
      emit({ type: 'disconnected', transport: 'websocket', code });
    },
  });
  // one function each for all sockets, which find theirs by `this`
  const { send, ready, calm, pause, resume, close }: SessionWire = {
    send(this: SocketWire, frame: string, asked: boolean): void {
      exits.send(this.exit, frame, asked);
    },
    ready(this: SocketWire): Promise<void> | undefined {
      return exits.below(this.exit, settings.maxBufferedBytes);
    },
    calm(this: SocketWire): Promise<void> | undefined {
      return exits.below(this.exit, settings.maxBufferedBytes / 2);
    },
    pause(this: SocketWire): void {
      this.exit.socket.pause();
    },
    resume(this: SocketWire): void {
      exits.resume(this.exit);
    },
    close(this: SocketWire, code: number, reason: string): void {
      if (!this.exit.isOver) void exits.hangUp(this.exit, code, reason);
    },
  };
  return (socket, stream, request) => {
    const exit = exits.open(socket, stream);
    const wire: SocketWire = { exit, send, ready, calm, pause, resume, close };
    exit.of = rooms.open(request, 'websocket', wire);
  };
}
