// Processes that are asked things: a server, its readers, its enemies. Each has a process of its own, so that none pays for another.

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Flags of Node; BENCH_PROFILE names a folder for CPU profiles. */
export const PROFILED = process.env.BENCH_PROFILE ? ['--cpu-prof', `--cpu-prof-dir=${process.env.BENCH_PROFILE}`] : [];

/** Of this machine, the same in every process of it, in milliseconds. */
export const now = () => Number(process.hrtime.bigint()) / 1e6;

/** Starts a file of this folder. `ask(name, params)` resolves to what its handler of that name answers. */
function start(file, { flags = [], env = {} } = {}) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, [], { execArgv: flags, env: { ...process.env, ...env }, serialization: 'advanced' });
  const asked = new Map();
  let count = 0;
  child.on('message', ({ id, answer, error }) => {
    const { resolve, reject } = asked.get(id);
    asked.delete(id);
    if (error === undefined) resolve(answer);
    else reject(new Error(`${file}: ${error}`));
  });
  const gone = new Promise((resolve) =>
    child.once('exit', (code, signal) => {
      for (const { reject } of asked.values()) reject(new Error(`${file} ended with ${code ?? signal}`));
      resolve();
    }),
  );
  return {
    ask: (name, params) =>
      new Promise((resolve, reject) => {
        asked.set(++count, { resolve, reject });
        child.send({ id: count, name, params });
      }),
    /** Resolves when it is gone. One that is profiled has its time to write that down. */
    end: () => {
      if (process.env.BENCH_PROFILE) child.disconnect();
      else child.kill('SIGKILL');
      return gone;
    },
  };
}

/** The other end: a handler by name for what is asked. */
export function serve(handlers) {
  process.on('message', async ({ id, name, params }) => {
    try {
      process.send({ id, answer: await handlers[name](params) });
    } catch (error) {
      process.send({ id, error: String(error?.stack ?? error) });
    }
  });
  process.once('disconnect', () => process.exit());
}

/** Starts what `needs` names, runs `work` with it, and ends all of it, whatever happens. */
export async function withProcesses(needs, work) {
  const started = Object.fromEntries(
    Object.entries(needs).map(([name, [file, options]]) => [name, start(file, options)]),
  );
  try {
    return await work(started);
  } finally {
    await Promise.all(Object.values(started).map(({ end }) => end()));
  }
}
