// How the library is built. Storybook and Vitest read this file too.

import { chmodSync } from 'node:fs';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

/** The module that npm links as the command `roomtone`. */
const CLI = 'server/node/cli';

export default defineConfig(async () => ({
  plugins: [
    react(),
    {
      name: 'executable-cli',
      apply: 'build' as const,
      writeBundle: ({ dir }: { dir?: string | undefined }, bundle: Record<string, unknown>) => {
        if (dir && `${CLI}.js` in bundle) chmodSync(`${dir}/${CLI}.js`, 0o755);
      },
    },
  ],
  build: {
    target: 'es2022',
    sourcemap: true,
    minify: false,
    lib: {
      entry: Object.fromEntries(
        ['index', 'core', 'server', 'worker', 'testing', CLI].map((name) => [name, `src/${name}.ts`]),
      ),
      formats: ['es' as const],
    },
    rolldownOptions: {
      external: [/^node:/, /^react($|\/)/, 'ws', 'redis', 'prom-client', 'standardwebhooks', 'vitest'],
      // file by file: an app bundles only what it imports, and each file keeps its own 'use client'
      output: { preserveModules: true, preserveModulesRoot: 'src', entryFileNames: '[name].js' },
    },
  },
  // only Vitest pays for (and may fail on) the test tooling
  ...(process.env.VITEST ? { test: (await import('./test/projects.js')).default } : {}),
}));
