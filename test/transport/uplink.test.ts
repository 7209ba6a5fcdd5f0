// The send half of one-way transports: one post at a time, who is at fault, what is tried again, what it looks like on the way.

import { describe, expect, test } from 'vitest';
import { createFakeFetch } from '../../src/testing/fake-fetch.js';
import { createManualHost } from '../../src/testing/manual-host.js';
import { eventSource } from '../../src/transport/event-source.js';
import { longPoll, type LongPollOptions } from '../../src/transport/long-poll.js';
import { poll } from '../../src/transport/poll.js';
import type { Dial, Transport } from '../../src/transport/transport.js';
import { dial, turn } from '../support/dial.js';

const url = 'https://example.com/live';
const uplink = 'https://example.com/send';

/** An open wire; `far` hears its posts only. */
async function open(
  options: Partial<LongPollOptions> = {},
  make: typeof longPoll | typeof eventSource = longPoll,
  parts: Partial<Dial> = {},
) {
  const down = createFakeFetch();
  const far = createFakeFetch();
  const host = createManualHost();
  const fetch: typeof globalThis.fetch = (input, init) =>
    (init?.method === 'POST' ? far : down).fetch(input as string, init);
  const transport: Transport = make(url, { uplink, fetch, ...options });
  const near = dial(transport, { host, ...parts });
  down.last.open({ headers: { 'content-type': 'text/event-stream' } });
  if (make === longPoll) down.last.end();
  await turn();
  return { near, far, down, host };
}

describe.each([
  ['longPoll', longPoll],
  ['eventSource', eventSource],
] as const)('under %s', (_, make) => {
  test('one post at a time; then there is room again', async () => {
    const { near, far } = await open({}, make);
    expect(near.wire.send('1')).toBe(true);
    expect(near.wire.send('2')).toBe(false);
    expect(far.last).toMatchObject({ url: uplink, method: 'POST', body: '1' });
    expect(near.said).not.toContain('writable');
    far.last.answer(null, { status: 204 });
    await turn();
    expect(near.said.at(-1)).toBe('writable');
    expect(near.wire.send('2')).toBe(true);
    expect(far.requests).toHaveLength(2);
    near.wire.close();
  });

  test.each([400, 409, 413, 415, 422])('%i: the message is at fault, and the wire goes on', async (status) => {
    const { near, far } = await open({}, make);
    near.wire.send('nonsense');
    far.last.answer('no', { status });
    await turn();
    expect(near.said.slice(-2)).toEqual(['fault refused', 'writable']);
    expect(near.faults[0]).toMatchObject({ code: status, message: expect.stringContaining(String(status)) });
    expect(near.wire.send('sense')).toBe(true);
    near.wire.close();
  });

  test.each([401, 403, 404])('%i: the link is at fault', async (status) => {
    const { near, far, down, host } = await open({}, make);
    near.wire.send('hello');
    far.last.answer('', { status, headers: { 'retry-after': '3' } });
    await turn();
    expect(near.said.slice(-2)).toEqual(['fault lost', `lost ${status}`]);
    expect(near.end).toMatchObject({ retryAfterMs: 3_000, reason: expect.stringContaining('posting a message') });
    expect(near.wire.send('more')).toBe(false);
    expect([far.live, down.live, host.clock.pending]).toEqual([0, 0, 0]);
  });

  test.each([408, 425, 429, 500, 503])('%i: posted again when the server wants it, and we hear on', async (status) => {
    const { near, far, down, host } = await open({}, make);
    near.wire.send('hello');
    far.last.answer('', { status, headers: { 'retry-after': '3' } });
    await turn();
    expect(near.wire.send('next')).toBe(false); // the order stays
    host.clock.advance(2_999);
    expect(far.requests).toHaveLength(1);
    expect(down.live).toBe(1);
    host.clock.advance(1_001);
    expect(far.requests.map(({ body }) => body)).toEqual(['hello', 'hello']);
    far.last.answer(null, { status: 204 });
    await turn();
    expect(near.said.at(-1)).toBe('writable');
    expect(near.faults).toEqual([]);
    near.wire.close();
  });

  test('no answer: posted again after a while that grows; after three tries it is given up, and said', async () => {
    const { near, far, down, host } = await open({}, make);
    near.wire.send('hello');
    for (const [least, most] of [
      [500, 1_000],
      [1_000, 2_000],
    ] as const) {
      const { length } = far.requests;
      far.last.fail();
      await turn();
      host.clock.advance(least - 1);
      expect(far.requests).toHaveLength(length);
      host.clock.advance(most - least + 1);
      expect(far.requests).toHaveLength(length + 1);
    }
    expect(near.said).not.toContain('fault lost');
    far.last.fail();
    await turn();
    expect(near.said.slice(-2)).toEqual(['fault lost', 'writable']);
    expect(near.faults[0]?.message).toContain('3 tries');
    expect([far.requests.length, down.live]).toEqual([3, 1]);
    expect(near.wire.send('next')).toBe(true);
    far.last.fail(); // and has tries of its own
    await turn();
    host.clock.advance(1_000);
    expect(far.requests).toHaveLength(5);
    near.wire.close();
  });

  test('let go before it is posted again: it is not', async () => {
    const { near, far, host } = await open({}, make);
    near.wire.send('hello');
    far.last.fail();
    await turn();
    near.wire.close();
    expect(host.clock.pending).toBe(0);
    host.clock.advance(60_000);
    expect(far.requests).toHaveLength(1);
    expect(near.faults).toEqual([]);
  });

  test('a wire that ends with a message on its way says that this may be lost', async () => {
    const { near, down, host } = await open({}, make);
    near.wire.send('hello');
    host.clock.advance(250); // the next poll
    down.last.fail();
    await turn();
    expect(near.said.slice(-2)).toEqual(['fault lost', 'lost']);
  });

  test('who lets go inside that fault hears nothing more', async () => {
    const { near, down, host } = await open({}, make);
    near.on('fault', (wire) => wire.close());
    near.wire.send('hello');
    host.clock.advance(250); // the next poll
    down.last.fail();
    await turn();
    expect(near.said.at(-1)).toBe('fault lost');
  });

  test.each([503, 429, undefined])(
    'where the wire has a session, %s ends it: what follows must not overtake',
    async (status) => {
      const { near, far, down, host } = await open({}, make, { session: 'abc' });
      near.wire.send('hello');
      if (status === undefined) far.last.fail();
      else far.last.answer('', { status });
      await turn();
      expect(near.said.at(-1)).toBe(status === undefined ? 'lost' : `lost ${status}`);
      expect(near.faults).toEqual([]); // it is said again there, on the next wire
      expect([far.live, down.live, host.clock.pending]).toEqual([0, 0, 0]);
    },
  );

  test('where the wire has a session, a post that nobody answers ends it, however well the other half is', async () => {
    const { near, far, down, host } = await open({}, make, { session: 'abc' });
    near.wire.send('answered');
    far.last.answer(null, { status: 202 });
    await turn();
    host.clock.advance(9_000); // its limit is not the next one's
    const text = 'x'.repeat(1_000);
    near.wire.send(text);
    const posted = far.last;
    host.clock.advance(10_999);
    expect([near.said.at(-1), posted.aborted]).not.toContain('lost');
    expect(posted.aborted).toBe(false);
    host.clock.advance(1);
    await turn();
    expect(near.end).toMatchObject({ why: 'lost', reason: expect.stringContaining('no answer within 11000 ms') });
    expect([posted.aborted, far.live, down.live, host.clock.pending]).toEqual([true, 0, 0, 0]);
  });

  test('letting go gives the post up, says nothing, and posts nothing more', async () => {
    const { near, far, down } = await open({}, make);
    near.wire.send('hello');
    near.wire.close();
    expect([far.last.aborted, far.live, down.live]).toEqual([true, 0, 0]);
    const { length } = near.said;
    await turn();
    expect(near.wire.send('late')).toBe(false);
    expect(near.said).toHaveLength(length);
    expect(far.requests).toHaveLength(1);
  });

  test('a wire that was let go posts nothing', async () => {
    const { near, far } = await open({}, make);
    near.wire.close();
    expect(near.wire.send('late')).toBe(false);
    expect(far.requests).toHaveLength(0);
  });
});

