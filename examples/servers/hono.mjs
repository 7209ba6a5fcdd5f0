// Hono on Node. Its own server stays as it is; the rooms are beside it on the same port.

import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { createRealtimeServer } from 'roomtone/server';

export async function start(port) {
  const app = new Hono();
  const realtime = createRealtimeServer();
  app.get('/', (context) => context.text('your app'));
  app.post('/orders', (context) => {
    realtime.publish('orders', { placed: true });
    return context.body(null, 201);
  });

  const http = await new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, () => resolve(server));
  });
  realtime.attach(http, { path: '/realtime' });

  return {
    http,
    async close() {
      http.close();
      await realtime.close();
      http.closeIdleConnections(); // those that a proxy keeps
    },
  };
}
