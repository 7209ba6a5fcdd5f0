// node:http alone.

import { createServer } from 'node:http';
import { createRealtimeServer } from 'roomtone/server';

export async function start(port) {
  const http = createServer((request, response) => response.end('your app'));
  const realtime = createRealtimeServer();
  realtime.attach(http, { path: '/realtime' });
  await new Promise((resolve) => http.listen(port, '127.0.0.1', resolve));

  return {
    http,
    async close() {
      http.close(); // nobody new
      await realtime.close(); // who is connected is told to come back
      http.closeIdleConnections(); // those that a proxy keeps
    },
  };
}
