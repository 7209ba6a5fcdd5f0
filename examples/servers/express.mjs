// Express 5. Its middlewares do not see /realtime: it is taken before them, so a check of its own goes into `authenticate`.

import express from 'express';
import { createRealtimeServer } from 'roomtone/server';

export async function start(port) {
  const app = express();
  const realtime = createRealtimeServer();
  app.get('/', (request, response) => response.send('your app'));
  app.post('/orders', (request, response) => {
    realtime.publish('orders', { placed: true }); // from any route, to everybody in the room
    response.status(201).end();
  });

  const http = app.listen(port, '127.0.0.1');
  realtime.attach(http, { path: '/realtime' });
  await new Promise((resolve) => http.once('listening', resolve));

  return {
    http,
    async close() {
      http.close();
      await realtime.close();
      http.closeIdleConnections(); // those that a proxy keeps
    },
  };
}
