// `node bench/browser/run.mjs --task burst --only roomtone,raw,reference --rounds 5`: the browser's benches, or some of them.

import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { npm, root } from '../../scripts/setup.mjs';
import { BROWSER as TASKS } from '../report.mjs';
import { table } from '../tools.mjs';
import { takeTurn } from './turn.mjs';

const USAGE = `node bench/browser/run.mjs [flags]
  --task <names>   of ${TASKS.join(', ')}; default all
  --only <names>   of contenders, by their file in bench/browser/contenders; default all
  --rounds <n>     default is the task's
  --n <n>          messages; default is the task's
  --profile        a CPU profile of each contender's last run, and where its time went
  --base <folder>  another checkout of roomtone: its rows are marked (base)`;
const RESULTS = `${root}bench/results`;

/** Runs the tasks and resolves to their tables. */
export async function runBrowser({ tasks = TASKS, say = () => {}, base, ...options } = {}) {
  installContenders(say);
  await takeTurn(say);
  const { openArena } = await import('./arena.mjs');
  const arena = await openArena({ base });
  const results = [];
  try {
    for (const task of tasks) {
      const { run } = await import(`./tasks/${task}.mjs`);
      const result = await run({ ...options, base, arena, say: (line) => say(`${task}  ${line}`) });
      results.push({ task, product: arena.product, ...result });
      await keep(results.at(-1), arena, options);
    }
  } finally {
    arena.close();
  }
  return results;
}

export function installContenders(say) {
  const [wanted, installed] = ['package-lock.json', 'node_modules/.package-lock.json'].map((path) =>
    statSync(`${root}bench/browser/${path}`, { throwIfNoEntry: false }),
  );
  if (installed && installed.mtimeMs >= wanted.mtimeMs) return;
  say('Installing the contenders …');
  const [command, args] = npm('ci', '--no-audit', '--no-fund');
  execFileSync(command, args, { cwd: `${root}bench/browser`, stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Figures as JSON, and profiles as Chromium's own tools read them. */
async function keep({ task, title, runs }, { product, pages }, { profile }) {
  mkdirSync(RESULTS, { recursive: true });
  const stamp = new Date().toISOString().replace(/[:.]/g, '-');
  if (profile) {
    const { locate, summarize } = await import('./profile.mjs');
    for (const [contender, all] of Object.entries(runs)) {
      const last = all.findLast((each) => each.profile);
      if (!last) continue;
      locate(last.profile, pages);
      const file = `${RESULTS}/${task}-${contender}-${stamp}.cpuprofile`;
      writeFileSync(file, JSON.stringify(last.profile));
      console.log(`${summarize(`${task}: ${contender}`, last.profile)}\n${file}\n`);
    }
  }
  const figures = (key, value) => (key === 'profile' ? undefined : value);
  const where = {
    product,
    node: process.version,
    cpu: `${cpus().length} x ${cpus()[0]?.model.trim()}`,
    load: loadavg(),
  };
  writeFileSync(`${RESULTS}/${task}-${stamp}.json`, JSON.stringify({ title, ...where, runs }, figures, 1));
}

async function main() {
  const { values } = parseArgs({
    options: {
      task: { type: 'string' },
      only: { type: 'string' },
      rounds: { type: 'string' },
      n: { type: 'string' },
      profile: { type: 'boolean' },
      base: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return console.log(USAGE);
  const numberOf = (name) => (values[name] === undefined ? {} : { [name]: Number(values[name]) });
  const results = await runBrowser({
    tasks: values.task?.split(',') ?? TASKS,
    only: values.only?.split(','),
    base: values.base && resolve(values.base),
    profile: values.profile,
    ...numberOf('rounds'),
    ...numberOf('n'),
    say: (line) => console.error(line),
  });
  console.log(results.map(table).join('\n'));
  console.log(
    `load average ${loadavg()
      .map((each) => each.toFixed(1))
      .join(' ')} on ${cpus().length} CPUs: the more others run, the less times by the wall clock mean`,
  );
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main();
  process.exit();
}
