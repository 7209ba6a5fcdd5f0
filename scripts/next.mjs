// Next for its example (`node scripts/next.mjs` installs it): whether it is there, and how to get it. Starts none.

import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { capture, npm, root } from './setup.mjs';

const FOLDER = `${root}examples/servers/next/`;

const versionIn = (lock) => JSON.parse(readFileSync(FOLDER + lock, 'utf8')).packages['node_modules/next'].version;

/** Is the Next of the lock file installed? */
export function hasNext() {
  const installed = 'node_modules/.package-lock.json';
  return existsSync(FOLDER + installed) && versionIn(installed) === versionIn('package-lock.json');
}

/** Installs Next, unless it is there. Answers undefined, or why it is not there. */
export async function ensureNext(say = console.error) {
  if (!hasNext()) {
    say('Installing Next for its example (340 MB; this takes about half a minute) …');
    const { code, output } = await capture(...npm('ci', '--no-audit', '--no-fund'), { cwd: FOLDER, limitMs: 180_000 });
    if (code !== 0 || !hasNext()) return `Next could not be installed in examples/servers/next.\n${output.trim()}`;
  }
  // what an app gets from npm is, here, this repository
  const self = `${FOLDER}node_modules/roomtone`;
  if (!existsSync(self)) {
    rmSync(self, { force: true }); // it may lead to where the repository was before
    symlinkSync(root, self, 'junction');
  }
  return undefined;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const why = await ensureNext();
  console.log(why ?? 'Next is there: npm run build, then node examples/servers/run.mjs next');
  process.exitCode = why ? 1 : 0;
}
