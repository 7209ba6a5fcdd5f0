// A burst over any wire: time to the DOM, and what the main thread pays. Who takes part is the tasks' affair.

import { contest, faults, mid, ratio, spread } from './contest.mjs';
import { nameOf, pick } from './contenders.mjs';

const HEAD = [
  'contender',
  'ms to the DOM',
  'to the DOM, x limit',
  'main thread ms',
  'x limit',
  'x reference',
  'script ms',
  'commits',
  'longest task ms',
  'wrong',
];

/** `limit` and `reference` are contenders: what the others are measured by. */
export async function burst(
  { contenders: all, limit, reference },
  { arena, n = 50_000, rounds = 5, profile, say, ...options },
) {
  const contenders = pick(all, options);
  const warmUp = { kind: 'burst', n: Math.min(n, 5_000) };
  const runs = await contest({
    contenders,
    rounds,
    say,
    measure: async (contender) => {
      const [result] = await arena.run(contender, { warmUp, floods: [{ kind: 'burst', n }], profile });
      return result;
    },
  });
  const ms = (run) => run.ms;
  const taskMs = (run) => run.taskMs;
  const rows = contenders.map((contender) => {
    const own = runs.get(contender);
    const failed = own.find((run) => run.failed);
    if (failed) return [nameOf(contender), ...HEAD.slice(2).map(() => '–'), failed.failed];
    return [
      nameOf(contender),
      spread(own, ms),
      ratio(own, runs.get(limit), ms),
      spread(own, taskMs),
      ratio(own, runs.get(limit), taskMs),
      ratio(own, runs.get(reference), taskMs),
      Math.round(mid(own, (run) => run.scriptMs)),
      mid(own, (run) => run.commits),
      Math.round(mid(own, (run) => run.longest)) || '<50',
      faults(own),
    ];
  });
  return { n, rounds, head: HEAD, ids: contenders, rows, runs: Object.fromEntries(runs) };
}
