// One picture of what the contenders cost the main thread, as SVG. Takes its figures from the tables; draws bars and nothing else.

const PANELS = [
  { task: 'burst', column: 'main thread ms', title: 'Burst: 50,000 messages, CPU ms of the main thread' },
  { task: 'steady', column: 'CPU %', title: 'Steady: 2,000 messages a second, % of a CPU' },
  {
    task: 'fan-out',
    column: 'main thread ms per message',
    title: 'Fan-out: 1,000 components on 1,000 keys, CPU ms per message',
    takes: (id) => id.endsWith('-1000'),
  },
];
const [WIDTH, LABEL, BAR, LINE, GAP] = [860, 330, 430, 20, 46];

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
    const bars = figures.has(panel.task) ? barsOf(figures.get(panel.task), panel) : [];
    if (bars.length === 0) continue;
    const most = Math.max(...bars.map(({ value }) => value));
    parts.push(`<text class="title" x="10" y="${y}">${panel.title}</text>`);
    for (const { name, kind, value, text } of bars) {
      y += LINE;
      const width = Math.max(1, (BAR * value) / most).toFixed(1);
      const said = `${text.replace(/ \(.*/, '')}${kind === 'wrong' ? ' ✗ wrong, see the table' : ''}`;
      // beside a long bar there is no place
      const place =
        width > BAR - 110 && kind === 'wrong' ? `x="${LABEL - 6}" dy="0"` : `x="${LABEL + Number(width) + 6}"`;
      parts.push(
        `<text x="${LABEL - 6}" y="${y}" text-anchor="end">${escaped(name)}</text>`,
        `<rect class="${kind}" x="${LABEL}" y="${y - 11}" width="${width}" height="13" rx="2"/>`,
        `<text ${place} y="${y}">${said}</text>`,
      );
    }
    y += GAP;
  }
  parts.push(
    `<text x="10" y="${y}">Shorter is better. Blue: roomtone. Grey: limit and reference. Yellow: others. Red: lost or showed wrong messages.</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 14}" width="${WIDTH}" role="img" aria-label="Cost for the main thread by contender"><style>${STYLE}</style>\n${parts.join('\n')}\n</svg>\n`;
}
