// Which tests run where. Vitest alone reads this file.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import type { TestProjectInlineConfiguration, ViteUserConfig } from 'vitest/config';
import { findChromium } from '../scripts/chromium.mjs';
import { hasNext } from '../scripts/next.mjs';
import { findRedis } from '../scripts/redis.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    /** The beginning of the version of React that this project promises to run. */
    reactVersion: string;
  }
}

/** Says a thing once: Vitest loads the config once more for each project that extends it. */
function warnOnce(text: string, projects = 'the projects "browser", "chromium" and "storybook" are'): void {
  const said = (process.env['ROOMTONE_WARNED'] ?? '').split('\n');
  if (said.includes('1') || said.includes(text)) return;
  process.env['ROOMTONE_WARNED'] = [...said, text].join('\n');
  console.warn(`\n!! ${text}: ${projects} NOT run\n`);
}

/** On a machine that others use too, what takes longer is no failure: a law of time is told by a clock that the test has. */
const patience = { testTimeout: 60_000, hookTimeout: 60_000, expect: { poll: { timeout: 15_000 } } };

/**
 * Real sockets, processes and browsers: what fails there is run once more, and named by test/count-reporter.ts. Not for who
 * develops, where clock and network are passed in, nor in `chaos`.
 */
const overRealWires = { ...patience, ...(process.env['CI'] ? { retry: 1 } : {}) };

/** Rooms in Redis, on a real one. */
function redisProjects(): TestProjectInlineConfiguration[] {
  if (!findRedis()) {
    const what = 'no redis-server found (`npm test` installs one, or set REDIS_SERVER_PATH)';
    if (process.env['CI']) throw new Error(what);
    return (warnOnce(what, 'the project "redis" is'), []);
  }
  return [
    {
      extends: true,
      test: {
        name: 'redis',
        ...overRealWires,
        environment: 'node',
        include: ['test/redis/**/*.test.ts'],
        setupFiles: ['test/setup-console.ts', 'test/setup-patience.ts'],
        // these wait more than they work: leases and time limits
        maxWorkers: 4,
        sequence: { groupOrder: 4 },
      },
    },
  ];
}

/** The example with Next, which is large and installed apart. */
function nextProjects(): TestProjectInlineConfiguration[] {
  if (process.env['CHAOS']) return [];
  if (!hasNext()) {
    const what = 'Next is not installed for its example (`npm test` does, or `node scripts/next.mjs`)';
    if (process.env['CI']) throw new Error(what);
    return (warnOnce(what, 'the project "next" is'), []);
  }
  return [
    {
      extends: true,
      test: {
        name: 'next',
        ...overRealWires,
        environment: 'node',
        include: ['test/next/**/*.test.ts'],
        setupFiles: ['test/setup-console.ts', 'test/setup-patience.ts'],
        sequence: { groupOrder: 5 }, // it builds on all cores: nobody's times are told beside it
      },
    },
  ];
}

