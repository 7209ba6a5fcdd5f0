// @vitest-environment node
// What is published of the bench is what the bench has found: RESULTS.md, its picture, and the figures that the README quotes.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { plotOf } from '../bench/plot.mjs';
import { type Figures, quoted, quotesIn, readFigures, resultsOf } from '../bench/report.mjs';

const read = (path: string): string => readFileSync(path, 'utf8');

describe('of the figures that were kept', () => {
  const figures = readFigures('bench/figures');

  test('there are some', () => {
    expect(figures.size).toBeGreaterThan(0);
  });

  test('RESULTS.md says just these (cure: npm run bench -- --publish)', () => {
    expect(read('bench/RESULTS.md')).toBe(resultsOf(figures));
    expect(read('bench/results.svg')).toBe(plotOf(figures));
  });

  test('README.md quotes them as they are (cure: npm run bench -- --publish)', () => {
    expect(quotesIn(read('README.md'), figures)).not.toEqual([]);
    for (const { address, says, is } of quotesIn(read('README.md'), figures))
      expect([address, says]).toEqual([address, is]);
  });
});

describe('a quote', () => {
  const burst: Figures = {
    head: ['contender', 'main thread ms', 'x limit', 'wrong'],
    ids: ['raw', 'roomtone', 'other'],
    rows: [
      ['LIMIT', '800 (790–810)', '1.00x', '–'],
      ['roomtone', '900 (880–950)', '1.13x', '–'],
      ['other', '850', '1.06x', '12 lost'],
    ],
    figures: { 'roomtone/commits': 50 },
  };
  const figures = new Map([['burst', burst]]);
  const quote = (address: string, says: string): string => `<!-- bench:${address} -->${says}<!-- /bench -->`;

  test('is a cell without its spread, or a figure by name', () => {
    const text = `${quote('burst/roomtone/main thread ms', '?')} and ${quote('burst/roomtone/commits', '?')}`;
    expect(quotesIn(text, figures).map(({ is }) => is)).toEqual(['900', '50']);
    expect(quoted(text, figures)).toBe(
      `${quote('burst/roomtone/main thread ms', '900')} and ${quote('burst/roomtone/commits', '50')}`,
    );
  });

  test('says so where the row was wrong', () => {
    expect(quoted(quote('burst/other/x limit', ''), figures)).toBe(quote('burst/other/x limit', '1.06x ✗'));
  });

  test('of an older run is seen, and renewed', () => {
    const text = quote('burst/roomtone/x limit', '1.05x');
    expect(quotesIn(text, figures)).toEqual([{ address: 'burst/roomtone/x limit', says: '1.05x', is: '1.13x' }]);
    expect(quoted(text, figures)).toBe(quote('burst/roomtone/x limit', '1.13x'));
  });

  test.each(['burst/nobody/x limit', 'burst/roomtone/nothing', 'steady/roomtone/x limit'])(
    'of what nobody has measured (%s) has nothing to say, and is left alone',
    (address) => {
      const text = quote(address, '1x');
      expect(quotesIn(text, figures)).toEqual([{ address, says: '1x', is: undefined }]);
      expect(quoted(text, figures)).toBe(text);
    },
  );
});
