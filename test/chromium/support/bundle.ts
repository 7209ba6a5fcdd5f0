// The page under test as one script: the sources themselves with React's development build. Serves nothing.

import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** Vite's own dev server would hold a WebSocket of its own to the page, and connections are counted here. */
export async function bundlePage(): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    root: fileURLToPath(new URL('..', import.meta.url)),
    define: { 'process.env.NODE_ENV': '"development"' },
    build: {
      write: false,
      minify: false,
      target: 'es2022',
      rolldownOptions: { input: fileURLToPath(new URL('../app/main.tsx', import.meta.url)) },
    },
  });
  const [first] = Array.isArray(result) ? result : [result];
  if (!first || !('output' in first)) throw new Error('The page was not built.');
  return first.output[0].code;
}
