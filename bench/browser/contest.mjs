// Contenders take turns: interleaved rounds in rotating order, medians with their spread, what went wrong in any run.

import { median } from '../tools.mjs';

const mainThread = ({ taskMs }) => `${Math.round(taskMs)} ms of main thread`;

/** By contender: its runs, in the order of the rounds. `measure(contender)` resolves to an object of numbers; `tell` says some of them. */
export async function contest({ contenders, rounds, measure, say, tell = mainThread }) {
  const runs = new Map(contenders.map((each) => [each, []]));
  for (let round = 0; round < rounds; round++) {
    const first = round % contenders.length;
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      const result = await measure(contender).catch((error) => ({ failed: error.message }));
      runs.get(contender).push(result);
      say(`round ${round + 1}/${rounds}  ${contender}  ${result.failed ?? tell(result)}`);
    }
  }
  return runs;
}

const fixed = (value, digits) => (Number.isFinite(value) ? value.toFixed(digits) : '–');

/** The median of what `of` takes from each run. */
export const mid = (runs, of) => median(runs.map(of));

/** The median and, in brackets, the lowest and the highest. */
export function spread(runs, of, digits = 0) {
  const values = runs.map(of);
  const ends = [Math.min(...values), Math.max(...values)].map((each) => fixed(each, digits));
  return runs.length > 1 ? `${fixed(median(values), digits)} (${ends.join('–')})` : fixed(values[0], digits);
}

/** The median, over the rounds, of a contender's figure relative to another's in the same round. */
export function ratio(runs, other, of) {
  if (!other) return '–';
  const ratios = runs.flatMap((run, round) =>
    other[round] && !other[round].failed ? [of(run) / of(other[round])] : [],
  );
  return ratios.length > 0 ? `${median(ratios).toFixed(2)}x` : '–';
}

/** What a reader must know before the figures of a row mean anything. Empty: every run was right. */
export function faults(runs) {
  const found = new Set();
  const most = (of) => Math.max(...runs.map(of));
  if (runs.some(({ finished }) => !finished)) found.add('the last message was never shown');
  if (most(({ lost }) => lost) > 0) found.add(`${most(({ lost }) => lost)} lost`);
  if (most(({ doubled }) => doubled) > 0) found.add(`${most(({ doubled }) => doubled)} twice`);
  if (most(({ disorder }) => disorder) > 0) found.add(`${most(({ disorder }) => disorder)} out of order`);
  if (most(({ errors }) => errors) > 0)
    found.add(`${most(({ errors }) => errors)} errors: ${(runs.flatMap(({ said }) => said)[0] ?? '').split(';')[0]}`);
  const wrong = runs.find(({ shows }) => shows);
  if (wrong) found.add(wrong.shows);
  return [...found].join('; ').replaceAll('|', '\\|') || '–';
}
