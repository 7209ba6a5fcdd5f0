// `npm run bench`: builds, measures, keeps the figures, and writes RESULTS.md, its picture and the README's figures from them.

import { execFileSync, fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bin, checkNode, ensureModules, root } from '../scripts/setup.mjs';
import { installContenders, runBrowser } from './browser/run.mjs';
import { takeTurn } from './browser/turn.mjs';
import { plotOf } from './plot.mjs';
import { BROWSER, quoted, readFigures, resultsOf, SERVER, TASKS } from './report.mjs';
import { table, versionOf } from './tools.mjs';

const USAGE = `npm run bench -- [flags]
  --task <names>   of ${TASKS.join(', ')}; default all. The tables of the others stay as they are:
                   a whole run can be made in parts
  --rounds <n>     default is the task's
  --n <n>          messages (or cycles, connections, seconds); default is the task's
  --only <names>   of contenders, by their file in bench/browser/contenders, or their id in a table's figures
  --quick          one short round of each: does it run?
  --publish        measures nothing: writes RESULTS.md, its picture and the README's figures from what is kept
A run with --rounds, --n, --only or --quick is a draft: it goes to bench/results (ignored by git), and nothing is published.`;
/** Messages or cycles of a --quick run; who is not named has its own. */
const QUICK = {
  ...{ burst: 10_000, batched: 20_000, 'sse-burst': 20_000, steady: 4_000, 'fan-out': 1_000, heap: 20_000, churn: 100 },
  ...{ flat: 2_000, outgoing: 1_000, idle: 1_000, broadcast: 50, flood: 2, latency: 50 },
};
const PUBLISHED = `${root}bench`;
const DRAFT = `${root}bench/results/draft`;
const say = (line) => console.error(line);

async function main() {
  const { values } = parseArgs({
    options: {
      task: { type: 'string' },
      only: { type: 'string' },
      rounds: { type: 'string' },
      n: { type: 'string' },
      quick: { type: 'boolean' },
      publish: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return console.log(USAGE);
  if (values.publish) return publish(PUBLISHED);
  const { task, only, rounds, n, quick } = values;
  const tasks = task?.split(',') ?? TASKS;
  const unknown = tasks.filter((each) => !TASKS.includes(each));
  if (unknown.length > 0) throw new Error(`No task ${unknown.join(', ')}.\n${USAGE}`);
  const options = {
    ...(rounds || quick ? { rounds: Number(rounds ?? 1) } : {}),
    ...(only ? { only: only.split(',') } : {}),
  };
  const sizeOf = (each) => (n ? { n: Number(n) } : quick && QUICK[each] ? { n: QUICK[each] } : {});
  const isDraft = Boolean(only || rounds || n || quick);
  const keep = keeper(isDraft ? DRAFT : PUBLISHED);

  checkNode();
  await ensureModules();
  installContenders(say);
  await takeTurn(say);
  const failed = [];
  const attempt = async (each, measure) => {
    const began = { at: Date.now(), load: loadavg()[0] };
    try {
      await measure((result) => keep(each, result, began));
    } catch (error) {
      failed.push(each);
      say(`${each} failed: ${error.stack}`);
    }
  };
  const inPage = tasks.filter((each) => BROWSER.includes(each));
  // one after the other, each with a browser of its own: what is kept is kept, whatever the next one does
  for (const each of inPage)
    await attempt(each, async (done) => {
      const [{ task: _task, runs: _runs, ...result }] = await runBrowser({
        tasks: [each],
        say,
        ...options,
        ...sizeOf(each),
      });
      done(result);
    });
  const alone = tasks.filter((each) => !BROWSER.includes(each));
  if (alone.length > 0) {
    const product = buildProduct();
    for (const each of alone)
      await attempt(each, async (done) => done(await runAlone(each, { ...options, ...sizeOf(each) }, product)));
  }
  if (failed.length > 0) throw new Error(`Failed: ${failed.join(', ')}. The others are kept.`);
}

/** Keeps what a task found, and publishes all that is kept: a run that is broken off has published what it had. */
function keeper(folder) {
  mkdirSync(`${folder}/figures`, { recursive: true });
  return (task, { product: chromium, ...result }, began) => {
    const at = {
      date: new Date(began.at).toISOString().slice(0, 16).replace('T', ' '),
      commit: commit(),
      machine: `${cpus().length} x ${cpus()[0]?.model.trim()}, Node ${process.versions.node}, React ${versionOf('react')}`,
      ...(chromium ? { chromium } : {}),
      tookS: Math.round((Date.now() - began.at) / 1_000),
      load: [began.load, loadavg()[0]],
      cpus: cpus().length,
    };
    writeFileSync(`${folder}/figures/${task}.json`, `${JSON.stringify({ at, ...result }, null, 1)}\n`);
    publish(folder);
    console.log(table(result));
    say(`${task}: ${at.tookS} s, kept in ${folder}\n`);
  };
}

function publish(folder) {
  const figures = readFigures(`${folder}/figures`);
  writeFileSync(`${folder}/RESULTS.md`, resultsOf(figures));
  writeFileSync(`${folder}/results.svg`, plotOf(figures));
  if (folder === PUBLISHED)
    writeFileSync(`${root}README.md`, quoted(readFileSync(`${root}README.md`, 'utf8'), figures));
}

/** Which sources were measured; a + says that they were changed since. */
function commit() {
  const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  try {
    return (
      git('rev-parse', '--short', 'HEAD') +
      (git('status', '--porcelain', 'src', 'bench/browser', 'bench/server') ? '+' : '')
    );
  } catch {
    return 'unknown';
  }
}

function buildProduct() {
  mkdirSync(`${root}node_modules/.cache`, { recursive: true });
  const out = mkdtempSync(`${root}node_modules/.cache/bench-`);
  process.once('exit', () => rmSync(out, { recursive: true, force: true }));
  const [command, args] = bin('vite', 'vite', 'build', '--outDir', out, '--logLevel', 'warn');
  execFileSync(command, args, { cwd: root, stdio: 'inherit' });
  return out;
}

function runAlone(task, options, product) {
  const child = fork(fileURLToPath(new URL('alone.mjs', import.meta.url)), {
    env: { ...process.env, BENCH_PRODUCT: product },
  });
  child.send({ path: SERVER.includes(task) ? `server/${task}` : task, options });
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`its process ended with ${code}`)));
  });
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
await main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
process.exit();
