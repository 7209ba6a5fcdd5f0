// Next with a custom server. By itself Next listens for upgrades too, and hangs up on ours: it gets a server that never listens.

import { createServer } from 'node:http';
import next from 'next';
import { createRealtimeServer } from 'roomtone/server';

export async function start(port) {
  const forNext = createServer(); // never listens
  const app = next({ dev: process.env.NODE_ENV !== 'production', dir: import.meta.dirname, httpServer: forNext });
  await app.prepare();
  const handle = app.getRequestHandler();

  const http = createServer((request, response) => handle(request, response));
  http.on('upgrade', (...upgrade) => forNext.emit('upgrade', ...upgrade)); // hot reload
  const realtime = createRealtimeServer();
  realtime.attach(http, { path: '/realtime' }); // after that
  globalThis.realtime = realtime; // for the routes: they are bundled apart, in this process
  await new Promise((resolve) => http.listen(port, '127.0.0.1', resolve));

  return {
    http,
    async close() {
      http.close();
      await realtime.close();
      await app.close();
    },
  };
}
