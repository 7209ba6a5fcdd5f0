// Fastify 5, which lets the rooms go before it closes its server: it would wait for them.

import Fastify from 'fastify';
import { createRealtimeServer } from 'roomtone/server';

export async function start(port) {
  const app = Fastify();
  const realtime = createRealtimeServer();
  app.get('/', () => 'your app');
  app.post('/orders', (request, reply) => {
    realtime.publish('orders', { placed: true });
    reply.code(201).send();
  });

  app.addHook('preClose', () => realtime.close());
  await app.listen({ port, host: '127.0.0.1' });
  realtime.attach(app.server, { path: '/realtime' }); // last: who attached before is not asked for this path

  return { http: app.server, close: () => app.close() };
}
