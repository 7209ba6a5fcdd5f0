// The SSE parser against HTML §9.2: every rule whole, unit by unit and cut at random; against a model; against a peer.

import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSseParser, type SseParser } from '../../src/transport/sse-parser.js';

type Said = readonly (string | number)[];
const MAX = 2 ** 22;
const BOM = '\ufeff';

interface Setting {
  readonly max?: number;
  readonly initialId?: string;
  /** What a handler does, told what was said. */
  readonly act?: (said: Said, parser: SseParser) => void;
}

function listen({ max = MAX, initialId, act }: Setting = {}): { readonly parser: SseParser; readonly said: Said[] } {
  const said: Said[] = [];
  const say = (...words: Said): void => {
    said.push(words);
    act?.(words, parser);
  };
  const parser = createSseParser(
    {
      onEvent: (type, data, id) => say('event', type, data, id),
      onComment: (text) => say('comment', text),
      onRetry: (ms) => say('retry', ms),
      onId: (id) => say('id', id),
      onOverflow: () => say('overflow'),
    },
    max,
    initialId,
  );
  return { parser, said };
}

function parse(chunks: readonly string[], setting?: Setting): readonly Said[] {
  const { parser, said } = listen(setting);
  for (const chunk of chunks) parser.feed(chunk);
  return said;
}

/** `text` cut at these places, which may repeat (empty chunks). */
function cut(text: string, places: readonly number[]): string[] {
  const sorted = places.map((place) => place % (text.length + 1)).sort((a, b) => a - b);
  return [0, ...sorted].map((from, index) => text.slice(from, sorted[index] ?? text.length));
}

const message = (data: string, id = ''): Said => ['event', 'message', data, id];

