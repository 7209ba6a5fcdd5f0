#!/usr/bin/env node
// The `roomtone` command: the process around `run`.

import { run } from './command.js';

const outcome = run(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
});
const close = async (): Promise<void> => {
  const serving = await outcome;
  if (typeof serving !== 'number') await serving.close();
};
// before anybody can know that it listens: who starts it may end it at once
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close());
const code = await outcome;
if (typeof code === 'number') process.exitCode = code;
