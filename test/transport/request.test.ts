// The request under SSE, long poll, poll and uplink: what is asked and in which order, what goes wrong and how it is said.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { createFakeFetch } from '../../src/testing/fake-fetch.js';
import { createManualHost } from '../../src/testing/manual-host.js';
import type { Endpoint } from '../../src/transport/credentials.js';
import { type RequestOptions, sendRequest } from '../../src/transport/request.js';
import type { Dial, WireEnd } from '../../src/transport/transport.js';
import { turn } from '../support/dial.js';

afterEach(() => vi.unstubAllGlobals());

const url = 'https://example.com/live?room=a&access_token=sesame';

function ask(
  options: RequestOptions = {},
  parts: { endpoint?: Endpoint; dial?: Partial<Dial>; aborted?: boolean } = {},
) {
  const far = createFakeFetch();
  const attempt = new AbortController();
  if (parts.aborted) attempt.abort();
  const responses: Response[] = [];
  const ends: WireEnd[] = [];
  sendRequest(
    {
      endpoint: parts.endpoint ?? url,
      options: { fetch: far.fetch, ...options },
      dial: { host: createManualHost(), credentials: 'connect', cursor: undefined, maxMessageBytes: 8, ...parts.dial },
      signal: attempt.signal,
    },
    (response) => responses.push(response),
    (end) => ends.push(end),
  );
  return { far, attempt, responses, ends };
}

describe('what is asked', () => {
  test('address, token, headers, body: in this order, each once, each answer awaited', async () => {
    const asked: string[] = [];
    const note = <T>(what: string, value: T) => Promise.resolve().then(() => (asked.push(what), value));
    const { far } = ask(
      {
        method: 'POST',
        auth: { getToken: (reason) => note(`token ${reason}`, 'sesame') },
        headers: () => note('headers', { 'X-Own': '1' }),
        body: () => note('body', 'hello'),
        params: { a: 1, b: null, c: undefined, d: false },
      },
      { endpoint: () => note('address', new URL('https://example.com/x?a=0#there')), dial: { credentials: 'expired' } },
    );
    expect(far.requests).toHaveLength(0);
    await turn();
    expect(asked).toEqual(['address', 'token expired', 'headers', 'body']);
    expect(far.requests).toHaveLength(1);
    expect(far.last).toMatchObject({
      url: 'https://example.com/x?a=1&d=false#there',
      method: 'POST',
      body: 'hello',
      headers: { authorization: 'Bearer sesame', 'x-own': '1' },
    });
  });

  test('values are sent in the same tick', () => {
    expect(ask({ headers: { A: '1' } }).far.last).toMatchObject({
      url,
      method: 'GET',
      body: null,
      headers: { a: '1' },
    });
  });

  test('the cache has no part in it; cookies as fetch would', () => {
    const request = vi.fn<typeof fetch>(() => new Promise(() => {}));
    ask({ fetch: request });
    ask({ fetch: request, credentials: 'include' });
    expect(request.mock.calls.map(([, init]) => [init?.cache, init?.credentials])).toEqual([
      ['no-store', 'same-origin'],
      ['no-store', 'include'],
    ]);
  });

  test('the token as query, under the name that is wanted', () => {
    const { far } = ask(
      { auth: { getToken: () => 'a&b', via: 'query', queryName: 'key' } },
      { endpoint: 'https://example.com/' },
    );
    expect(far.last).toMatchObject({ url: 'https://example.com/?key=a%26b', headers: {} });
  });

  test('one’s own header wins, in whatever case', () => {
    const headers = { Authorization: 'Basic own', 'X-A': '1' };
    expect(ask({ auth: { getToken: () => 'x' }, headers }).far.last.headers).toEqual({
      authorization: 'Basic own',
      'x-a': '1',
    });
  });

  test('no token connects without', () => {
    for (const via of ['header', 'query'] as const)
      expect(ask({ auth: { getToken: () => null, via } }).far.last).toMatchObject({ url, headers: {} });
  });

  test('the global fetch is looked up at each request', () => {
    const far = createFakeFetch();
    vi.stubGlobal('fetch', far.fetch);
    ask({ fetch: undefined });
    expect(far.requests).toHaveLength(1);
  });

  test('a relative address is one of the page', () => {
    vi.stubGlobal('location', { href: 'https://page.example/rooms/7?secret=1#here' });
    expect(ask({}, { endpoint: 'live?x=1' }).far.last.url).toBe('https://page.example/rooms/live?x=1');
  });
});

