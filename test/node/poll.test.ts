// poll: never two requests at once, none while hidden, none afterwards. On a manual clock; ETags over a real server too.

import { describe, expect, test } from 'vitest';
import { createFakeFetch } from '../../src/testing/fake-fetch.js';
import { createManualHost } from '../../src/testing/manual-host.js';
import { poll, type PollOptions } from '../../src/transport/poll.js';
import type { Dial } from '../../src/transport/transport.js';
import { dial, turn } from '../support/dial.js';
import { serve } from './fixtures/serve.js';

const url = 'http://example.com/weather';

function open(options: PollOptions | (() => PollOptions) = {}, parts: Partial<Dial> = {}) {
  const host = createManualHost();
  const far = createFakeFetch();
  const current = typeof options === 'function' ? options : () => options;
  const near = dial(
    poll(url, () => ({ fetch: far.fetch, ...current() })),
    { host, ...parts },
  );
  return {
    ...{ host, far, near },
    async answer(...words: Parameters<typeof far.last.answer>) {
      far.last.answer(...words);
      await turn();
    },
    async pass(ms: number) {
      host.clock.advance(ms);
      await turn();
    },
    expectGone() {
      expect({ live: far.live, timers: host.clock.pending, watchers: host.watchers }).toEqual({
        live: 0,
        timers: 0,
        watchers: 0,
      });
    },
  };
}

describe('the rhythm', () => {
  test('asks at once, and again 5 s after each answer', async () => {
    const { near, far, answer, pass } = open();
    expect(far.requests).toHaveLength(1);
    await pass(3_000);
    await answer('one');
    expect(near.said).toEqual(['opened', 'frame one']);
    await pass(4_999);
    expect(far.requests).toHaveLength(1);
    await pass(1);
    expect(far.requests).toHaveLength(2);
  });

  test('answers slower than the interval: never two in flight', async () => {
    const { far, answer, pass } = open({ intervalMs: 1_000 });
    for (let round = 1; round <= 10; round++) {
      for (let wait = 0; wait < 5; wait++) {
        await pass(1_000);
        expect(far.live).toBe(1);
        expect(far.requests).toHaveLength(round);
      }
      await answer('slow');
      await pass(1_000);
    }
  });

  test('the interval is read late', async () => {
    let intervalMs = 1_000;
    const { far, answer, pass } = open(() => ({ intervalMs }));
    intervalMs = 60_000;
    await answer('one');
    await pass(59_999);
    expect(far.requests).toHaveLength(1);
    await pass(1);
    expect(far.requests).toHaveLength(2);
  });

  test('being held does not make it open', async () => {
    const { near, pass } = open();
    await pass(10_000);
    expect(near.said).toEqual([]);
  });

  test('a request without an answer ends the wire', async () => {
    const { near, answer, pass, expectGone } = open();
    await answer('one');
    await pass(5_000 + 30_000);
    expect(near.said).toEqual(['opened', 'frame one', 'timeout']);
    expect(near.end.reason).toBe('no answer within 30000 ms');
    expectGone();
  });
});

test('a page in place of an answer ends it for good', async () => {
  const { near, answer, expectGone } = open();
  await answer('<!doctype html><title>my app</title>', { headers: { 'content-type': 'text/html' } });
  expect(near.end).toMatchObject({ why: 'protocol', verdict: 'failed' });
  expectGone();
});

describe('while the page is hidden', () => {
  test('no request is made, and one at once when it is shown', async () => {
    const { near, far, host, answer, pass } = open();
    await answer('one');
    host.setFocus('hidden');
    await pass(3_600_000);
    expect(far.requests).toHaveLength(1);
    host.setFocus('visible');
    expect(far.requests).toHaveLength(2);
    await answer('two');
    await pass(4_999);
    expect(far.requests).toHaveLength(2);
    await pass(1);
    expect(far.requests).toHaveLength(3);
    expect(near.said).toEqual(['opened', 'frame one', 'frame two']);
  });

  test('frozen counts as hidden', async () => {
    const { far, host, answer, pass } = open();
    await answer('one');
    host.setFocus('suspended');
    await pass(60_000);
    expect(far.requests).toHaveLength(1);
  });

  test('a request on its way is not doubled by showing the page', async () => {
    const { far, host, pass, answer } = open();
    host.setFocus('hidden');
    host.setFocus('visible');
    expect(far.requests).toHaveLength(1);
    host.setFocus('hidden');
    await answer('one');
    await pass(60_000);
    expect(far.requests).toHaveLength(1);
  });

  test('shown before the interval is over: once at once, then in the usual rhythm', async () => {
    const { far, host, answer, pass } = open();
    await answer('one');
    await pass(1_000);
    host.setFocus('hidden');
    host.setFocus('visible');
    await answer('two');
    await pass(4_999);
    expect(far.requests).toHaveLength(2);
    await pass(1);
    expect(far.requests).toHaveLength(3);
  });

  test('a page that was opened in the background still gets its first answer', async () => {
    const host = createManualHost();
    host.setFocus('hidden');
    const far = createFakeFetch();
    const near = dial(poll(url, { fetch: far.fetch }), { host });
    far.last.answer('one');
    await turn();
    host.clock.advance(60_000);
    expect(near.said).toEqual(['opened', 'frame one']);
    expect(far.requests).toHaveLength(1);
    near.wire.close();
  });

  test('unless it is told not to care', async () => {
    const { far, host, answer, pass } = open({ pauseWhenHidden: false });
    await answer('one');
    host.setFocus('hidden');
    await pass(5_000);
    expect(far.requests).toHaveLength(2);
    await answer('two');
    host.setFocus('visible');
    expect(far.requests).toHaveLength(2);
  });
});

