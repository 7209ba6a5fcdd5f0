// What goes out over WebSockets, of either kind: messages, pings, the last words. Guards against who does not read. Reads no messages.

import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { systemClock } from '../../base/clock.js';
import type { Payload } from '../published.js';
import { TRY_AGAIN_LATER } from '../closing.js';
import { gone } from './answer.js';
import { type Allowance, excuse, isExceeded } from './backlog.js';
import { type Drained, look, whenBelow } from './drain.js';
import { createSocketFrames } from './socket-frames.js';
import { createSocketPulse, type Pulsed } from './socket-pulse.js';
import { type Context, SERVICE_RESTART } from './visit.js';

/** One socket: a record, for ten thousand are idle, and a dozen functions for each would be the most of what they take. */
export interface SocketExit<Of> extends Pulsed, Allowance, Drained {
  readonly socket: WebSocket;
  /** That on which it stands. */
  readonly stream: Duplex;
  /** Whose it is; undefined while that is made. */
  of: Of | undefined;
  /** It is being let go, or is gone: nothing goes out any more. */
  isOver: boolean;
  /** Something came since the last beat. */
  isAlive: boolean;
  /** Bytes, at the last beat. */
  waiting: number;
}

/** What all of one kind do. */
export interface SocketConduct<Of> {
  /** null: it is not about one. */
  roomOf(exit: SocketExit<Of>): string | null;
  message(exit: SocketExit<Of>, data: Buffer, isBinary: boolean): void;
  /** Its end as that kind makes it: by `hangUp`, at last. */
  close(exit: SocketExit<Of>, code: number, reason: string): void;
  /** It is over. */
  left?(exit: SocketExit<Of>): void;
  /** Its socket is closed. */
  closed(exit: SocketExit<Of>, code: number): void;
}

export interface SocketExits<Of> {
  open(socket: WebSocket, stream: Duplex): SocketExit<Of>;
  /** A message. `asked`: it answers what was asked for, however long that is. */
  send(exit: SocketExit<Of>, payload: Payload, asked?: boolean): void;
  /** Resolves when at most so many bytes wait for its reader; undefined: they do. */
  below(exit: SocketExit<Of>, bytes: number): Promise<void> | undefined;
  /** Reads it again, after a pause. */
  resume(exit: SocketExit<Of>): void;
  /** The close frame. Resolves when it is gone. */
  hangUp(exit: SocketExit<Of>, code: number, reason: string): Promise<void>;
}

/** Where a socket finds its record: ws says which socket it was by `this`, so that all can share their listeners. */
const EXIT = Symbol('exit');

