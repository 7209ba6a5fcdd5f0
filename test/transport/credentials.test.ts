// Parameters beside those that an address already has: only the named ones are touched.

import { expect, test } from 'vitest';
import { withParams } from '../../src/transport/credentials.js';

test.each([
  ['a space as it was written', '/live?room=my%20room', '/live?room=my%20room&cursor=7'],
  ['signs that need no escape', "/live?at=a/b:c,d'(e)~@*", "/live?at=a/b:c,d'(e)~@*&cursor=7"],
  ['a signature over the query', '/live?x=%2F&X-Sig=ab%2bcd%3D=', '/live?x=%2F&X-Sig=ab%2bcd%3D=&cursor=7'],
  ['names without a value', '/live?debug&x=', '/live?debug&x=&cursor=7'],
  ['repeated names', '/live?tag=a&tag=b', '/live?tag=a&tag=b&cursor=7'],
  ['what is not UTF-8', '/live?x=%ff%zz', '/live?x=%ff%zz&cursor=7'],
  ['a question mark inside', '/live??cursor=1', '/live??cursor=1&cursor=7'],
  ['nothing', '/live', '/live?cursor=7'],
  ['an empty query', '/live?#there', '/live?cursor=7#there'],
  ['a fragment with a question in it', '/live#a?b', '/live?cursor=7#a?b'],
])('the rest of the query stays: %s', (_, url, wanted) => {
  expect(withParams(url, { cursor: '7', other: null })).toBe(wanted);
});

test.each([
  ['once', '/live?cursor=1&room=a%20b', '/live?room=a%20b&cursor=7'],
  ['each time', '/live?cursor=1&a=1&cursor=2&b', '/live?a=1&b&cursor=7'],
  ['in other letters', '/live?c%75rsor=1', '/live?cursor=7'],
  ['without a value', '/live?cursor', '/live?cursor=7'],
])('a name of ours is replaced: %s', (_, url, wanted) => {
  expect(withParams(url, { cursor: 7 })).toBe(wanted);
});

test('what is ours is escaped', () => {
  expect(withParams('/live?a=b%20c', { 'n&m': 'x y&z=ž' })).toBe('/live?a=b%20c&n%26m=x+y%26z%3D%C5%BE');
});

test('without parameters the address is as it was', () => {
  for (const params of [undefined, {}, { a: null, b: undefined }])
    expect(withParams('/x?&&a#', params)).toBe('/x?&&a#');
});