describe('ETags', () => {
  test('the last one is sent; 304 is a sign of life and no message', async () => {
    const { near, far, answer, pass } = open();
    expect(far.last.headers['if-none-match']).toBeUndefined();
    await answer('one', { headers: { etag: '"a"' } });
    await pass(5_000);
    expect(far.last.headers['if-none-match']).toBe('"a"');
    await answer(null, { status: 304 });
    await pass(5_000);
    expect(far.last.headers['if-none-match']).toBe('"a"');
    await answer('two');
    await pass(5_000);
    expect(far.last.headers['if-none-match']).toBeUndefined();
    expect(near.said).toEqual(['opened', 'frame one', 'pulse', 'frame two']);
  });

  test('over a real server', async () => {
    const { host, requests } = await serve((request, response, index) => {
      const etag = index < 3 ? '"a"' : '"b"';
      if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag }).end();
      else response.writeHead(200, { etag }).end(index < 3 ? 'sunny' : 'rain');
    });
    const near = dial(poll(`http://${host}/`, { intervalMs: 1 }));
    await near.until('frame rain');
    near.wire.close();
    expect(near.said).toEqual(['opened', 'frame sunny', 'pulse', 'pulse', 'frame rain']);
    expect(requests.slice(0, 4).map((request) => request.headers['if-none-match'])).toEqual([
      undefined,
      '"a"',
      '"a"',
      '"a"',
    ]);
  });
});

describe('the place', () => {
  test('goes along, as with long poll', async () => {
    const { near, far, answer, pass } = open({}, { cursor: '7' });
    expect(far.last.url).toBe(`${url}?cursor=7`);
    await answer('one', { headers: { 'roomtone-cursor': '8' } });
    await pass(5_000);
    expect(far.last.url).toBe(`${url}?cursor=8`);
    expect(near.said).toEqual(['opened', 'cursor 8', 'frame one']);
  });
});

describe('ends', () => {
  test.each([500, 502, 503])('%i ends the wire; nobody asks again by itself', async (status) => {
    const { near, far, answer, pass, expectGone } = open();
    await answer('one');
    await pass(5_000);
    await answer('', { status });
    expect(near.said).toEqual(['opened', 'frame one', `lost ${status}`]);
    expectGone();
    await pass(60_000);
    expect(far.requests).toHaveLength(2);
  });

  test('a first answer that is a refusal', async () => {
    const { near, answer, expectGone } = open();
    await answer('', { status: 404 });
    expect(near.said).toEqual(['refused 404']);
    expectGone();
  });
});

describe('letting go', () => {
  test('gives the request up', async () => {
    const { near, far, expectGone } = open();
    near.wire.close();
    expect(far.last.aborted).toBe(true);
    expectGone();
    await turn();
    expect(near.said).toEqual([]);
  });

  test('between two requests, and while hidden', async () => {
    const { near, far, host, answer, pass, expectGone } = open();
    await answer('one');
    host.setFocus('hidden');
    near.wire.close();
    expectGone();
    host.setFocus('visible');
    await pass(60_000);
    expect(far.requests).toHaveLength(1);
  });

  test.each(['opened', 'frame'])('inside `%s`', async (moment) => {
    const { near, answer, expectGone } = open();
    near.on(moment, (wire) => wire.close());
    await answer('one');
    expect(near.said.at(-1)).toMatch(moment);
    expectGone();
  });
});
