// Ending a socket by RST, and by nothing before it.

import type { Socket } from 'node:net';

/** `resetAndDestroy` says FIN first where it still could write: an end that is polite enough to be taken for one. */
export function reset(socket: Socket): void {
  if (socket.connecting) return void socket.resetAndDestroy();
  // libuv refuses to reset what is being shut down, and then the handle would stay
  if (socket.writableEnded) return void socket.destroy();
  Object.assign(socket, { resetAndClosing: true }); // what `resetAndDestroy` sets, before it says FIN
  socket.destroy();
}