describe('what can never work', () => {
  test.each<[string, RequestOptions, Endpoint | undefined, string]>([
    ['an address that is none', {}, 'http://', 'the url'],
    ['a port that is none', {}, 'http://example.com:99999/?access_token=sesame', 'the url'],
    ['a token as subprotocol', { auth: { getToken: () => 'x', via: 'subprotocol' } }, undefined, "'header' or 'query'"],
  ])('%s', (_what, options, endpoint, reason) => {
    const { ends, far } = ask(options, endpoint === undefined ? {} : { endpoint });
    expect(ends).toMatchObject([{ why: 'refused', verdict: 'failed', kind: 'config' }]);
    expect(ends[0]?.reason).toContain(reason);
    expect(ends[0]?.reason).not.toContain('sesame');
    expect(far.requests).toHaveLength(0);
  });

  test('no fetch', () => {
    vi.stubGlobal('fetch', undefined);
    expect(ask({ fetch: undefined }).ends).toMatchObject([{ why: 'refused', verdict: 'failed', kind: 'unsupported' }]);
  });

  // fetch rejects these as it rejects a server that is down
  test.each<[string, RequestOptions]>([
    ['a header with a line end', { headers: { a: 'b\nc' } }],
    ['a header beyond Latin-1', { headers: { a: 'č' } }],
    ['a header without a name', { headers: { '': 'a' } }],
    ['a token with a line end', { auth: { getToken: () => 'sesame\n\nseed' } }],
    ['a method that is none', { method: 'G E T' }],
    ['a body where there can be none', { body: 'x' }],
  ])('%s', async (_what, options) => {
    const { ends } = ask({ ...options, fetch: () => Promise.reject(new TypeError('sesame: fetch failed')) });
    await turn();
    expect(ends).toMatchObject([{ why: 'refused', verdict: 'failed', kind: 'config' }]);
    expect(ends[0]?.reason).not.toContain('sesame');
  });

  test('a name and password in the address', async () => {
    const { ends } = ask({ fetch: () => Promise.reject(new TypeError()) }, { endpoint: 'https://a:b@example.com/' });
    await turn();
    expect(ends).toMatchObject([{ verdict: 'failed', kind: 'config' }]);
  });
});

