// Builds a page under test as one script: the sources themselves, with any version of React, with the React Compiler or without.

import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { build } from 'vite';

export interface PageOptions {
  readonly entry: URL;
  /** Default: the one of this project. */
  readonly react?: '18.2' | '18.3' | undefined;
  /** Default false. */
  readonly compiler?: boolean | undefined;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Vite's own dev server would hold a WebSocket of its own to the page, and connections are counted here. */
export async function buildPage({ entry, react: version, compiler = false }: PageOptions): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    root: here('..'),
    define: { 'process.env.NODE_ENV': '"development"' },
    plugins: compiler ? [react({ compiler: { logDiagnostics: true } })] : [],
    resolve: {
      alias: version
        ? [
            {
              find: /^(react|react-dom)($|\/)/,
              replacement: `${here(`../../matrix/react-${version}/node_modules/`)}$1$2`,
            },
          ]
        : [],
    },
    build: {
      write: false,
      minify: false,
      target: 'es2022',
      rolldownOptions: { input: fileURLToPath(entry) },
    },
  });
  const [first] = Array.isArray(result) ? result : [result];
  if (!first || !('output' in first)) throw new Error('The page was not built.');
  return first.output[0].code;
}
