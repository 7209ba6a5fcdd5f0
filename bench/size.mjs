// What an app pays for us and for the others: the same bundler with the same settings, minified and gzipped, React not counted.

import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import limits from '../.size-limit.js';

// the very esbuild that `npm run size` uses
const { build } = createRequire(createRequire(import.meta.url).resolve('@size-limit/esbuild'))('esbuild');
const BROWSER = new URL('./browser/', import.meta.url).pathname;

/** What size-limit takes off: the bytes of a program that uses nothing. */
const NOTHING = 46;

const PEERS = [
  ['ahooks', 'ahooks: useWebSocket', '{ useWebSocket }', 'ahooks'],
  ['partysocket', 'partysocket/use-ws', '{ default as use }', 'partysocket/use-ws'],
  ['react-use-websocket', 'react-use-websocket', '{ default as use }', 'react-use-websocket'],
  ['socket-io', 'socket.io-client', '{ io }', 'socket.io-client'],
  ['fetch-event-source', '@microsoft/fetch-event-source', '{ fetchEventSource }', '@microsoft/fetch-event-source'],
  ['eventsource-client', 'eventsource-client', '{ createEventSource }', 'eventsource-client'],
];

/** A program that uses just these, as size-limit writes it. */
function programOf(names, from) {
  if (names === '*') return `import * as all from '${from}'; console.log(all)`;
  return `import ${names} from '${from}'; console.log(${names.replace(/[{}]|\w+ as /g, '')})`;
}

async function gzipped(names, from, { platform = 'browser', ignore = ['react', 'react-dom'] } = {}) {
  const { outputFiles } = await build({
    stdin: { contents: programOf(names, from), resolveDir: BROWSER },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform,
    external: ignore,
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length - NOTHING;
}

export async function run() {
  const ours = limits.map(async ({ name, path, import: names, ignore, modifyEsbuildConfig }) => {
    const { platform } = modifyEsbuildConfig({});
    const from = `${process.env.BENCH_PRODUCT}/${path.replace(/^dist\//, '')}`;
    return [name, `roomtone: ${name}`, await gzipped(names, from, { ignore, platform })];
  });
  const theirs = PEERS.map(async ([id, name, names, from]) => [id, name, await gzipped(names, from)]);
  const all = await Promise.all([...ours, ...theirs]);
  return {
    title: 'Size',
    note: 'min+gzip in kB (1,000 bytes), React external, by esbuild; ours as in `npm run size`. None of the others has all of it: rooms, presence, recovery, four transports.',
    head: ['import', 'kB'],
    ids: all.map(([id]) => id),
    rows: all.map(([, name, bytes]) => [name, (bytes / 1_000).toFixed(2)]),
  };
}
