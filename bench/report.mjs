// What is published: RESULTS.md from the kept figures, and the figures that the README quotes. Reads and writes text alone.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { table } from './tools.mjs';

/** Every task, in the order of RESULTS.md. */
export const BROWSER = ['burst', 'batched', 'sse-burst', 'groups', 'steady', 'fan-out', 'heap', 'churn'];
const ALONE = ['rendering', 'parses', 'rooms', 'flat', 'outgoing', 'spread', 'sse-parser', 'size'];
export const SERVER = ['idle', 'broadcast', 'flood', 'latency'];
export const TASKS = [...BROWSER, ...ALONE, ...SERVER];

/** What each task left behind at its last run, by task. */
export function readFigures(folder) {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const kept = TASKS.filter((task) => files.includes(`${task}.json`));
  return new Map(kept.map((task) => [task, JSON.parse(readFileSync(`${folder}/${task}.json`, 'utf8'))]));
}

const isWrong = ({ head }, row) => head.at(-1) === 'wrong' && row.at(-1) !== '–';

/** The rows of a task as a reader sees them: that something went wrong is told before the figures. */
const marked = (result) => result.rows.map((row) => (isWrong(result, row) ? [`✗ ${row[0]}`, ...row.slice(1)] : row));

const under = ({ commit, date, load, cpus, tookS, chromium }) => {
  const busy = Math.max(...load) > cpus + 1 ? ' **The machine was busy: what the wall clock says means little.**' : '';
  const browser = chromium ? `, ${chromium}` : '';
  return `*${date}, commit ${commit}${browser}; ${tookS} s, load average ${load.map((each) => each.toFixed(1)).join(' → ')} on ${cpus} CPUs.*${busy}`;
};

/** The whole of RESULTS.md: nothing but the figures goes in. */
export function resultsOf(figures) {
  const machines = new Set([...figures.values()].map(({ at }) => at.machine));
  const missing = TASKS.filter((task) => !figures.has(task));
  const tables = [...figures.values()].map(({ at, ...result }) =>
    table({ ...result, note: [result.note, under(at)].filter(Boolean).join('\n\n'), rows: marked(result) }),
  );
  return `# Results

\`npm run bench\` writes this file; \`npm run bench -- --task burst,heap\` renews those tables alone. What was tried is in [notes.md](notes.md).

${[...machines].map((each) => `- ${each}`).join('\n')}
${missing.length > 0 ? `- Not measured yet: ${missing.join(', ')}.\n` : ''}
Ratios are of one run and mean something on any machine; milliseconds of a shared one say little. **LIMIT** rows use the bare platform and
show less than the others; **REFERENCE** rows are what one would write by hand to be fast, with the same view: the fair limit of anything
with React. A row marked ✗ was wrong, as its last column says: its other figures are of a thing that does not do the work.

![What each contender costs the main thread](results.svg)

${tables.join('\n')}`;
}

/**
 * A figure by its address, `task/row/column`, without its spread: a sentence has no place for it. That its row was wrong is told.
 * Undefined if nothing has measured it.
 */
function figureAt(figures, address) {
  const [task, id, ...rest] = address.split('/');
  const column = rest.join('/');
  const result = figures.get(task);
  const named = result?.figures?.[`${id}/${column}`];
  if (named !== undefined) return String(named);
  const row = result?.rows[result.ids.indexOf(id)];
  const cell = row?.[result.head.indexOf(column)];
  if (cell === undefined) return undefined;
  return String(cell).replace(/ \(.*\)$/, '') + (isWrong(result, row) ? ' ✗' : '');
}

const MARK = /<!-- bench:(.+?) -->([^]*?)<!-- \/bench -->/g;

/** Each place of a text that quotes a figure: the address, what stands there, and what belongs there. */
export function quotesIn(text, figures) {
  return [...text.matchAll(MARK)].map(([, address, says]) => ({ address, says, is: figureAt(figures, address) }));
}

/** The text with today's figures. A figure that nothing has measured stays as it stands. */
export const quoted = (text, figures) =>
  text.replace(
    MARK,
    (_whole, address, says) => `<!-- bench:${address} -->${figureAt(figures, address) ?? says}<!-- /bench -->`,
  );