describe('HTML §9.2.6, rule by rule', () => {
  const rules: readonly (readonly [rule: string, stream: string, said: readonly Said[]])[] = [
    ['one line of data is a message', 'data: a\n\n', [message('a')]],
    ['two blocks are two messages', 'data: a\n\ndata: b\n\n', [message('a'), message('b')]],
    ['lines of data are joined by LF', 'data: a\ndata: b\ndata\ndata:\n\n', [message('a\nb\n\n')]],
    ['a data field without a value is a message too', 'data\n\n', [message('')]],
    ['two of them are one LF', 'data\ndata\n\n', [message('\n')]],
    ['one space after the colon is dropped', 'data:a\ndata: b\ndata:  c\ndata: \n\n', [message('a\nb\n c\n')]],
    ['a tab is no space', 'data:\ta\n\n', [message('\ta')]],
    ['further colons are content', 'data: a: b:\n\n', [message('a: b:')]],
    ['space before the colon is part of the name', 'data : a\n data: b\n\n', []],
    ['names are case-sensitive', 'Data: a\nDATA: b\nEvent: x\n\n', []],
    [
      'unknown fields are ignored',
      'foo: a\nfoo\ndata: b\ndatax: c\ndat: d\neventx: e\nidx: f\nid\u0131: g\n\n',
      [message('b')],
    ],
    [
      'names of Object.prototype are unknown fields',
      '__proto__: a\nconstructor: b\ntoString\ndata: c\n\n',
      [message('c')],
    ],
    ['CR ends lines', 'data: a\rdata: b\r\r', [message('a\nb')]],
    ['CRLF ends lines, once', 'data: a\r\ndata: b\r\n\r\n', [message('a\nb')]],
    [
      'mixed ends',
      'data: a\r\n\rdata: b\n\r\ndata: c\r\n\ndata: d\r\r\n',
      ['a', 'b', 'c', 'd'].map((each) => message(each)),
    ],
    ['LF CR is two ends', 'data: a\n\rdata: b\n\n', [message('a'), message('b')]],
    [
      'nothing else ends lines',
      'data: a\u2028b\u2029c\u0085d\ve\ff\0g\n\n',
      [message('a\u2028b\u2029c\u0085d\ve\ff\0g')],
    ],
    [
      'a comment is no event',
      ': a\n\n:b\n:\n',
      [
        ['comment', ' a'],
        ['comment', 'b'],
        ['comment', ''],
      ],
    ],
    ['a comment inside a block is no part of it', 'data: a\n: c\ndata: b\n\n', [['comment', ' c'], message('a\nb')]],
    ['a leading byte order mark is dropped', `${BOM}data: a\n\n`, [message('a')]],
    ['only one', `${BOM}${BOM}data: a\n\ndata: b\n\n`, [message('b')]],
    ['only at the beginning', `data: a\n\n${BOM}data: b\n\n`, [message('a')]],
    ['in front of a line end', `${BOM}\r\ndata: a\n\n`, [message('a')]],
    ['its three bytes as Latin-1 letters are none', '\xef\xbb\xbfdata: a\n\ndata: b\n\n', [message('b')]],
    ['event names the type', 'event: tick\ndata: a\n\n', [['event', 'tick', 'a', '']]],
    ['the last one counts', 'event: a\nevent: b\ndata: c\n\n', [['event', 'b', 'c', '']]],
    ['an empty type is message', 'event: a\nevent:\ndata: b\n\nevent\ndata: c\n\n', [message('b'), message('c')]],
    ['a type holds for its own block', 'event: a\ndata: b\n\ndata: c\n\n', [['event', 'a', 'b', ''], message('c')]],
    ['also where that block has no data', 'event: a\n\ndata: b\n\n', [message('b')]],
    [
      'types that mean something elsewhere are types',
      ['error', 'open', 'close', '__proto__'].map((type) => `event: ${type}\ndata: x\n\n`).join(''),
      ['error', 'open', 'close', '__proto__'].map((type) => ['event', type, 'x', '']),
    ],
    [
      'an id stays until the next',
      'id: 1\ndata: a\n\ndata: b\n\n',
      [['id', '1'], message('a', '1'), message('b', '1')],
    ],
    ['also of a block without data', 'id: 1\n\ndata: a\n\n', [['id', '1'], message('a', '1')]],
    ['the last one counts, wherever it stands', 'id: 1\ndata: a\nid: 2\n\n', [['id', '2'], message('a', '2')]],
    [
      'an empty one resets',
      'id: 1\ndata: a\n\nid\ndata: b\n\n',
      [['id', '1'], message('a', '1'), ['id', ''], message('b')],
    ],
    ['also with a colon', 'id: 1\n\nid:\ndata: b\n\n', [['id', '1'], ['id', ''], message('b')]],
    ['one with NUL is ignored', 'id: 1\n\nid: a\0b\ndata: c\n\n', [['id', '1'], message('c', '1')]],
    ['one beyond Latin-1 is an id', 'id: č🐎\ndata: a\n\n', [['id', 'č🐎'], message('a', 'č🐎')]],
    [
      'retry is milliseconds',
      'retry: 1500\n\nretry:0\n',
      [
        ['retry', 1500],
        ['retry', 0],
      ],
    ],
    ['at once, without an end of the block', 'retry: 7\n', [['retry', 7]]],
    [
      'digits only',
      ['', '-1', '+1', '1.5', '1e3', ' 5', '5 ', '0x1', '٣', 'x'].map((value) => `retry: ${value}\n`).join(''),
      [],
    ],
    ['leading zeros are digits', 'retry: 0010\n', [['retry', 10]]],
    [
      'clamped to what a timer takes',
      `retry: 99999999999\nretry: ${'9'.repeat(400)}\n`,
      [
        ['retry', 2 ** 31 - 1],
        ['retry', 2 ** 31 - 1],
      ],
    ],
    ['an unfinished block is dropped', 'data: a\n\nid: 1\ndata: b\n', [message('a')]],
    ['an unfinished line too', 'data: a\n\ndata: b', [message('a')]],
    ['empty lines are nothing', '\n\n\r\r\r\n\r\n\n', []],
    ['nothing is nothing', '', []],
  ];

  const seed = Math.floor(Math.random() * 2 ** 31);

  test.each(rules)('%s', (_rule, stream, said) => {
    expect(parse([stream]), 'whole').toEqual(said);
    expect(parse(stream.split('')), 'unit by unit').toEqual(said);
    expect(parse(stream.split('').flatMap((unit) => ['', unit, ''])), 'with empty chunks between').toEqual(said);
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length)), (places) => {
        expect(parse(cut(stream, places))).toEqual(said);
      }),
      { seed, numRuns: 50 },
    );
  });

  test('the examples of §9.2.6 are read as it says', () => {
    expect(parse(['data: YHOO\ndata: +2\ndata: 10\n\n'])).toEqual([message('YHOO\n+2\n10')]);
    expect(parse([': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event'])).toEqual(
      [['comment', ' test stream'], ['id', '1'], message('first event', '1'), ['id', ''], message('second event')],
    );
    expect(parse(['data\n\ndata\ndata\n\ndata:'])).toEqual([message(''), message('\n')]);
    expect(parse(['data:test\n\ndata: test\n\n'])).toEqual([message('test'), message('test')]);
  });

  test('a new stream begins with the id that the last one ended with', () => {
    expect(parse(['data: a\n\nid\ndata: b\n\n'], { initialId: '7' })).toEqual([
      message('a', '7'),
      ['id', ''],
      message('b'),
    ]);
  });
});

