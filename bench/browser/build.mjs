// Builds the page with every contender, and roomtone's server, into a scratch folder: as an app would, from the sources.

import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { build } from 'vite';
import { root } from '../../scripts/setup.mjs';

/** `base`: another checkout of roomtone, whose sources make the rows marked (base). */
export async function buildPages(base) {
  // inside the repository, so that the server finds its packages; nobody else's build is touched
  mkdirSync(`${root}node_modules/.cache`, { recursive: true });
  const out = mkdtempSync(join(root, 'node_modules/.cache/bench-'));
  process.once('exit', () => rmSync(out, { recursive: true, force: true }));
  await buildPage(root, join(out, 'pages/now'));
  if (base) await buildPage(`${base}/`, join(out, 'pages/base'));
  await build({
    ...common,
    build: { ssr: `${root}src/server.ts`, outDir: join(out, 'server'), target: 'node20', minify: false },
  });
  return { pages: join(out, 'pages'), server: join(out, 'server/server.js') };
}

const common = {
  configFile: false,
  root,
  logLevel: 'error',
  define: { 'process.env.NODE_ENV': '"production"' },
};

/** An older checkout lacks what a newer contender imports: then only that row fails. */
const lenient = { shimMissingExports: true };

function buildPage(checkout, outDir) {
  return build({
    ...common,
    root: `${root}bench/browser/page`,
    base: './',
    plugins: [react()],
    resolve: {
      alias: [
        // one React for all, whatever the contenders' own folder holds
        ...['react', 'react-dom'].map((name) => ({
          find: new RegExp(`^${name}(?=/|$)`),
          replacement: `${root}node_modules/${name}`,
        })),
        ...['index', 'core', 'worker'].map((name) => ({
          find: name === 'index' ? /^roomtone$/ : new RegExp(`^roomtone/${name}$`),
          replacement: existsSync(`${checkout}src/${name}.ts`) ? `${checkout}src/${name}.ts` : `${checkout}src/core.ts`,
        })),
      ],
    },
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2022',
      // the engine cares little, and a profile shows names
      minify: false,
      sourcemap: true,
      modulePreload: { polyfill: false },
      rolldownOptions: lenient,
    },
    worker: { format: 'es', rolldownOptions: lenient },
  });
}
