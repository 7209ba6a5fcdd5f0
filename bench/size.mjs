// What an app pays for us and for the others: the same bundler with the same settings, minified and gzipped, React not counted.

import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import limits from '../.size-limit.js';

// the very esbuild that `npm run size` uses
const { build } = createRequire(createRequire(import.meta.url).resolve('@size-limit/esbuild'))('esbuild');
const BROWSER = new URL('./browser/', import.meta.url).pathname;

const PEERS = [
  ['ahooks', 'ahooks: useWebSocket', `export { useWebSocket } from 'ahooks'`],
  ['partysocket', 'partysocket/use-ws', `export { default } from 'partysocket/use-ws'`],
  ['react-use-websocket', 'react-use-websocket', `export { default } from 'react-use-websocket'`],
  ['socket-io', 'socket.io-client', `export { io } from 'socket.io-client'`],
  ['fetch-event-source', '@microsoft/fetch-event-source', `export * from '@microsoft/fetch-event-source'`],
  ['eventsource-client', 'eventsource-client', `export { createEventSource } from 'eventsource-client'`],
];

async function gzipped(contents, resolveDir, { platform = 'browser', ignore = ['react', 'react-dom'] } = {}) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform,
    external: ignore,
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

export async function run() {
  const ours = limits.map(async ({ name, path, import: names, ignore, modifyEsbuildConfig }) => [
    name,
    `roomtone: ${name}`,
    await gzipped(`export ${names} from '${process.env.BENCH_PRODUCT}/${path.replace(/^dist\//, '')}'`, BROWSER, {
      ignore,
      platform: modifyEsbuildConfig({}).platform,
    }),
  ]);
  const theirs = PEERS.map(async ([id, name, code]) => [id, name, await gzipped(code, BROWSER)]);
  const all = await Promise.all([...ours, ...theirs]);
  return {
    title: 'Size',
    note: 'min+gzip in kB (1,000 bytes), React external, by esbuild; ours as in `npm run size`. None of the others has all of it: rooms, presence, recovery, four transports.',
    head: ['import', 'kB'],
    ids: all.map(([id]) => id),
    rows: all.map(([, name, bytes]) => [name, (bytes / 1_000).toFixed(1)]),
  };
}
