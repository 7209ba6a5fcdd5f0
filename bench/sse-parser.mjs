// Our SSE parser against eventsource-parser: the same bytes, the same events, interleaved rounds.

import assert from 'node:assert/strict';
import { createParser } from 'eventsource-parser';
import { product } from './product.mjs';
import { median, seeded, versionOf } from './tools.mjs';

const { createSseParser } = await product('transport/sse-parser');

const MAX = 64 * 2 ** 20;

/** About `bytes` of plausible events; the same for the same seed. */
function makeStream(bytes, random) {
  let text = '';
  for (let id = 0; text.length < bytes; id++) {
    const data = JSON.stringify({
      id,
      symbol: 'ACME',
      price: (100 + random() * 10).toFixed(4),
      at: 1_700_000_000_000 + id,
    });
    if (id % 50 === 0) text += ': keep-alive\n\n';
    text += `${id % 7 === 0 ? 'event: tick\n' : ''}id: ${id}\ndata: ${data}\n\n`;
  }
  return text;
}

function cut(text, size) {
  const chunks = [];
  for (let at = 0; at < text.length; at += size) chunks.push(text.slice(at, at + size));
  return chunks;
}

const ours = (chunks, onEvent) => {
  const parser = createSseParser({ onEvent: (type, data, id) => onEvent(type, data, id) }, MAX);
  for (const chunk of chunks) parser.feed(chunk);
};
const theirs = (chunks, onEvent) => {
  const parser = createParser({ onEvent: ({ event, data, id }) => onEvent(event ?? 'message', data, id) });
  for (const chunk of chunks) parser.feed(chunk);
};

const time = (parse, chunks) => {
  let count = 0;
  const started = performance.now();
  parse(chunks, () => count++);
  const took = performance.now() - started;
  assert(count > 0);
  return took;
};

export function run({ rounds = 9 } = {}) {
  const random = seeded(1);
  const stream = makeStream(8 * 2 ** 20, random);
  const line = `data: ${'x'.repeat(10 * 2 ** 20)}\n\n`;
  const cases = [
    ['16 KB chunks', cut(stream, 16_384)],
    ['1 KB chunks', cut(stream, 1_024)],
    ['1-byte chunks', cut(stream.slice(0, 2 ** 20), 1)],
    ['one 10 MB line, 16 KB chunks', cut(line, 16_384)],
  ];
  const rows = cases.map(([name, chunks]) => {
    const [mine, other] = [[], []];
    ours(chunks, (...event) => mine.push(event.slice(0, 2)));
    theirs(chunks, (...event) => other.push(event.slice(0, 2)));
    assert.deepEqual(mine, other, `both give the same events: ${name}`);
    const [a, b] = [[], []];
    for (let round = 0; round < rounds; round++) {
      const turns = [() => a.push(time(ours, chunks)), () => b.push(time(theirs, chunks))];
      for (const turn of round % 2 ? turns : turns.reverse()) turn();
    }
    const mb = chunks.reduce((sum, chunk) => sum + chunk.length, 0) / 2 ** 20;
    const ratios = a.map((each, round) => b[round] / each);
    return [
      name,
      (mb / (median(a) / 1e3)).toFixed(0),
      (mb / (median(b) / 1e3)).toFixed(0),
      `${median(ratios).toFixed(2)}x`,
    ];
  });
  return {
    title: `SSE parser against eventsource-parser ${versionOf('eventsource-parser')}`,
    note: `Medians of ${rounds} interleaved rounds; the ratio is the median of the rounds' ratios, above 1 we are faster.`,
    head: ['input', 'roomtone MB/s', 'eventsource-parser MB/s', 'ratio'],
    ids: ['16k', '1k', '1-byte', 'long-line'],
    rows,
  };
}