async function browserProjects(): Promise<TestProjectInlineConfiguration[]> {
  if (process.env['NO_BROWSER_TESTS']) return (warnOnce('NO_BROWSER_TESTS is set'), []);
  const executablePath = await findChromium();
  if (!executablePath) {
    const what = 'no Chromium found (`npm test` installs one, or set CHROMIUM_PATH)';
    if (process.env['CI']) throw new Error(what);
    return (warnOnce(what), []);
  }
  const { playwright } = await import('@vitest/browser-playwright');
  // a fresh object for each project: Vitest writes the project's name into `instances`
  const browser = () => ({
    enabled: true,
    headless: true,
    screenshotFailures: false,
    provider: playwright({
      launchOptions: {
        executablePath,
        args: [
          '--no-sandbox', // as root Chromium does not start with its sandbox
          '--disable-gpu',
          '--disable-quic',
          '--no-first-run',
          '--disable-background-networking',
          '--disable-component-update',
          '--disable-sync',
        ],
      },
    }),
    instances: [{ browser: 'chromium' as const }],
  });
  const projects: TestProjectInlineConfiguration[] = [
    {
      extends: true,
      test: {
        name: 'browser',
        ...overRealWires,
        globals: true,
        include: ['test/browser/**/*.test.{ts,tsx}'],
        globalSetup: ['test/browser/serve.ts'],
        setupFiles: ['test/setup-console.ts', 'test/setup-patience.ts', 'test/setup-react.ts'],
        browser: browser(),
        sequence: { groupOrder: 1 }, // after the projects without a browser: two cores
      },
    },
    {
      extends: true,
      test: {
        name: 'chromium', // Node drives the browser: tabs are hidden, frozen, cut off from the network
        ...overRealWires,
        environment: 'node',
        include: ['test/chromium/**/*.test.ts'],
        globalSetup: ['test/chromium/support/bundle.ts'],
        sequence: { groupOrder: 3 },
      },
    },
  ];
  if (existsSync('.storybook/main.ts')) {
    const { storybookTest } = await import('@storybook/addon-vitest/vitest-plugin');
    projects.push({
      extends: true,
      plugins: [storybookTest({ configDir: '.storybook' })],
      test: {
        name: 'storybook',
        ...overRealWires,
        browser: browser(),
        sequence: { groupOrder: 2 },
      },
    });
  }
  return projects;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The React tests once more, on an older React. */
function olderReact(version: string): TestProjectInlineConfiguration {
  return {
    extends: true,
    resolve: {
      alias: [
        { find: /^(react|react-dom)($|\/)/, replacement: `${here(`./matrix/react-${version}/node_modules/`)}$1$2` },
        // an alias holds only inside modules that Vite transforms: inlined (below), and not CommonJS
        {
          find: /^@testing-library\/react$/,
          replacement: here('../node_modules/@testing-library/react/dist/@testing-library/react.esm.js'),
        },
      ],
    },
    test: {
      ...patience,
      name: `react-${version}`,
      environment: 'jsdom',
      globals: true,
      include: ['test/react/**/*.test.tsx'],
      setupFiles: ['test/setup-console.ts', 'test/setup-react.ts'],
      provide: { reactVersion: `${version}.` },
      server: { deps: { inline: ['@testing-library/react'] } },
    },
  };
}

/** Minutes of a bad network. Only where it is asked for: by `npm run test:chaos`, and for its short share by `npm test`. */
const chaos: TestProjectInlineConfiguration = {
  extends: true,
  test: {
    name: 'chaos',
    environment: 'node',
    include: ['test/chaos/**/*.chaos.ts'],
    setupFiles: ['test/setup-console.ts', 'test/setup-patience.ts'],
    ...(process.env['CHAOS'] === 'short' ? { exclude: ['test/chaos/process.chaos.ts'] } : {}),
    execArgv: ['--expose-gc'],
    maxConcurrency: 4,
    fileParallelism: process.env['CHAOS'] === 'short', // in the full set times are told
    hookTimeout: 60_000,
  },
};

const test: NonNullable<ViteUserConfig['test']> = {
  reporters: ['default', './test/count-reporter.ts'],
  projects: [
    {
      extends: true,
      test: {
        ...patience,
        name: 'jsdom', // everything that no other project claims, so that no test file is left out
        environment: 'jsdom',
        globals: true, // without them Testing Library sees no missing `act`
        include: ['{src,test}/**/*.{test,spec}.{ts,tsx}'],
        exclude: ['test/{node,next,redis,chaos,compiler,browser,chromium,types,matrix}/**', '**/node_modules/**'],
        setupFiles: ['test/setup-console.ts', 'test/setup-react.ts'],
        provide: { reactVersion: '19.' },
      },
    },
    {
      extends: true,
      // examples say `roomtone/server`, as an app would: here that is not what was built last
      resolve: { alias: { 'roomtone/server': here('../src/server.ts') } },
      test: {
        name: 'node',
        ...overRealWires,
        environment: 'node',
        include: ['test/node/**/*.test.ts', 'test/chaos/**/*.test.ts'], // the chaos kit's own; its scenarios are *.chaos.ts
        setupFiles: ['test/setup-console.ts', 'test/setup-patience.ts'],
      },
    },
    {
      // no `extends`: the plugin of vite.config.ts would compile the files without the React Compiler
      plugins: [react({ compiler: { logDiagnostics: true } })],
      test: {
        ...patience,
        name: 'compiler',
        environment: 'jsdom',
        globals: true,
        include: ['test/compiler/**/*.test.tsx'],
        setupFiles: ['test/setup-console.ts', 'test/setup-react.ts'],
      },
    },
    olderReact('18.2'),
    olderReact('18.3'),
    {
      extends: true,
      test: {
        name: 'types',
        include: [],
        typecheck: { enabled: true, only: true, tsconfig: './tsconfig.json', include: ['test/types/**/*.test-d.ts'] },
      },
    },
    ...(process.env['CHAOS'] ? [chaos] : []),
    ...redisProjects(),
    ...nextProjects(),
    ...(await browserProjects()),
  ],
};
export default test;
