// Where the Chromium for the browser tests is, and how to get one. Starts no browser.

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bin, capture } from './setup.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const USUAL = [
  '/usr/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

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
    if (found && (await starts(found))) return { path: found };
  } catch (error) {
    return { why: error.message };
  }
  for (const { what, commands, limitMs } of installers()) {
    say(`No Chromium here: trying ${what} …`);
    const why = await runAll(commands, limitMs);
    const found = await findChromium();
    if (found && (await starts(found))) return { path: found };
    tried.push(`  ${what}: ${why ?? (found ? `${found} does not start` : 'went well, and left no browser behind')}\n`);
  }
  return {
    why:
      `No Chromium was found, and none could be installed.\n${tried.join('')}` +
      'Install Chromium or Chrome, or name one: CHROMIUM_PATH=/path/to/chromium',
  };
}

/** A Chromium that was downloaded may lack libraries of the system. (Elsewhere `--version` may open a window.) */
async function starts(path) {
  return process.platform !== 'linux' || (await capture(path, ['--version'], { limitMs: 20_000 })).code === 0;
}

function installers() {
  const playwright = {
    what: 'npx playwright install chromium',
    commands: [() => bin('playwright', 'playwright', 'install', 'chromium')],
    limitMs: 180_000,
  };
  const system = {
    what: 'apt-get install chromium',
    commands: [
      () => ['apt-get', ['update', '-q']],
      () => ['apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium', 'fonts-dejavu-core']],
    ],
    limitMs: 300_000,
  };
  return process.platform === 'linux' && process.getuid?.() === 0 ? [playwright, system] : [playwright];
}

/** Undefined if all went well, else what the one that failed said of it. */
async function runAll(commands, limitMs) {
  for (const command of commands) {
    const { code, output } = await capture(...command(), { limitMs, env: { DEBIAN_FRONTEND: 'noninteractive' } });
    const lines = output.trim().split('\n');
    if (code !== 0)
      return lines.find((line) => /^E:|error|gave up/i.test(line))?.trim() || lines.at(-1) || `exit code ${code}`;
  }
  return undefined;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { path, why } = await ensureChromium();
  console.log(path ?? why);
  process.exitCode = path ? 0 : 1;
}
