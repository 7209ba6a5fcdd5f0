// What the tasks of this folder share: rounds in turn, and the columns of a table.

import { contest, spread } from '../browser/contest.mjs';

/** The value below which a share `q` of them is. */
export function quantile(values, q) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

/** By contender its runs; rounds take turns. Those of which every run failed are told as such. */
export const inTurns = ({ task, contenders, rounds, tell, measure }) =>
  contest({ contenders, rounds, measure, tell, say: (line) => console.error(`${task}  ${line}`) });

/** The rows of a table: `cells(runs, of)` makes those between the name and what was wrong, from the runs that ended. */
export function rowsOf({ runs, nameOf, head, cells, faults }) {
  const good = new Map([...runs].map(([id, all]) => [id, all.filter(({ failed }) => !failed)]));
  const rows = [...runs].map(([id, all]) => {
    const failed = all.find((each) => each.failed)?.failed.split('\n')[0];
    const mine = good.get(id);
    if (mine.length === 0) return [nameOf(id), ...head.slice(2).map(() => '–'), failed];
    const found = [...new Set([failed, ...mine.flatMap(faults)].filter(Boolean))].join('; ');
    return [nameOf(id), ...cells(mine, id), found.replaceAll('|', '\\|') || '–'];
  });
  return { head, ids: [...runs.keys()], rows };
}

/** How often, and of what. */
export const faultsOf = (counts) =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}`);

export { spread };
