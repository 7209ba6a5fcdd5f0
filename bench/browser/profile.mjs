// What a CPU profile says, as text: the functions with the most time of their own, at their place in the sources.

import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { table } from '../tools.mjs';

/** Sets the places of built code to those of the sources. `pages`: the folder that was served. */
export function locate({ nodes }, pages) {
  const maps = new Map();
  const mapOf = (path) => {
    if (!maps.has(path)) maps.set(path, new SourceMap(JSON.parse(readFileSync(`${join(pages, path)}.map`, 'utf8'))));
    return maps.get(path);
  };
  for (const { callFrame } of nodes) {
    if (!/^http.*\.m?js$/.test(callFrame.url)) continue;
    const { pathname } = new URL(callFrame.url);
    const { originalSource, originalLine } = mapOf(pathname).findEntry(callFrame.lineNumber, callFrame.columnNumber);
    if (originalSource)
      Object.assign(callFrame, { url: originalSource.replace(/^(\.\.\/)+/, ''), lineNumber: originalLine });
  }
}

export function summarize(title, { nodes, samples, timeDeltas }, most = 30) {
  const byId = new Map(nodes.map((node) => [node.id, node.callFrame]));
  const self = new Map();
  let total = 0;
  samples.forEach((id, index) => {
    const { functionName, url, lineNumber } = byId.get(id);
    const place = url && `${url.split('node_modules/').at(-1)}:${lineNumber + 1}`;
    const key = `${functionName || '(anonymous)'} | ${place}`;
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
    note: `${(total / 1_000).toFixed(0)} ms not idle by the wall clock, a sample every 200 us. (program) is the browser itself.`,
    head: ['function', 'where', 'self ms', 'of all'],
    rows,
  });
}
