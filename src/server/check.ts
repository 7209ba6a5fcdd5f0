// Which numbers and names make sense. Decides no default.

import { RealtimeError } from '../base/error.js';

/** Throws `config` for the first value that is no number from `least` on. */
export function checkLeast(least: number, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values))
    if (!(value >= least)) throw new RealtimeError('config', `\`${name}\` is a number from ${least} on, not ${value}.`);
}

/** 1 to 128 characters, none of them a control character (Unicode category Cc). */
export function isRoomName(name: string): boolean {
  return /^\P{Cc}{1,128}$/u.test(name);
}
