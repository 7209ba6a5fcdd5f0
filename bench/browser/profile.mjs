// What a CPU profile says, as text: the functions with the most time of their own.

import { table } from '../tools.mjs';

export function summarize(title, { nodes, samples, timeDeltas }, most = 30) {
  const byId = new Map(nodes.map((node) => [node.id, node.callFrame]));
  const self = new Map();
  let total = 0;
  samples.forEach((id, index) => {
    const { functionName, url, lineNumber } = byId.get(id);
    const file = url
      .split('/')
      .at(-1)
      .replace(/-[\w-]{8}\.js$/, '.js');
    const key = `${functionName || '(anonymous)'} | ${file ? `${file}:${lineNumber + 1}` : ''}`;
    self.set(key, (self.get(key) ?? 0) + timeDeltas[index]);
    if (functionName !== '(idle)') total += timeDeltas[index];
  });
  const rows = [...self]
    .filter(([key]) => !key.startsWith('(idle)'))
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([key, us]) => [...key.split(' | '), (us / 1_000).toFixed(1), `${((100 * us) / total).toFixed(1)} %`]);
  return table({
    title,
    note: `${(total / 1_000).toFixed(0)} ms not idle, a sample every 200 us. (program) is the browser itself.`,
    head: ['function', 'where', 'self ms', 'of all'],
    rows,
  });
}
