// longPoll: its rhythm on a manual clock with a fetch driven by hand; what needs sockets over real ones.

import { once } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { createFakeFetch } from '../../src/testing/fake-fetch.js';
import { createManualHost } from '../../src/testing/manual-host.js';
import { longPoll, type LongPollOptions } from '../../src/transport/long-poll.js';
import type { Dial } from '../../src/transport/transport.js';
import { dial, turn } from '../support/dial.js';
import { serve } from './fixtures/serve.js';

const url = 'http://example.com/notices';

function open(options: LongPollOptions = {}, parts: Partial<Dial> = {}) {
  const host = createManualHost();
  const far = createFakeFetch();
  const near = dial(longPoll(url, { fetch: far.fetch, ...options }), { host, ...parts });
  return {
    ...{ host, far, near },
    /** The server says something to the request that it holds. */
    async answer(...words: Parameters<typeof far.last.answer>) {
      far.last.answer(...words);
      await turn();
    },
    async pass(ms: number) {
      host.clock.advance(ms);
      await turn();
    },
    /** Nothing is left of it. */
    expectGone() {
      expect({ live: far.live, timers: host.clock.pending, watchers: host.watchers }).toEqual({
        live: 0,
        timers: 0,
        watchers: 0,
      });
    },
  };
}

const cursor = (place: string) => ({ headers: { 'roomtone-cursor': place } });

describe('a round', () => {
  test('asks in the same tick; an answer is one frame, whole; then it asks again at once', async () => {
    const { far, near, answer } = open();
    expect(far.requests).toHaveLength(1);
    expect(far.last).toMatchObject({ url, method: 'GET' });
    await answer('[{"a":1},\n{"b":2}]');
    expect(near.said).toEqual(['opened', 'frame [{"a":1},\n{"b":2}]']);
    expect(far.requests).toHaveLength(2);
    await answer(' ');
    expect(near.frames.at(-1)).toBe(' ');
  });

  test('an answer in pieces, cut inside a character, is put together', async () => {
    const { far, near } = open();
    far.last.open();
    for (const byte of new TextEncoder().encode('žluť 🐎')) far.last.write(Uint8Array.of(byte));
    far.last.end();
    await turn();
    expect(near.frames).toEqual(['žluť 🐎']);
  });

  test.each([
    ['200 without a body', '', {}],
    ['204', null, { status: 204 }],
    ['304', null, { status: 304 }],
  ])('%s is a sign of life and no message', async (_, body, answer) => {
    const { near, far } = open();
    far.last.answer(body, answer);
    await turn();
    expect(near.said).toEqual(['opened', 'pulse']);
  });

  test('there is never more than one request', async () => {
    const { far, answer, pass } = open();
    await answer('hello');
    for (let round = 0; round < 20; round++) {
      expect(far.live).toBeLessThanOrEqual(1);
      if (round % 3 === 0) await pass(60_000);
      else await answer(round % 2 === 0 ? 'full' : '');
      await pass(250);
    }
    expect(far.live).toBe(1);
  });
});

describe('the gap', () => {
  test('empty answers that come at once are asked for once in 250 ms', async () => {
    const { far, answer, pass } = open();
    await answer('');
    await pass(249);
    expect(far.requests).toHaveLength(1);
    await pass(1);
    expect(far.requests).toHaveLength(2);
  });

  test('it counts from the start of the request: a held one is followed at once', async () => {
    const { far, answer, pass } = open({ minGapMs: 500 });
    await pass(400);
    await answer('');
    await pass(99);
    expect(far.requests).toHaveLength(1);
    await pass(1);
    expect(far.requests).toHaveLength(2);
    await pass(500);
    await answer('');
    expect(far.requests).toHaveLength(3);
  });

  test('a full answer is followed at once', async () => {
    const { far, answer } = open();
    for (let round = 1; round <= 5; round++) {
      await answer(`more ${round}`);
      expect(far.requests).toHaveLength(round + 1);
    }
  });
});

describe('an answer that brings nothing', () => {
  test.each([
    ['an empty array', '[]'],
    ['an empty array with room in it', ' [\n] '],
  ])('%s keeps the gap, and is still handed over', async (_, body) => {
    const { near, far, answer, pass } = open();
    await answer(body);
    expect(near.said).toEqual(['opened', `frame ${body}`]);
    await pass(249);
    expect(far.requests).toHaveLength(1);
    await pass(1);
    expect(far.requests).toHaveLength(2);
  });

  test('what says the same from the same place again: no more often than the gap', async () => {
    const { far, answer, pass } = open();
    await answer('{}');
    expect(far.requests).toHaveLength(2);
    for (let round = 2; round < 6; round++) {
      await answer('{}');
      expect(far.requests).toHaveLength(round);
      await pass(250);
      expect(far.requests).toHaveLength(round + 1);
    }
  });

  test('the same words from another place are news', async () => {
    const { far, answer } = open();
    for (let round = 1; round <= 5; round++) {
      await answer('["again"]', cursor(String(round)));
      expect(far.requests).toHaveLength(round + 1);
    }
  });
});

