// One picture of what the contenders cost the main thread, as SVG. Takes its figures from the tables; draws bars and nothing else.

const PANELS = [
  { task: 'burst', column: 'main thread ms', unit: 'CPU ms of the main thread' },
  { task: 'steady', column: 'CPU %', unit: '% of a CPU, over a WebSocket', takes: (id) => !/sse|event/.test(id) },
  {
    task: 'fan-out',
    column: 'main thread ms per message',
    unit: '1,000 of them, CPU ms a message',
    takes: (id) => id.endsWith('-1000'),
  },
];
const [WIDTH, LABEL, BAR, LINE, GAP] = [860, 370, 420, 20, 40];

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 13px }
  .ours { fill: #0969da } .limit { fill: #8c959f } .peer { fill: #bf8700 } .wrong { fill: #cf222e }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .ours { fill: #4493f8 } .limit { fill: #7d8590 } .peer { fill: #d29922 } .wrong { fill: #f85149 }
  }`;

const escaped = (text) => text.replaceAll('`', '').replaceAll('&', '&amp;').replaceAll('<', '&lt;');

function kindOf(row) {
  if (row.at(-1) !== '–') return 'wrong';
  if (/^(LIMIT|REFERENCE)/.test(row[0])) return 'limit';
  return row[0].startsWith('roomtone') ? 'ours' : 'peer';
}

/** Bars from the cheapest on; a row that was not measured has none. */
function barsOf({ head, ids, rows }, { column, takes = () => true }) {
  const at = head.indexOf(column);
  return rows
    .filter((_row, index) => takes(ids[index]))
    .map((row) => ({ name: row[0], kind: kindOf(row), value: Number.parseFloat(row[at]), text: row[at] }))
    .filter(({ value }) => Number.isFinite(value))
    .sort((one, other) => one.value - other.value);
}

/** The SVG, readable on light and on dark. */
export function plotOf(figures) {
  const parts = [];
  let y = 24;
  for (const panel of PANELS) {
    const result = figures.get(panel.task);
    const bars = result ? barsOf(result, panel) : [];
    if (bars.length === 0) continue;
    const most = Math.max(...bars.map(({ value }) => value));
    parts.push(`<text class="title" x="10" y="${y}">${escaped(`${result.title} (${panel.unit})`)}</text>`);
    for (const { name, kind, value, text } of bars) {
      y += LINE;
      const width = Math.max(1, (BAR * value) / most);
      parts.push(
        `<text x="${LABEL - 6}" y="${y}" text-anchor="end">${escaped(name)}</text>`,
        `<rect class="${kind}" x="${LABEL}" y="${y - 11}" width="${width.toFixed(1)}" height="13" rx="2"/>`,
        `<text x="${(LABEL + width + 6).toFixed(1)}" y="${y}">${text.replace(/ \(.*/, '')}${kind === 'wrong' ? ' ✗' : ''}</text>`,
      );
    }
    y += GAP;
  }
  parts.push(
    `<text x="10" y="${y}">Shorter is better. Blue: roomtone. Grey: limit and reference. Yellow: others. Red, ✗: lost messages, or showed wrong ones.</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 14}" width="${WIDTH}" role="img" aria-label="Cost for the main thread by contender"><style>${STYLE}</style>\n${parts.join('\n')}\n</svg>\n`;
}
