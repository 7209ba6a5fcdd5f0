// @vitest-environment node
// Values of JSON that say the same, and those that do not.

import { expect, test } from 'vitest';
import { sameJson } from '../../src/model/same-json.js';

const deep = (text: string): unknown => JSON.parse('['.repeat(100_000) + text + ']'.repeat(100_000));

test.each([
  ['null', 'null', true],
  ['{"a":1,"b":[{"c":null}]}', '{"b":[{"c":null}],"a":1}', true],
  ['{"__proto__":{"a":1}}', '{"__proto__":{"a":1}}', true],
  ['{"__proto__":{"a":1}}', '{"__proto__":{"a":2}}', false],
  ['{"__proto__":null}', '{"toString":null}', false],
  ['{"a":1}', '{"a":1,"b":2}', false],
  ['{"a":null}', '{"b":null}', false],
  ['[]', '{}', false],
  ['[1,2]', '[2,1]', false],
  ['[1]', '[1,1]', false],
  ['null', '{}', false],
  ['0', '""', false],
])('%s and %s: %s', (one, other, same) => {
  expect(sameJson(JSON.parse(one), JSON.parse(other))).toBe(same);
  expect(sameJson(JSON.parse(other), JSON.parse(one))).toBe(same);
});

test('however deep', () => {
  expect(sameJson(deep('1'), deep('1'))).toBe(true);
  expect(sameJson(deep('1'), deep('2'))).toBe(false);
});
