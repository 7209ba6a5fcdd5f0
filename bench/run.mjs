// `npm run bench`: builds, runs every bench, prints the tables and keeps them in RESULTS.md.

import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { runBrowser } from './browser/run.mjs';
import { table } from './tools.mjs';

process.chdir(new URL('..', import.meta.url).pathname);
execFileSync('npx', ['vite', 'build', '--logLevel', 'warn'], { stdio: 'inherit' });

// over its limit it says so by its exit code, and gives the sizes all the same
const sizes = JSON.parse(spawnSync('npx', ['size-limit', '--json'], { encoding: 'utf8' }).stdout);
const size = {
  title: 'Size',
  note: 'min+gzip, React external; `npm run size`.',
  head: ['import', 'kB'],
  rows: sizes.map(({ name, size: bytes }) => [name, (bytes / 1_000).toFixed(2)]),
};

// half an hour; before the others put a page of jsdom into this process
const inBrowser = await runBrowser({ say: (line) => console.error(line) });
const results = [];
for (const name of ['spread', 'sse-parser', 'rendering', 'rooms'])
  results.push(await (await import(`./${name}.mjs`)).run());

const version = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
const head = `# Results

\`npm run bench\` on ${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.versions.node}, React ${version('react')},
eventsource-parser ${version('eventsource-parser')}. Ratios are of one run; milliseconds of a shared machine would say little.
`;
const text = `${head}\n${[...results, ...inBrowser, size].map(table).join('\n')}`;
writeFileSync('bench/RESULTS.md', text);
console.log(text);
process.exit(0);