describe('a page in place of an answer', () => {
  const page = '<!doctype html>\n<html><body>my app</body></html>';
  const html = { headers: { 'content-type': 'text/html; charset=utf-8' } };

  test.each([page, '\n<!DOCTYPE html><title>x</title>', '<html lang="en"></html>'])(
    '%j: never opened',
    async (body) => {
      const { near, answer, expectGone } = open();
      await answer(body, html);
      expect(near.said).toEqual(['protocol 200']);
      expect(near.end).toMatchObject({ verdict: 'failed', reason: expect.stringContaining('is the url right?') });
      expectGone();
    },
  );

  test('after it was open, too', async () => {
    const { near, answer, expectGone } = open();
    await answer('["one"]');
    await answer(page, html);
    expect(near.said.slice(2)).toEqual(['protocol 200']);
    expectGone();
  });

  test.each([
    ['JSON from a server that names everything HTML', '["one"]', html],
    ['a piece of a page', '<li>one</li>', html],
    ['a page that is told as text', page, { headers: { 'content-type': 'text/plain' } }],
  ])('but not %s', async (_, body, answered) => {
    const { near, answer } = open();
    await answer(body, answered);
    expect(near.said).toEqual(['opened', `frame ${body}`]);
  });
});

describe('when it is open', () => {
  test('at a request that is held for a second', async () => {
    const { near, pass, answer } = open();
    await pass(999);
    expect(near.said).toEqual([]);
    await pass(1);
    await answer('hello');
    expect(near.said).toEqual(['opened', 'frame hello']);
  });

  test('the time in which a token is awaited is not held by the server', async () => {
    let give!: (token: string) => void;
    const { near, far, pass } = open({ auth: { getToken: () => new Promise((resolve) => (give = resolve)) } });
    await pass(5_000);
    expect(far.requests).toHaveLength(0);
    expect(near.said).toEqual([]);
    give('sesame');
    await turn();
    expect(far.last.headers['authorization']).toBe('Bearer sesame');
    await pass(1_000);
    expect(near.said).toEqual(['opened']);
  });

  test('not at headers alone, if the body is refused', async () => {
    const { near, answer, expectGone } = open({}, { maxMessageBytes: 3 });
    await answer('four');
    expect(near.said).toEqual(['protocol']);
    expectGone();
  });
});

describe('a request that takes too long', () => {
  test('is given up and made again, from the same place', async () => {
    const { near, far, answer, pass } = open({ timeoutMs: 30_000 });
    await answer('one', cursor('7'));
    await pass(30_000);
    expect(far.requests.slice(1).map((request) => request.aborted)).toEqual([true, false]);
    expect(far.last.url).toBe(`${url}?cursor=7`);
    expect(near.said).toEqual(['opened', 'cursor 7', 'frame one']);
  });

  test('60 s by default; a token that does not come counts too', async () => {
    let asked = 0;
    const getToken = (): string | Promise<string> => (++asked === 1 ? 'sesame' : new Promise(() => {}));
    const { answer, pass } = open({ auth: { getToken } });
    await answer('one');
    await pass(59_999);
    expect(asked).toBe(2);
    await pass(1);
    expect(asked).toBe(3);
  });

  test.each([
    ['held', {}, ['opened', 'timeout']],
    ['without a token', { auth: { getToken: () => new Promise<string>(() => {}) } }, ['timeout']],
  ])('before anything was ever answered (%s) it ends the wire: perhaps nobody is there', async (_, options, said) => {
    const { near, pass, expectGone } = open(options, { cursor: '7' });
    await pass(59_999);
    expect(near.said).not.toContain('timeout');
    await pass(1);
    expect(near.said).toEqual(said);
    expect(near.end.reason).toBe('no answer within 60000 ms');
    expectGone();
  });
});

