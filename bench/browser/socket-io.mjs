// Socket.IO for the benches of the server, from where it is installed.

export { createAdapter } from '@socket.io/redis-adapter';
export { Server } from 'socket.io';
export { io } from 'socket.io-client';
