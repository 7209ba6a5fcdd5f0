// Small groups of messages, back to back, every 50 ms: does each message get through, and does a group cost one commit?

import { contest, faults } from '../contest.mjs';
import { nameOf, PEERS, pick, SSE_PEERS } from '../contenders.mjs';

export const name = 'groups';

const CONTENDERS = [
  'raw',
  'reference',
  'roomtone',
  'roomtone-worker',
  'roomtone-room',
  ...PEERS,
  'roomtone-sse',
  ...SSE_PEERS,
];
const GROUPS = 40;
const SIZES = [2, 10];
const HEAD = ['contender', ...SIZES.flatMap((size) => [`groups of ${size}: lost`, 'commits per group']), 'wrong'];

export async function run({ arena, rounds = 1, profile, say, ...options }) {
  const contenders = pick(CONTENDERS, options);
  const floods = SIZES.map((size) => ({ kind: 'groups', n: GROUPS * size, size, everyMs: 50 }));
  const runs = await contest({
    contenders,
    rounds,
    say,
    measure: async (contender) => {
      const results = await arena.run(contender, {
        warmUp: { kind: 'groups', n: 100, size: 2, everyMs: 20 },
        floods,
        profile,
      });
      return {
        sizes: results,
        taskMs: results.reduce((sum, { taskMs }) => sum + taskMs, 0),
        profile: results.at(-1).profile,
      };
    },
  });
  const rows = contenders.map((contender) => {
    const own = runs.get(contender);
    const failed = own.find((run) => run.failed);
    if (failed) return [nameOf(contender), ...HEAD.slice(2).map(() => '–'), failed.failed];
    const all = own.flatMap(({ sizes }) => sizes);
    const columns = SIZES.flatMap((size, index) => {
      const sum = (of) => own.reduce((total, { sizes }) => total + of(sizes[index]), 0) / (rounds * GROUPS);
      return [`${((100 * sum((run) => run.lost)) / size).toFixed(1)} %`, sum((run) => run.commits).toFixed(2)];
    });
    return [nameOf(contender), ...columns, faults(all)];
  });
  return {
    title: 'Groups of messages, one group every 50 ms',
    note: `${GROUPS} groups of each size; means of ${rounds} rounds. Commits with the same content count too.`,
    head: HEAD,
    ids: contenders,
    rows,
    runs: Object.fromEntries(runs),
  };
}
