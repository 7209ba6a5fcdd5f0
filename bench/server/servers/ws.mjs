// A broadcast as one writes it with `ws` alone: the limit of what stands on it. No users, no order, no history, no bounds.

import { WebSocket, WebSocketServer } from 'ws';

export async function open() {
  const rooms = new Map();
  const tell = (room, text) => {
    for (const socket of rooms.get(room) ?? []) if (socket.readyState === WebSocket.OPEN) socket.send(text);
  };
  const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  sockets.on('connection', (socket, { url }) => {
    const room = new URL(url, 'http://x').searchParams.get('room');
    if (!rooms.has(room)) rooms.set(room, new Set());
    rooms.get(room).add(socket);
    socket.on('message', (/** @type {Buffer} */ data) => tell(room, data.toString()));
    socket.on('close', () => rooms.get(room).delete(socket));
    socket.on('error', () => {});
  });
  await new Promise((resolve) => sockets.once('listening', resolve));
  return { port: sockets.address().port, publish: (room, data) => tell(room, JSON.stringify(data)) };
}
