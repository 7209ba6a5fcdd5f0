// Is anybody there behind a WebSocket? Pings, and cuts who answers none and reads nothing. Reads no messages.

import type { WebSocket } from 'ws';
import { systemClock } from '../../base/clock.js';

export interface SocketPulse {
  /** Something came. */
  heard(): void;
  stop(): void;
}

/** `write` runs what goes out, unless too much waits already. */
export function createSocketPulse(
  socket: WebSocket,
  heartbeatMs: number,
  write: (run: () => void) => void,
): SocketPulse {
  let alive = true;
  let waiting = 0; // bytes, at the last beat
  let stopped = false;
  const beat = (): void => {
    // the ping stands behind what waits: whoever reads that is alive
    const reads = socket.bufferedAmount < waiting;
    if (!alive && !reads) return socket.terminate();
    alive = false;
    waiting = socket.bufferedAmount;
    write(() => socket.ping());
    if (!stopped) cancel = systemClock.after(heartbeatMs, beat);
  };
  let cancel = systemClock.after(heartbeatMs, beat);
  const heard = (): void => void (alive = true);
  socket.on('pong', heard);
  socket.on('ping', (data: Buffer) => {
    heard();
    write(() => socket.pong(data));
  });
  return {
    heard,
    stop() {
      stopped = true;
      cancel();
    },
  };
}
