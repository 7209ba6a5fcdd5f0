// Where the Chromium for the browser tests is, and how to get one. Starts no browser.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const USUAL = [
  '/usr/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
const DOWNLOAD_LIMIT_MS = 180_000;
const APT_LIMIT_MS = 300_000;

/** What CHROMIUM_PATH names, or a Chromium of this machine, or the one that Playwright has downloaded; else undefined. */
export async function findChromium() {
  const named = process.env.CHROMIUM_PATH;
  if (named) {
    if (existsSync(named)) return named;
    throw new Error(`CHROMIUM_PATH names ${named}, and there is no such file. Correct it, or unset it.`);
  }
  const onPath = (process.env.PATH ?? '').split(delimiter).flatMap((dir) => NAMES.map((name) => join(dir, name)));
  return [...onPath, ...USUAL, await playwrights()].find((path) => path && existsSync(path));
}

/** Asked afresh each time: it is there only once node_modules is. */
async function playwrights() {
  try {
    return (await import('playwright')).chromium.executablePath();
  } catch {
    return undefined;
  }
}

/** Finds a Chromium, or installs one: Playwright's, else the system's. Answers its path, or why there is none. */
export async function ensureChromium(say = console.error) {
  const tried = [];
  try {
    const found = await findChromium();
    if (found) return { path: found };
  } catch (error) {
    return { why: error.message };
  }
  for (const { what, install } of installers()) {
    say(`no Chromium here: trying ${what}`);
    const why = install();
    const found = await findChromium();
    if (found) return { path: found };
    tried.push(`${what}: ${why || 'it left no browser behind'}`);
  }
  return {
    why: `No Chromium was found and none could be installed.\n${tried.map((line) => `  ${line}\n`).join('')}Install Chromium or Chrome, or name one: CHROMIUM_PATH=/path/to/chromium`,
  };
}

function installers() {
  const ways = [
    {
      what: 'npx playwright install chromium',
      install: () => run('npx', ['--no', 'playwright', 'install', 'chromium'], DOWNLOAD_LIMIT_MS),
    },
  ];
  if (process.platform === 'linux' && process.getuid?.() === 0)
    ways.push({
      what: 'apt-get install chromium',
      install: () =>
        run('apt-get', ['update', '-q'], APT_LIMIT_MS) ||
        run(
          'apt-get',
          ['install', '-y', '-q', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'],
          APT_LIMIT_MS,
        ),
    });
  return ways;
}

/** Undefined if it went well, else the last thing that it said. */
function run(command, args, timeout) {
  const windows = process.platform === 'win32';
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    timeout,
    encoding: 'utf8',
    shell: windows,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status === 0) return undefined;
  if (error) return error.code === 'ETIMEDOUT' ? `gave up after ${timeout / 1000} s` : error.message;
  const lines = `${stdout}\n${stderr}`.trim().split('\n');
  return lines.find((line) => /error|unable|failed/i.test(line))?.trim() ?? lines.at(-1);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { path, why } = await ensureChromium();
  console.log(path ?? why);
  process.exitCode = path ? 0 : 1;
}
