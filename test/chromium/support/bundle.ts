// The page under test as one script: the sources themselves with React's development build. Vitest runs it, once.

import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The script of the page under test in real tabs. */
    pageScript: string;
  }
}

/** Vite's own dev server would hold a WebSocket of its own to the page, and connections are counted here. */
export default async function bundle({ provide }: TestProject): Promise<void> {
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
  provide('pageScript', first.output[0].code);
}
