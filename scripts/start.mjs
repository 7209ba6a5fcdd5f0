// `npm start`: the playground, on a fresh clone too. Installs what is missing, starts Storybook with its realtime
// server on one port, and says where it is.

import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { bin, checkNode, ensureModules, killTree, root } from './setup.mjs';

const FIRST_PORT = 6006;
const START_LIMIT_MS = 120_000;

try {
  checkNode();
  await ensureModules();
  await play(await freePort(wantedPort()));
} catch (error) {
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}

function wantedPort() {
  const port = Number(process.env.PORT || FIRST_PORT);
  if (Number.isInteger(port) && port > 0 && port < 65536) return port;
  throw new Error(
    `PORT is ${JSON.stringify(process.env.PORT)}: give a number from 1 to 65535, or none for ${FIRST_PORT}.`,
  );
}

/** The wanted port, or the next one that is free. */
async function freePort(port) {
  for (let candidate = port; candidate < Math.min(port + 100, 65536); candidate++) {
    if (!(await isFree(candidate))) continue;
    if (candidate !== port) console.error(`Port ${port} is taken: trying ${candidate}.`);
    return candidate;
  }
  throw new Error(`No port from ${port} on is free, or none may be opened. Name another: PORT=8080 npm start`);
}

function isFree(port) {
  return new Promise((settle) => {
    const server = createServer();
    server.once('error', () => settle(false));
    server.listen(port, () => server.close(() => settle(true)));
  });
}

/** Runs until Storybook ends, or is ended. */
async function play(port) {
  console.error('Starting the playground …');
  const [command, args] = bin(
    'storybook',
    'storybook',
    'dev',
    ...['-p', String(port), '--exact-port', '--ci', '--no-open', '--no-version-updates', '--disable-telemetry'],
  );
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, STORYBOOK_DISABLE_TELEMETRY: '1', NO_COLOR: '1' },
    detached: process.platform !== 'win32', // a group of its own: Ctrl+C comes through us, once
  });
  let said = '';
  const hear = (chunk) => (said = (said + chunk).slice(-20_000));
  child.stdout.setEncoding('utf8').on('data', hear);
  child.stderr.setEncoding('utf8').on('data', hear);

  let stoppedBy;
  const stop = (signal) => {
    if (stoppedBy) return; // Ctrl+C reaches us twice: from the terminal, and from npm
    stoppedBy = signal;
    killTree(child, signal);
    setTimeout(() => killTree(child, 'SIGKILL'), 4000).unref();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(signal));
  process.once('exit', () => killTree(child, 'SIGKILL'));
  // npm passes a SIGTERM on to its shell only, which dies without a word to us
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event) setInterval(() => process.ppid === parent || stop('SIGTERM'), 500).unref();

  const ended = new Promise((settle) => {
    child.once('error', (error) => (hear(error.message), settle({ code: 1 })));
    child.once('close', (code, signal) => settle({ code, signal }));
  });
  const url = `http://localhost:${port}/`;
  const ready = await Promise.race([
    answers([`${url}index.json`, `${url}iframe.html`], ended),
    ended.then(() => false),
  ]);
  if (ready) console.log(`\nroomtone playground: ${url}   (Ctrl+C ends it)\n`);
  const late = !ready && !stoppedBy && child.exitCode === null && child.signalCode === null;
  if (late) killTree(child, 'SIGKILL');

  const { code } = await ended;
  if (stoppedBy) {
    process.exitCode = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[stoppedBy];
    return;
  }
  if (ready && code === 0) return;
  const what = late ? `was not ready after ${START_LIMIT_MS / 1000} s` : `ended by itself (exit code ${code})`;
  throw new Error(
    `${said.trim()}\n\nStorybook ${what}; above is what it said last.\n` +
      'If packages are missing or damaged: remove node_modules, then npm start. Another port: PORT=8080 npm start',
  );
}

/** true as soon as all these addresses answer well, false if they never do. */
async function answers(urls, ended) {
  let over = false;
  void ended.then(() => (over = true));
  const giveUpAt = Date.now() + START_LIMIT_MS;
  const ok = (url) => fetch(url, { signal: AbortSignal.timeout(30_000) }).then((response) => response.ok);
  while (!over && Date.now() < giveUpAt) {
    if ((await Promise.all(urls.map(ok)).catch(() => [false])).every(Boolean)) return true;
    await new Promise((settle) => setTimeout(settle, 150));
  }
  return false;
}
