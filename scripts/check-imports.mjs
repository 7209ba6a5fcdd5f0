// Runs beside an unpacked roomtone, in a Node without a page: every entry that is named loads, by `import` and by
// `require`, starts nothing, and gives the same things under the same names.

import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const platform = { setTimeout, setInterval, setImmediate };
const seen = new Map();

for (const entry of process.argv.slice(2)) {
  for (const name of Object.keys(platform)) globalThis[name] = refuse(name, entry);
  const module = await import(entry);
  Object.assign(globalThis, platform);

  if (Object.keys(module).length === 0) throw new Error(`${entry} exports nothing`);
  for (const [name, value] of Object.entries(module)) {
    if (value === undefined) throw new Error(`${name} of ${entry} is undefined`);
    if (seen.has(name) && seen.get(name) !== value) throw new Error(`${name} is another one in ${entry}`);
    seen.set(name, value);
  }
  if (require(entry) !== module) throw new Error(`require('${entry}') gives another copy than import`);
}

const left = process
  .getActiveResourcesInfo()
  .filter((kind) => /Timeout|Immediate|TCP|UDP|MessagePort|Worker/.test(kind));
if (left.length > 0) throw new Error(`importing left something running: ${left}`);

function refuse(name, entry) {
  return () => {
    throw new Error(`importing ${entry} calls ${name}`);
  };
}
