#!/usr/bin/env node
// The `roomtone` command: the process around `run`.

import { run } from './command.js';

const outcome = await run(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
});
if (typeof outcome === 'number') process.exitCode = outcome;
else
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      void outcome.close();
    });