describe('the place', () => {
  test('is the one of the dial, then that of each answer', async () => {
    const { near, far, answer } = open({}, { cursor: 'a b' });
    expect(far.last.url).toBe(`${url}?cursor=a+b`);
    await answer('one', cursor('2'));
    expect(near.said).toEqual(['opened', 'cursor 2', 'frame one']);
    expect(far.last.url).toBe(`${url}?cursor=2`);
    await answer('two', cursor('2'));
    expect(near.said.slice(3)).toEqual(['frame two']);
  });

  test('is taken from an empty answer too', async () => {
    const { near, far, pass } = open();
    far.last.answer(null, { status: 204, ...cursor('5') });
    await turn();
    await pass(250);
    expect(near.said).toEqual(['opened', 'cursor 5', 'pulse']);
    expect(far.last.url).toBe(`${url}?cursor=5`);
  });

  test('the first one is what was wanted: nothing is held back before the next request', async () => {
    const { near, far, answer, pass } = open();
    await answer(null, { status: 204, ...cursor('5') });
    expect(near.said).toEqual(['opened', 'cursor 5', 'pulse']);
    expect(far.requests.map((request) => request.url)).toEqual([url, `${url}?cursor=5`]);
    await answer(null, { status: 204, ...cursor('6') });
    await pass(249);
    expect(far.requests).toHaveLength(2);
    await pass(1);
    expect(far.last.url).toBe(`${url}?cursor=6`);
  });

  test('under the name that is wanted, beside the other parameters', () => {
    const { far } = open({ cursorParam: 'since', params: { room: 'r' } }, { cursor: '7' });
    expect(far.last.url).toBe(`${url}?room=r&since=7`);
  });

  test('from the body, parsed where it is JSON, and the response', async () => {
    const place = vi.fn((body: unknown, response: Response) =>
      typeof body === 'object' ? (body as { next: string }).next : (response.headers.get('x-next') ?? undefined),
    );
    const { near, far, answer } = open({ cursor: place });
    await answer('{"next":"9","items":[]}', cursor('not this one'));
    expect(far.last.url).toBe(`${url}?cursor=9`);
    await answer('no json', { headers: { 'x-next': '10' } });
    expect(place.mock.calls[1]?.[0]).toBe('no json');
    expect(far.last.url).toBe(`${url}?cursor=10`);
    await answer('nothing new');
    expect(far.last.url).toBe(`${url}?cursor=10`);
    expect(near.said).toContain('cursor 10');
  });

  test('a cursor function that throws ends the wire with its reason', async () => {
    const { near, answer, expectGone } = open({ cursor: (body) => (body as { next: { at: string } }).next.at });
    await answer('{}');
    expect(near.end).toMatchObject({ why: 'protocol', reason: 'the `cursor` function threw' });
    expect(near.end.cause).toBeInstanceOf(TypeError);
    expectGone();
  });

  test('asked for in one’s own way', async () => {
    const { far, answer } = open({
      headers: { Accept: 'a/b', 'X-Key': '1' },
      request: (at) => ({ url: `${url}/from/${at ?? 'start'}`, init: { headers: { accept: 'c/d' }, mode: 'cors' } }),
    });
    expect(far.last.url).toBe(`${url}/from/start`);
    expect(far.last.headers).toEqual({ accept: 'c/d', 'x-key': '1' });
    await answer('one', cursor('3'));
    expect(far.last.url).toBe(`${url}/from/3`);
  });

  test('a request function that throws ends the wire', () => {
    const { near, expectGone } = open({
      request() {
        throw new Error('no');
      },
    });
    expect(near.end).toMatchObject({ why: 'refused', reason: 'the `request` function threw' });
    expectGone();
  });

  test.each([
    ['resumed', 'resumed'],
    ['gap', 'gap'],
  ])('what the server says of it (%s) comes before the messages', async (header, said) => {
    const { near, answer } = open({}, { cursor: '7' });
    await answer('one', { headers: { 'roomtone-resume': header, 'roomtone-cursor': '8' } });
    expect(near.said).toEqual(['opened', said, 'cursor 8', 'frame one']);
  });
});

describe('ends', () => {
  test('a status before it was open: refused, with what the server asks for', async () => {
    const { near, answer, expectGone } = open();
    await answer('busy', { status: 503, headers: { 'retry-after': '7' } });
    expect(near.said).toEqual(['refused 503']);
    expect(near.end.retryAfterMs).toBe(7_000);
    expectGone();
  });

  test('a status after it was open: lost', async () => {
    const { near, answer, expectGone } = open();
    await answer('one');
    await answer('', { status: 500 });
    expect(near.said).toEqual(['opened', 'frame one', 'lost 500']);
    expectGone();
  });

  test('no answer, and an answer that breaks off', async () => {
    const none = open();
    none.far.last.fail();
    await turn();
    expect(none.near.said).toEqual(['refused']);
    expect(none.near.end.reason).toContain('does CORS allow it');
    const broken = open();
    await broken.answer('one');
    broken.far.last.open();
    broken.far.last.write('tw');
    broken.far.last.fail();
    await turn();
    expect(broken.near.said).toEqual(['opened', 'frame one', 'lost']);
    expect(broken.near.end.reason).toBe('the answer broke off');
    broken.expectGone();
  });

  test('a fetch that throws instead of rejecting', () => {
    const near = open({
      fetch() {
        throw new TypeError('no');
      },
    });
    expect(near.near.said).toEqual(['refused']);
    near.expectGone();
  });

  test('an answer over the bound: reading stops, and the wire ends', async () => {
    const { near, far } = open({}, { maxMessageBytes: 10 });
    far.last.open();
    far.last.write('12345678');
    await turn();
    expect(far.last.live).toBe(true);
    far.last.write('901');
    await turn();
    expect(far.last.live).toBe(false);
    expect(near.end).toMatchObject({ why: 'protocol', kind: 'too-large' });
    expect(near.end.verdict).toBeUndefined();
  });

  test('a relative address where there is no page', () => {
    const near = dial(longPoll('/notices', { fetch: createFakeFetch().fetch }), { host: createManualHost() });
    expect(near.end).toMatchObject({ verdict: 'failed', kind: 'config' });
  });
});