describe('what may be tried again', () => {
  const asking: readonly (readonly [what: string, options: (run: () => never) => RequestOptions, endpoint?: true])[] = [
    ['the address', () => ({ method: 'POST' }), true],
    ['the token', (run) => ({ method: 'POST', auth: { getToken: run } })],
    ['the headers', (run) => ({ headers: run })],
    ['the body', (run) => ({ method: 'POST', body: run })],
  ];
  const fail = (name: string, async: boolean) => (): never => {
    const error = Object.assign(new Error('not now'), { name });
    if (async) return Promise.reject(error) as never;
    throw error;
  };

  test.each(asking.flatMap((row) => [false, true].map((async) => [...row.slice(0, 2), async, row[2]] as const)))(
    '%s function throws',
    async (_what, optionsOf, async, isEndpoint) => {
      for (const name of ['Error', 'NotAllowedError']) {
        const run = fail(name, async as boolean);
        const make = optionsOf as (run: () => never) => RequestOptions;
        const { ends, far } = ask(make(run), isEndpoint ? { endpoint: run } : {});
        await turn();
        expect(ends).toHaveLength(1);
        expect(ends[0]).toMatchObject({ why: 'refused', reason: expect.stringContaining('not now') as string });
        expect(ends[0]?.verdict).toBe(name === 'Error' ? undefined : 'failed');
        expect(ends[0]?.kind).toBe(name === 'Error' ? undefined : 'forbidden');
        expect(far.requests).toHaveLength(0);
      }
    },
  );

  test('no answer: in words, without the query', async () => {
    for (const request of [
      () => Promise.reject(new TypeError(url)),
      () => {
        throw new TypeError(url);
      },
    ]) {
      const { ends } = ask({ fetch: request });
      await turn();
      expect(ends).toHaveLength(1);
      expect(ends[0]).toMatchObject({ why: 'refused', cause: expect.any(TypeError) as TypeError });
      expect(ends[0]?.verdict).toBeUndefined();
      expect(ends[0]?.reason).toContain('CORS');
      expect(ends[0]?.reason).not.toContain('example.com');
    }
  });

  test('a status: with the words of the server, and its body is let go', async () => {
    const { far, ends, responses } = ask();
    far.last.open({ status: 418 });
    await turn();
    expect(ends).toMatchObject([{ why: 'refused', code: 418 }]);
    expect(responses).toHaveLength(0);
    expect(far.last.live).toBe(false);
  });

  test.each(['GET', 'get', undefined])('method %s is repeatable', async (method) => {
    const { far, ends } = ask({ method });
    far.last.answer(null, { status: 500 });
    await turn();
    expect(ends[0]?.verdict).toBeUndefined();
  });

  test.each(['POST', 'PUT', 'QUERY', 'HEAD'])('method %s is not, but with `resend`', async (method) => {
    for (const resend of [false, true]) {
      const { far, ends } = ask({ method, resend });
      far.last.answer(null, { status: 500 });
      await turn();
      expect(ends[0]?.verdict).toBe(resend ? undefined : 'failed');
    }
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(2030, 0, 1, 12);
  const date = (ms: number): string => new Date(ms).toUTCString();
  const retryAfter = async (headers: Readonly<Record<string, string>>): Promise<number | undefined> => {
    const { far, ends } = ask();
    far.last.answer(null, { status: 503, headers });
    await turn();
    return ends[0]?.retryAfterMs;
  };

  test.each<[string, number | undefined]>([
    ['0', 0],
    ['7', 7_000],
    [' 7 ', 7_000],
    ['007', 7_000],
    ['9'.repeat(30), Number.MAX_SAFE_INTEGER],
    ['9'.repeat(400), Number.MAX_SAFE_INTEGER],
    ['', undefined],
    ['-5', undefined],
    ['+5', undefined],
    ['1.5', undefined],
    ['1e20', undefined],
    ['1e1', undefined],
    ['0x10', undefined],
    ['soon', undefined],
    ['foo 9999', undefined],
    ['7, 8', undefined],
    ['Infinity', undefined],
    ['NaN', undefined],
    ['2030-01-01', undefined],
    [date(now + 90_000), 90_000],
    [date(now - 90_000), 0],
    ['Tuesday, 01-Jan-30 12:01:30 GMT', 90_000],
    ['Foo, 1 GMT', undefined],
    ['Tue, 01 Jan 2030 12:01:30 CET', undefined],
    ['Tue, 99 Foo 2030 12:01:30 GMT', undefined],
  ])('%s', async (value, wanted) => {
    expect(await retryAfter({ 'retry-after': value, date: date(now) })).toBe(wanted);
  });

  test('none is none', async () => expect(await retryAfter({})).toBeUndefined());

  test('a date is by the clock of the server, else by ours', async () => {
    const ours = createManualHost().clock.wallNow();
    expect(await retryAfter({ 'retry-after': date(now + 5_000), date: date(now) })).toBe(5_000);
    const later = Math.ceil(ours / 1_000) * 1_000 + 5_000;
    expect(await retryAfter({ 'retry-after': date(later) })).toBe(later - ours);
    expect(await retryAfter({ 'retry-after': date(later), date: 'yesterday' })).toBe(later - ours);
  });
});

describe('given up', () => {
  test('before it began: nobody is asked', () => {
    const endpoint = vi.fn(() => url);
    const { far, ends } = ask({}, { endpoint, aborted: true });
    expect(endpoint).not.toHaveBeenCalled();
    expect([far.requests, ends]).toEqual([[], []]);
  });

  test('while it is on its way: nothing is said, whatever comes', async () => {
    for (const answer of ['fail', 'open'] as const) {
      const { far, attempt, ends, responses } = ask();
      attempt.abort();
      far.last[answer]();
      await turn();
      expect(far.last.aborted).toBe(true);
      expect([ends, responses]).toEqual([[], []]);
    }
  });

  test('by a fetch that does not listen: its late answer is let go', async () => {
    const far = createFakeFetch();
    const { attempt, ends, responses } = ask({ fetch: (input, init) => far.fetch(input, { ...init, signal: null }) });
    attempt.abort();
    far.last.open();
    await turn();
    expect([ends, responses]).toEqual([[], []]);
    expect(far.last.live).toBe(false);
  });
});
