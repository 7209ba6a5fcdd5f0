// One bench at a time on this machine: two at once would measure each other.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

let isOurs = false;
const file = join(tmpdir(), 'roomtone-bench.pid');

/** Resolves when nobody else measures; the turn ends with the process. */
export async function takeTurn(say) {
  if (isOurs) return;
  for (let told = false; !take(); told = true) {
    if (!told) say('Another bench is running: waiting for its end …');
    await setTimeout(1_000);
  }
  isOurs = true;
  process.once('exit', () => rmSync(file, { force: true }));
}

function take() {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    if (isGone()) rmSync(file, { force: true });
    return false;
  }
}

/** It was killed, and left its file behind. */
function isGone() {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0);
    return false;
  } catch (error) {
    return error.code !== 'EPERM';
  }
}
