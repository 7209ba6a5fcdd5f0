// The app, and beside it on the same port its server. In production the same four lines stand behind `node:http`.

import react from '@vitejs/plugin-react';
import { createRealtimeServer } from 'roomtone/server';
import { defineConfig, type PreviewServer, type ViteDevServer } from 'vite';

const serve = ({ httpServer }: ViteDevServer | PreviewServer): void => {
  if (!httpServer) return;
  const realtime = createRealtimeServer({ authenticate: ({ token }) => (token ? { id: token } : null) });
  realtime.attach(httpServer, { path: '/realtime' });
  httpServer.once('close', () => void realtime.close());
};

export default defineConfig({
  plugins: [react(), { name: 'realtime', configureServer: serve, configurePreviewServer: serve }],
});