test('an id with NUL is ignored where its line came in two long pieces', () => {
  expect(parse([`data: a\nid: \0${'x'.repeat(100)}`, `${'x'.repeat(100)}\n\n`])).toEqual([message('a')]);
});

describe('at once', () => {
  test('a bare CR ends a block without the next unit', () => {
    const { parser, said } = listen();
    parser.feed('data: a\r');
    parser.feed('\r');
    expect(said).toEqual([message('a')]);
  });

  test('the LF that may follow belongs to it', () => {
    const { parser, said } = listen();
    for (const chunk of ['data: a\r', '', '\n', 'data: b\r', '\n\r', '\n']) parser.feed(chunk);
    expect(said).toEqual([message('a\nb')]);
  });

  test('only the first one', () => {
    const { parser, said } = listen();
    for (const chunk of ['data: a\r', '\n\n']) parser.feed(chunk);
    expect(said).toEqual([message('a')]);
  });
});

describe('stop, from within a handler', () => {
  const stream = ': c\nretry: 1\nid: 1\ndata: a\n\nid: 2\ndata: b\n\nretry: 2\n: d\ndata: e\n\n';
  const everything = parse([stream]);

  test.each(everything.map((words, index) => [words.join(' '), index] as const))('after "%s"', (_words, index) => {
    for (const chunks of [[stream], stream.split('')]) {
      let count = 0;
      const said = parse(chunks, { act: (_said, parser) => count++ === index && parser.stop() });
      expect(said).toEqual(everything.slice(0, index + 1));
    }
  });
});

describe('bounds', () => {
  test.each([
    ['a line', `data: ${'x'.repeat(200)}\n\n`],
    ['a line without end', `data: ${'x'.repeat(200)}`],
    ['a comment', `:${'x'.repeat(200)}\n`],
    ['an unknown field', `x: ${'x'.repeat(200)}\n`],
    ['an event of many lines', `${'data: xxxxxxxx\n'.repeat(40)}\n`],
    ['an event of many empty lines', 'data\n'.repeat(200)],
    ['a line that ends in CR', `id: ${'x'.repeat(200)}\r\r`],
  ])('%s over the bound ends it, once', (_what, bad) => {
    const [good, more] = ['data: good\n\n', '\n\ndata: more\n\n'];
    const said: readonly Said[] = [message('good'), ['overflow']];
    const all = good + bad + more;
    expect(parse([all], { max: 100 }), 'whole').toEqual(said);
    expect(parse(all.split(''), { max: 100 }), 'unit by unit').toEqual(said);
    expect(parse(cut(all, [12, 60, 90, 111, 150, 190, 205]), { max: 100 }), 'in pieces').toEqual(said);
  });

  test('it is said by the unit that is too many, before any line end', () => {
    const { parser, said } = listen({ max: 100 });
    parser.feed(`data: ${'x'.repeat(94)}`);
    expect(said).toEqual([]);
    parser.feed('x');
    expect(said).toEqual([['overflow']]);
  });

  test('pieces that are each within it are not, together', () => {
    for (const name of ['data', ''])
      expect(parse([`${name}: ${'x'.repeat(80)}`, `${'x'.repeat(80)}\n\n`], { max: 100 })).toEqual([['overflow']]);
  });

  test('at the bound all is well, also of a line in many pieces', () => {
    const stream = `data: ${'x'.repeat(94)}\n\n`;
    for (const chunks of [[stream], stream.split('')])
      expect(parse(chunks, { max: 100 })).toEqual([message('x'.repeat(94))]);
  });

  test('many small events are no large one', () => {
    expect(parse(['data: 12345678\n\n'.repeat(1_000)], { max: 20 })).toHaveLength(1_000);
    expect(parse(['retry: 1\n: c\nevent: e\n\n'.repeat(1_000)], { max: 20 })).toHaveLength(2_000);
  });

  test('a line of 8 MB in half a million chunks costs no more than its length', () => {
    // looking through the line again at each chunk would be 2 * 10^12 steps
    const { parser, said } = listen({ max: 2 ** 24 });
    parser.feed('data: ');
    for (let index = 0; index < 2 ** 19; index++) parser.feed('0123456789abcdef');
    parser.feed('\n\n');
    expect(said).toHaveLength(1);
    expect(said[0]?.[2]).toHaveLength(2 ** 23);
  });

  test('a chunk of 8 MB of line ends, of either kind, costs no more than its length', () => {
    for (const end of ['\n', '\r', '\r\n']) expect(parse([end.repeat(2 ** 22)])).toEqual([]);
    expect(parse([`${'data: a\n\n'.repeat(2 ** 18)}\r`])).toHaveLength(2 ** 18);
  });
});