export function createSocketExits<Of>(context: Context, conduct: SocketConduct<Of>): SocketExits<Of> {
  const { settings, emit, atClose } = context;
  const { maxBufferedBytes } = settings;
  type Exit = SocketExit<Of>;
  interface Ours extends WebSocket {
    [EXIT]: Exit;
  }
  const frameOf = createSocketFrames(systemClock);

  const lookAt = (exit: Exit): void => {
    if (exit.waiters) look(exit, exit.isOver ? 0 : exit.socket.bufferedAmount);
  };
  const leave = (exit: Exit): void => {
    if (exit.isOver) return;
    exit.isOver = true;
    lookAt(exit);
    conduct.left?.(exit);
  };
  const whenGone = ({ socket }: Exit): Promise<void> => gone(socket, () => socket.terminate());
  const hangUp = (exit: Exit, code: number, reason: string): Promise<void> => {
    leave(exit);
    exit.socket.close(code, reason);
    return whenGone(exit);
  };
  /** Whatever goes out asks here: also who only pings, and never reads, must not fill our memory. */
  const mayWrite = (exit: Exit, waiting: number): boolean => {
    if (exit.isOver) return false;
    if (!isExceeded(exit, waiting, maxBufferedBytes)) return true;
    emit({ type: 'slow', room: conduct.roomOf(exit), transport: 'websocket' });
    conduct.close(exit, TRY_AGAIN_LATER, 'too slow');
    return false;
  };
  /**
   * Past ws, whose own `send` makes a header and a payload for each socket, and two writes: a third more time. ws writes
   * nothing between the two of them, so frames stay whole; it holds nothing back (it would only while it compresses, or
   * reads a Blob: `open` refuses the one, and nobody gives it the other), so pings and the close frame stand behind what
   * was written before them; and it takes itself for open until the close frame goes out, behind which nothing may.
   * It counts what waits by the stream, so `bufferedAmount` knows of this too.
   */
  const send = (exit: Exit, payload: Payload, asked = false): void => {
    const { socket, stream } = exit;
    const waiting = socket.bufferedAmount;
    if (!mayWrite(exit, waiting) || socket.readyState !== socket.OPEN) return;
    const frame = frameOf(payload);
    // a callback is a tenth of what a send costs, and nobody waits for one small frame that met an empty socket
    const mayWait = waiting > 0 || frame.length > maxBufferedBytes / 8;
    if (mayWait) stream.write(frame, () => lookAt(exit));
    else stream.write(frame);
    if (asked) excuse(exit, socket.bufferedAmount, maxBufferedBytes);
  };
  /** Cuts who answers no ping and reads nothing. */
  const beat = (exit: Exit): void => {
    if (exit.isOver) return; // it has its time to go
    lookAt(exit); // pings and their answers are taken without a word
    const { socket } = exit;
    const waiting = socket.bufferedAmount;
    // nothing can be heard of one that is not read: while nothing waits for it either, that is ours alone
    const isOurs = socket.isPaused && waiting === 0;
    // the ping stands behind what waits: whoever reads that is alive
    if (!exit.isAlive && !isOurs && waiting >= exit.waiting) return socket.terminate();
    exit.isAlive = false;
    exit.waiting = waiting;
    if (mayWrite(exit, waiting)) socket.ping();
  };
  const pulse = createSocketPulse(systemClock, settings.heartbeatMs, beat);
  atClose(async () => {
    await Promise.all(
      [...pulse.all].map((exit) => {
        conduct.close(exit, SERVICE_RESTART, 'the server restarts');
        return whenGone(exit); // also those who were being let go before
      }),
    );
  });

  function onMessage(this: WebSocket, data: Buffer, isBinary: boolean): void {
    const exit = (this as Ours)[EXIT];
    exit.isAlive = true;
    conduct.message(exit, data, isBinary);
  }
  function onPing(this: WebSocket, data: Buffer): void {
    const exit = (this as Ours)[EXIT];
    exit.isAlive = true;
    if (mayWrite(exit, this.bufferedAmount)) this.pong(data);
  }
  function onPong(this: WebSocket): void {
    (this as Ours)[EXIT].isAlive = true;
  }
  // too large, or not WebSocket at all: ws closes with the code for it, and `close` follows
  function onError(this: WebSocket, { message }: Error): void {
    emit({ type: 'invalid', room: conduct.roomOf((this as Ours)[EXIT]), reason: message });
  }
  function onClose(this: WebSocket, code: number): void {
    const exit = (this as Ours)[EXIT];
    pulse.delete(exit); // not before: `close()` waits for those who are being let go, too
    leave(exit);
    conduct.closed(exit, code);
  }

  return {
    open(socket, stream) {
      // it would hold messages back, and ours would pass them
      if (socket.extensions !== '') throw new Error(`no extension is served: ${socket.extensions}`);
      const exit: Exit = {
        socket,
        stream,
        of: undefined,
        isOver: false,
        isAlive: true,
        waiting: 0,
        dueAt: 0,
        allowed: maxBufferedBytes,
        waiters: undefined,
      };
      (socket as Ours)[EXIT] = exit;
      socket.on('message', onMessage).on('ping', onPing).on('pong', onPong).on('error', onError).on('close', onClose);
      pulse.add(exit);
      emit({ type: 'connected', transport: 'websocket' });
      return exit;
    },
    send,
    below: (exit, bytes) => whenBelow(exit, exit.isOver ? 0 : exit.socket.bufferedAmount, bytes),
    resume(exit) {
      exit.isAlive = true; // what it said meanwhile may be read only after the next beat
      exit.socket.resume();
    },
    hangUp,
  };
}