describe('letting go', () => {
  test('gives the held request up, at once and for good', async () => {
    const { near, far, answer, pass, expectGone } = open();
    await answer('one');
    near.wire.close();
    expectGone();
    expect(far.last.aborted).toBe(true);
    await answer('late');
    await pass(120_000);
    expect(near.said).toEqual(['opened', 'frame one']);
    expect(far.requests).toHaveLength(2);
  });

  test('in the gap, and before the first answer', async () => {
    const gap = open();
    await gap.answer('');
    gap.near.wire.close();
    gap.expectGone();
    const early = open();
    early.near.wire.close();
    early.expectGone();
    await early.pass(2_000);
    expect(early.near.said).toEqual([]);
  });

  test('while a token is awaited: no request is made', async () => {
    let give!: (token: string) => void;
    const { near, far, expectGone } = open({ auth: { getToken: () => new Promise((resolve) => (give = resolve)) } });
    near.wire.close();
    give('sesame');
    await turn();
    expect(far.requests).toHaveLength(0);
    expectGone();
  });

  test.each(['opened', 'gap', 'cursor', 'frame'])('inside `%s`: not a word more', async (moment) => {
    const { near, answer, expectGone } = open({}, { cursor: '7' });
    near.on(moment, (wire) => wire.close());
    await answer('one', { headers: { 'roomtone-resume': 'gap', 'roomtone-cursor': '8' } });
    expect(near.said.at(-1)).toMatch(moment);
    expectGone();
  });
});

describe('credentials', () => {
  test('headers are asked for before every request', async () => {
    let count = 0;
    const { far, answer } = open({ headers: () => Promise.resolve({ 'X-Count': String(++count) }) });
    await turn();
    await answer('one');
    expect(far.requests.map((request) => request.headers['x-count'])).toEqual(['1', '2']);
  });

  test('one’s own header wins over ours, in whatever case', () => {
    const { far } = open({ auth: { getToken: () => 'ours' }, headers: { Authorization: 'Basic own' } });
    expect(far.last.headers).toEqual({ authorization: 'Basic own' });
  });

  test('the token as query', () => {
    const { far } = open({ auth: { getToken: () => 'sesame', via: 'query' } }, { cursor: '1' });
    expect(far.last.url).toBe(`${url}?cursor=1&access_token=sesame`);
    expect(far.last.headers).toEqual({});
  });
});

describe('over real sockets', () => {
  test('letting go is seen by the server', async () => {
    let held!: (response: NodeJS.EventEmitter) => void;
    const holding = new Promise<NodeJS.EventEmitter>((resolve) => (held = resolve));
    const { host } = await serve((_, response) => held(response));
    const near = dial(longPoll(`http://${host}/`));
    const response = await holding;
    const gone = once(response, 'close');
    near.wire.close();
    await gone;
    expect(near.said).toEqual([]);
  });

  test('an answer without end is cut off at the bound', async () => {
    let written = 0;
    let seen!: () => void;
    const gone = new Promise<void>((resolve) => (seen = resolve));
    const { host } = await serve((_, response) => {
      const piece = Buffer.alloc(16_384, 'x');
      const more = (): void => {
        while (!response.destroyed && response.write(piece)) written += piece.length;
      };
      response.on('drain', more).on('close', seen);
      more();
    });
    const near = dial(longPoll(`http://${host}/`), { maxMessageBytes: 2 ** 20 });
    await near.until('protocol');
    await gone;
    expect(near.said).toEqual(['protocol']);
    expect(written).toBeLessThan(2 ** 20 + 2 ** 24);
  });

  test('an answer that breaks off half-way', async () => {
    const { host } = await serve((_, response, index) => {
      if (index === 0) return void response.end('one');
      response.writeHead(200, { 'content-length': '100' });
      response.write('tw', () => response.destroy());
    });
    const near = dial(longPoll(`http://${host}/`));
    await near.until('lost');
    expect(near.said).toEqual(['opened', 'frame one', 'lost']);
  });
});
