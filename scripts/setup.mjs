// What every script does first: the right Node, and the packages of the lock file. Uses nothing that must be installed.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** What the tools of this repository (Vite first) need; the library itself is content with any Node from 20.19 on. */
const NODE = 'Node 20.19 or newer of the 20 line, or Node 22.12 or newer';

export function checkNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if ((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22) return;
  throw new Error(
    `This needs ${NODE}; here is Node ${version}.\nGet a newer one from https://nodejs.org, then try again.`,
  );
}

/** Why the installed packages are not those of the lock file; undefined if they are. */
function whatIsMissing() {
  if (!existsSync(`${root}node_modules/.package-lock.json`)) return 'there is no node_modules yet';
  const read = (path) => JSON.parse(readFileSync(root + path, 'utf8')).packages;
  const installed = read('node_modules/.package-lock.json');
  for (const [path, { version, optional, link }] of Object.entries(read('package-lock.json')))
    // packages for other platforms are optional, and rightly absent
    if (path && !optional && !(link ? existsSync(root + path) : installed[path]?.version === version))
      return `package-lock.json asks for another ${path.replace(/^.*node_modules\//, '')}`;
  return undefined;
}

/** Installs what package-lock.json says, unless it is all there. */
export async function ensureModules(say = console.error) {
  const missing = whatIsMissing();
  if (!missing) return;
  say(`Installing packages (${missing}; this takes about a minute) …`);
  const { code, output } = await capture(...npm('ci', '--include=dev', '--no-audit', '--no-fund'));
  if (code !== 0)
    throw new Error(`${output.trim()}\n\nnpm ci failed: see above. Is the npm registry within reach? Then try again.`);
}

/** The npm that runs this script, or the one on the PATH, as arguments of `capture`. */
export function npm(...args) {
  const cli = process.env.npm_execpath;
  if (cli && /npm-cli\.[cm]?js$/.test(cli)) return [process.execPath, [cli, ...args]];
  return process.platform === 'win32' ? ['cmd', ['/d', '/s', '/c', 'npm', ...args]] : ['npm', args];
}

/** The command of an installed package, run by this Node: no shell in between that would swallow signals. */
export function bin(name, command, ...args) {
  const { bin: bins } = JSON.parse(readFileSync(`${root}node_modules/${name}/package.json`, 'utf8'));
  const file = typeof bins === 'string' ? bins : bins[command];
  return [process.execPath, [`${root}node_modules/${name}/${file}`, ...args]];
}

/** Runs to the end, or to its time limit. Never rejects. `echo` shows the output as it comes. */
export function capture(command, args, { echo = false, limitMs = 300_000, env = {}, ...options } = {}) {
  return new Promise((settle) => {
    let output = '';
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      detached: process.platform !== 'win32', // so that the time limit ends its children too
      ...options,
    });
    const end = (signal) => killTree(child, signal);
    const onSignal = (signal) => {
      end(signal);
      process.exit(signal === 'SIGINT' ? 130 : 143);
    };
    process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
    const timer = setTimeout(() => {
      output += `\ngave up after ${limitMs / 1000} s\n`;
      end('SIGKILL');
    }, limitMs);
    const take = (chunk) => {
      output += chunk;
      if (echo) process.stdout.write(chunk);
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    const done = (code) => {
      clearTimeout(timer);
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
      settle({ code, output });
    };
    child.once('error', (error) => {
      output += error.message;
      done(127);
    });
    child.once('close', (code) => done(code ?? 1));
  });
}

/** Ends a child and all that it has started. */
export function killTree(child, signal) {
  if (child.pid === undefined || child.exitCode !== null) return;
  try {
    if (process.platform === 'win32') spawnSync('taskkill', ['/pid', String(child.pid), '/t', '/f']);
    else process.kill(-child.pid, signal);
  } catch {
    // it has just ended by itself
  }
}