describe('on the way', () => {
  test('text as JSON, bytes as bytes, unless one says otherwise', async () => {
    const { near, far } = await open();
    near.wire.send('{"a":1}');
    expect(far.last.headers['content-type']).toBe('application/json');
    far.last.answer();
    await turn();
    near.wire.send(Uint8Array.of(1));
    expect(far.last).toMatchObject({ body: Uint8Array.of(1), headers: { 'content-type': 'application/octet-stream' } });
    const own = await open({ headers: { 'Content-Type': 'text/plain' } });
    own.near.wire.send('plain');
    expect(own.far.last.headers['content-type']).toBe('text/plain');
  });

  test('with the credentials and headers of the wire, asked for at each post, and without its parameters', async () => {
    let count = 0;
    const { near, far } = await open({
      auth: { getToken: () => `t${++count}` },
      headers: () => ({ 'x-app': 'mine' }),
      params: { room: 'r' },
    });
    const before = count;
    near.wire.send('1');
    expect(far.last).toMatchObject({
      url: uplink,
      headers: { authorization: `Bearer t${before + 1}`, 'x-app': 'mine' },
    });
  });

  test('a function says where to', async () => {
    const { near, far } = await open({ uplink: () => Promise.resolve(`${uplink}/2`) });
    near.wire.send('1');
    await turn();
    expect(far.last.url).toBe(`${uplink}/2`);
  });
});

describe('nowhere', () => {
  test.each([longPoll(url), poll(url), eventSource(url)])('without one, $name says why it cannot send', (transport) => {
    expect(transport.readOnly).toContain('`uplink`');
    const near = dial(transport, { host: createManualHost() });
    expect(near.wire.send('1')).toBe(false);
    near.wire.close();
  });

  test('with one, it can', () => {
    expect(longPoll(url, { uplink }).readOnly).toBeUndefined();
    expect(poll(url, { uplink }).readOnly).toBeUndefined();
    expect(eventSource(url, { uplink }).readOnly).toBeUndefined();
  });
});
