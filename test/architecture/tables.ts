// Who may import whom, and who may touch what: the tables behind rules.ts. Checks nothing.

const BELOW = ['base', 'transport', 'protocol', 'connection', 'model'];
const ENGINE = [...BELOW, 'feed', 'client'];

/** From where a lane may import. A path instead of a lane: that file only. */
export const LANES: Readonly<Record<string, readonly string[]>> = {
  base: ['base'],
  transport: ['base', 'transport'],
  protocol: ['base', 'transport', 'protocol'],
  connection: ['base', 'transport', 'protocol', 'connection'],
  model: ['base', 'protocol', 'model', 'connection/status.ts'],
  // links know no rooms, and rooms no links: who imports the one does not pay for the other
  feed: [...BELOW, 'feed'],
  client: [...BELOW, 'client'],
  react: [...ENGINE, 'react'],
  server: ['base', 'protocol', 'model', 'server'],
  testing: [...ENGINE, 'server', 'core.ts', 'server.ts', 'testing'],
  'index.ts': [...ENGINE, 'react', 'core.ts'],
  'core.ts': ENGINE,
  'worker.ts': ['base', 'transport'],
  'server.ts': ['base', 'protocol', 'model', 'server'],
  'testing.ts': [...ENGINE, 'server', 'testing'],
};

export const PACKAGES: readonly {
  readonly is: RegExp;
  readonly places: readonly string[];
  readonly typesOnly?: true;
}[] = [
  { is: /^react$/, places: ['react/'] },
  { is: /^((ws|redis|prom-client|standardwebhooks)$|node:)/, places: ['server/node/'] },
  { is: /^vitest$/, places: ['testing/', 'testing.ts'] },
  { is: /^@standard-schema\/spec$/, places: [''], typesOnly: true },
];

const WORLD = ['base/clock.ts', 'base/host.ts', 'base/storage.ts', 'base/worker-scope.ts'];
export const GLOBALS: readonly {
  readonly names: readonly string[];
  readonly places: readonly string[];
  readonly why: string;
}[] = [
  {
    names: [
      ...['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'AbortSignal.timeout'],
      ...['Date', 'performance', 'Math.random', 'Math', 'requestAnimationFrame', 'cancelAnimationFrame'],
      ...['requestIdleCallback', 'navigator', 'document', 'window', 'self', 'global', 'globalThis'],
      ...['localStorage', 'sessionStorage', 'addEventListener', 'removeEventListener'],
    ],
    places: WORLD,
    why: 'time, chance and the page come in through the host, so that everything runs on a manual clock and anywhere',
  },
  {
    names: ['WebSocket', 'EventSource', 'fetch', 'XMLHttpRequest'],
    places: ['transport/', 'testing/', 'server/node/webhooks/forward.ts'],
    why: 'only a transport knows wires, and takes them by option',
  },
  {
    names: ['console'],
    places: ['base/report.ts', 'server/node/cli.ts'],
    why: 'what must be said goes through base/report.ts',
  },
  {
    names: ['Buffer', 'require', '__dirname', '__filename'],
    places: ['server/node/'],
    why: 'the rest runs outside Node',
  },
];

/** Where a module may keep something, and what. */
export const STATE: Readonly<Record<string, string>> = {
  'src/feed/shared-pool.ts': 'the pool that hooks share when no provider stands above them',
  'src/base/report.ts': 'what was warned of already',
  'src/base/places.ts': 'who of this page holds what in a store without locks',
};
