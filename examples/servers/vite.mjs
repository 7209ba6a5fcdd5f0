// A plugin for Vite's dev server: rooms on the port of the page, beside hot reload. In vite.config: `plugins: [realtime()]`.

import { fileURLToPath } from 'node:url';
import { createRealtimeServer } from 'roomtone/server';
import { createServer } from 'vite';

export function realtime() {
  const rooms = createRealtimeServer();
  const attach = ({ httpServer }) => {
    if (httpServer) rooms.attach(httpServer, { path: '/realtime' }); // there is none in middleware mode
  };
  return {
    name: 'realtime',
    configureServer: attach,
    configurePreviewServer: attach,
    closeBundle: () => rooms.close(),
  };
}

export async function start(port) {
  const vite = await createServer({
    configFile: false,
    root: fileURLToPath(new URL('.', import.meta.url)),
    logLevel: 'error',
    plugins: [realtime()],
    optimizeDeps: { noDiscovery: true },
    server: { port, host: '127.0.0.1', watch: null },
  });
  await vite.listen();
  return { http: vite.httpServer, close: () => vite.close() };
}