/** The standard's text, step by step, over a whole stream. No thought of speed. */
function model(stream: string): readonly Said[] {
  const said: Said[] = [];
  const lines = stream.replace(/^\ufeff/, '').split(/\r\n|\r|\n/);
  lines.pop(); // what no line end has finished
  let [data, type, idBuffer, lastId] = ['', '', '', ''];
  let idGiven = false;
  for (const line of lines) {
    if (line === '') {
      if (idGiven) said.push(['id', idBuffer]);
      idGiven = false;
      lastId = idBuffer;
      if (data !== '') said.push(['event', type || 'message', data.replace(/\n$/, ''), lastId]);
      [data, type] = ['', ''];
      continue;
    }
    const [, name = '', value = ''] = /^([^:]*)(?::[ ]?([^]*))?$/.exec(line) ?? [];
    if (line.startsWith(':')) said.push(['comment', line.slice(1)]);
    else if (name === 'event') type = value;
    else if (name === 'data') data += `${value}\n`;
    else if (name === 'id' && !value.includes('\0')) [idBuffer, idGiven] = [value, true];
    else if (name === 'retry' && /^[0-9]+$/.test(value)) said.push(['retry', Math.min(Number(value), 2 ** 31 - 1)]);
  }
  return said;
}

const token = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('\n', '\r', '\r\n', '\n\n', '\r\n\r\n', '\r\r') },
  {
    weight: 6,
    arbitrary: fc.constantFrom('data', 'event', 'id', 'retry', 'data:', 'data: ', 'id: ', 'event: ', 'retry: '),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(':', ' ', '\0', BOM, '7', '\xef\xbb\xbf', 'dat', 'x', 'é', '🐎', '\ud83d', '\u2028'),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
);
const streams = fc.array(token, { maxLength: 60 }).map((tokens) => tokens.join(''));
const places = fc.array(fc.nat(), { maxLength: 40 });

describe('random streams, cut at random', () => {
  test('are read as the standard reads them whole', () => {
    fc.assert(
      fc.property(streams, places, (stream, where) => {
        expect(parse(cut(stream, where))).toEqual(model(stream));
        expect(parse(stream.split(''))).toEqual(model(stream));
      }),
      { numRuns: 3_000 },
    );
  });

  test('are read as eventsource-parser reads them where it is right', () => {
    // not: Latin-1 letters taken for a byte order mark, and the real one kept; a chunk that ends in CR held back
    const lines = fc.oneof(
      fc.constantFrom(
        '',
        '',
        'data',
        'event',
        'id',
        'id: 1',
        'data:',
        'data: ',
        ': c',
        'retry: 5',
        'retry: x',
        'unknown: 1',
      ),
      fc.tuple(fc.constantFrom('data', 'event', 'data: ', 'id:'), fc.string()).map(([name, rest]) => `${name}:${rest}`),
    );
    const clean = fc
      .array(
        fc.tuple(
          lines.map((line) => line.replace(/[\r\n\xef\ufeff\0]/g, '')),
          fc.constantFrom('\n', '\r\n'),
        ),
      )
      .map((all) => `${all.map(([line, end]) => line + end).join('')}\n\n`);
    fc.assert(
      fc.property(clean, places, (stream, where) => {
        const theirs: Said[] = [];
        const parser = createParser({
          onEvent: ({ event = 'message', data }) => void theirs.push(['event', event, data]),
          onRetry: (ms) => void theirs.push(['retry', ms]),
        });
        for (const chunk of cut(stream, where)) parser.feed(chunk);
        const ours = parse(cut(stream, where)).filter(([what]) => what === 'event' || what === 'retry');
        expect(ours.map((words) => words.slice(0, 3))).toEqual(theirs);
      }),
      { numRuns: 1_000 },
    );
  });
});
