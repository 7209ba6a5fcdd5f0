// `npm test`: everything that must hold, on a fresh clone too. `npm test -- name` runs only the tests whose file matches.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureChromium } from './chromium.mjs';
import { ensureNext } from './next.mjs';
import { ensureRedis } from './redis.mjs';
import { bin, capture, checkNode, ensureModules, root } from './setup.mjs';

const CI = Boolean(process.env.CI);
const filter = process.argv.slice(2);
let passed = 0;
let failed = 0;
/** What the last lines name: a long log is read from its end. */
const remarks = [];

try {
  checkNode();
  await ensureModules();
  await prepareBrowser();
  await prepareRedis();
  await prepareNext();
  await runSteps();
} catch (error) {
  failed++;
  console.error(`\n${error.message}`);
}
for (const remark of remarks) console.log(`\n${remark}`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

async function prepareBrowser() {
  if (process.env.NO_BROWSER_TESTS) return;
  const { path, why } = await ensureChromium();
  if (path) process.env.CHROMIUM_PATH = path;
  else if (CI) throw new Error(why);
  else {
    console.error(`\n!! ${why.replaceAll('\n', '\n!! ')}\n!! The browser tests are left out.\n`);
    process.env.NO_BROWSER_TESTS = '1';
  }
}

async function prepareRedis() {
  const { path, why } = await ensureRedis();
  if (path) process.env.REDIS_SERVER_PATH = path;
  else if (CI) throw new Error(why);
  else console.error(`\n!! ${why.replaceAll('\n', '\n!! ')}\n!! The tests of rooms in Redis are left out.\n`);
}

async function prepareNext() {
  // 340 MB: not for who wants one test of something else
  if (!CI && filter.length > 0 && !filter.some((each) => each.includes('next'))) return;
  const why = await ensureNext();
  if (!why) return;
  if (CI) throw new Error(why);
  console.error(`\n!! ${why.replaceAll('\n', '\n!! ')}\n!! The test of the example with Next is left out.\n`);
}

async function runSteps() {
  const scratch = mkdtempSync(join(tmpdir(), 'roomtone-test-'));
  const tests = {
    name: filter.length > 0 ? `tests: ${filter.join(' ')}` : 'tests',
    run: () => capture(...bin('vitest', 'vitest', 'run', ...filter), { echo: CI, limitMs: 1_200_000 }),
    countsTests: true,
  };
  const chaos = {
    name: 'chaos, the short share',
    run: () =>
      capture(...bin('vitest', 'vitest', 'run', '--project', 'chaos', '--maxWorkers', '2'), {
        echo: CI,
        env: { CHAOS: 'short', NO_BROWSER_TESTS: '1', ROOMTONE_WARNED: '1' },
        limitMs: 600_000, // a poll that a fault swallowed is waited for by its own limits, which are half a minute and more
      }),
    countsTests: true,
  };
  const steps = [
    { name: 'format', run: tool('oxfmt', 'oxfmt', '--check'), hint: 'npm run format' },
    { name: 'lint', run: tool('oxlint', 'oxlint', '--type-aware') },
    { name: 'unused files, exports and packages', run: tool('knip', 'knip', '--no-progress', '--no-config-hints') },
    { name: 'types', run: tool('typescript', 'tsc', '--noEmit') },
    { name: 'build: modules', run: tool('vite', 'vite', 'build', '--logLevel', 'warn'), builds: true },
    { name: 'build: types', run: tool('typescript', 'tsc', '-p', 'tsconfig.build.json'), builds: true },
    { name: 'package: publint', run: tool('publint', 'publint', '--strict'), needsBuild: true },
    {
      name: 'package: types resolve everywhere',
      run: tool('@arethetypeswrong/cli', 'attw', '--pack', '.', '--profile', 'esm-only'),
      needsBuild: true,
    },
    { name: 'package: tarball', run: script('check-tarball.mjs'), needsBuild: true },
    { name: 'size', run: tool('size-limit', 'size-limit'), needsBuild: true },
    {
      name: 'example',
      run: tool(
        'vite',
        'vite',
        'build',
        'examples/chat',
        '--outDir',
        join(scratch, 'example'),
        '--emptyOutDir',
        '--logLevel',
        'warn',
      ),
      needsBuild: true,
    },
    tests,
    chaos,
    ...(existsSync(`${root}.storybook/main.ts`)
      ? [
          {
            name: 'storybook build',
            run: tool('storybook', 'storybook', 'build', '--quiet', '-o', join(scratch, 'storybook')),
          },
        ]
      : []),
  ];
  try {
    let built = true;
    for (const step of filter.length > 0 ? [tests] : steps) {
      const ok = step.needsBuild && !built ? skip(step) : await runStep(step);
      if (step.builds && !ok) built = false;
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function tool(name, command, ...args) {
  return () => capture(...bin(name, command, ...args), { echo: CI, env: { STORYBOOK_DISABLE_TELEMETRY: '1' } });
}

function script(name) {
  return () => capture(process.execPath, [`${root}scripts/${name}`], { echo: CI });
}

function skip({ name }) {
  failed++;
  console.log(`✗ ${name}: not run, there is no build`);
  return false;
}

/** One step: its name and time always, what it said only if it failed. */
async function runStep({ name, run, hint, countsTests }) {
  const startedAt = Date.now();
  if (CI) console.log(`\n== ${name}`);
  const { code, output } = await run();
  const ok = code === 0;
  const said = countsTests ? countTests(output, ok) : count(ok);
  if (!ok && !CI) console.log(`\n${output.trim()}\n`);
  remarks.push(...remarksOf(output, countsTests));
  if (!ok) remarks.push(`failed: ${name}`);
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  console.log(`${ok ? '✓' : '✗'} ${name}${said} ${seconds} s${ok || !hint ? '' : `   (cure: ${hint})`}`);
  return ok;
}

function count(ok) {
  if (ok) passed++;
  else failed++;
  return '';
}

/** The lists of tests that test/count-reporter.ts prints before its count. */
function remarksOf(output, countsTests) {
  return countsTests
    ? (output.match(/^(?:tried again, then passed|failed):\n(?: {2}.*\n)+/gm) ?? []).map((list) => list.trimEnd())
    : [];
}

/** Adds what test/count-reporter.ts has counted. A run that fails without a failing test counts as one. */
function countTests(output, ok) {
  const [, good, bad, skipped] = /^tests: (\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(output)?.map(Number) ?? [];
  passed += good ?? 0;
  failed += bad || (ok && good ? 0 : 1);
  return good === undefined ? '' : `: ${good} passed, ${bad} failed${skipped ? `, ${skipped} SKIPPED` : ''},`;
}
