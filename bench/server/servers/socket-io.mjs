// Socket.IO with its defaults; what a client says goes to its room. With its Redis adapter where there is a Redis.

import { createServer } from 'node:http';
import { createClient } from 'redis';
import { createAdapter, Server } from '../../browser/socket-io.mjs';

export async function open({ redis }) {
  const http = createServer();
  const io = new Server(http);
  if (redis) {
    const clients = [createClient({ url: redis }), createClient({ url: redis })];
    await Promise.all(clients.map((client) => client.connect()));
    io.adapter(createAdapter(...clients));
  }
  io.on('connection', (socket) => {
    const { room } = socket.handshake.query;
    if (room) void socket.join(room);
    socket.on('say', (data) => io.to(room).emit('message', data));
  });
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
  return { port: http.address().port, publish: (room, data) => io.to(room).emit('message', data) };
}
