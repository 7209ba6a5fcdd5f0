// Options that make no sense are said at once, by name. Decides no default.

import { RealtimeError } from '../base/error.js';

/** Throws `config` for the first of these that is no number, or less than `least`. */
export function checkLeast(least: number, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values))
    // texts compare as numbers, and then add up as texts
    if (typeof value !== 'number' || !(value >= least))
      throw new RealtimeError('config', `\`${name}\` is a number from ${least} on, not ${value}.`);
}
