// The platform's EventSource as a transport, against a double that behaves as HTML §9.2 says.

import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Endpoint } from '../../src/transport/credentials.js';
import type { EventSourceOptions } from '../../src/transport/event-source-options.js';
import { eventSource } from '../../src/transport/event-source.js';
import type { Dial } from '../../src/transport/transport.js';
import { dial, turn } from '../support/dial.js';

afterEach(() => vi.unstubAllGlobals());

const url = 'https://example.com/news';
const sources: FakeEventSource[] = [];
afterEach(() => void sources.splice(0));

/** Connecting, open and closed when the test says so. */
class FakeEventSource extends EventTarget {
  readyState = 0;
  letGo = false;
  constructor(
    readonly url: string,
    readonly init: { withCredentials?: boolean } = {},
  ) {
    super();
    if (url.includes('not a url')) throw new SyntaxError('no');
    sources.push(this);
  }
  open(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event('open'));
  }
  say(data: string, { type = 'message', id = '' } = {}): void {
    this.dispatchEvent(new MessageEvent(type, { data, lastEventId: id }));
  }
  fail(readyState: 0 | 2): void {
    this.readyState = readyState;
    this.dispatchEvent(new Event('error'));
  }
  close(): void {
    this.letGo = true;
    this.readyState = 2;
  }
}

function open(options: EventSourceOptions = {}, parts: Partial<Dial> = {}, endpoint: Endpoint = url) {
  const transport = eventSource(endpoint, { implementation: 'native', EventSource: FakeEventSource, ...options });
  return { transport, near: dial(transport, parts), source: sources.at(-1)! };
}

describe('what it asks', () => {
  test('the address, with parameters and the place; cookies where they are wanted', () => {
    expect(open().source).toMatchObject({ url, init: { withCredentials: false } });
    const { source } = open({ params: { room: 'a' }, credentials: 'include' }, { cursor: 'č' });
    expect(source).toMatchObject({ url: `${url}?room=a&lastEventId=%C4%8D`, init: { withCredentials: true } });
    expect(open({ lastEventId: '5' }).source.url).toBe(`${url}?lastEventId=5`);
    expect(open({ lastEventId: '5' }, { cursor: '7' }).source.url).toBe(`${url}?lastEventId=7`);
  });

  test('the token, as query', () => {
    const { source, transport } = open({ auth: { getToken: () => 'sesame', via: 'query' } });
    expect(source.url).toBe(`${url}?access_token=sesame`);
    expect(transport.renewable).toBe(true);
  });

  test('the global one is looked up at each dial', () => {
    vi.stubGlobal('EventSource', FakeEventSource);
    open({ EventSource: undefined });
    expect(sources).toHaveLength(1);
  });

  test('it sends nothing, and says so', () => {
    const { transport, near } = open({ uplink: url });
    expect(transport.readOnly).toContain('native');
    expect(near.wire.send('x')).toBe(false);
  });
});

describe('what it cannot do', () => {
  test.each<[string, EventSourceOptions]>([
    ['a method', { method: 'POST' }],
    ['headers', { headers: { a: 'b' } }],
    ['a headers function', { headers: () => ({}) }],
    ['a body', { body: 'x' }],
    ['a token as header', { auth: { getToken: () => 'x' } }],
  ])('%s', (_what, options) => {
    const { near } = open(options);
    expect(near.end).toMatchObject({ why: 'refused', verdict: 'failed', kind: 'config' });
    expect(near.end.reason).toContain("implementation: 'fetch'");
    expect(sources).toHaveLength(0);
  });

  test('an address that is none', () => {
    expect(open({}, {}, 'not a url').near.end).toMatchObject({ verdict: 'failed', kind: 'config' });
  });

  test('nothing, where the platform has none', () => {
    vi.stubGlobal('EventSource', undefined);
    expect(open({ EventSource: undefined }).near.end).toMatchObject({ verdict: 'failed', kind: 'unsupported' });
  });

  test('GET is no other method', () => expect(open({ method: 'get' }).near.said).toEqual([]));
});

describe('what it hears', () => {
  test('messages and the listed types, with their ids', () => {
    const { near, source } = open({ events: ['tick', 'message'] });
    source.open();
    source.say('a');
    source.say('b', { type: 'tick', id: '1' });
    source.say('c', { type: 'other', id: '2' });
    expect(near.said).toEqual(['opened', 'frame a', 'frame b', 'cursor 1']);
  });

  test.each(['open', 'error'])('an event that is called `%s` is data', (type) => {
    for (const events of [[type], []]) {
      const { near, source } = open({ events });
      source.open();
      source.say('a', { type });
      source.say('', { type });
      expect(near.said).toEqual(['opened', ...(events.length > 0 ? ['frame a', 'frame '] : [])]);
    }
  });

  test('that the engine connects again by itself', () => {
    const { near, source } = open();
    source.fail(0);
    source.fail(0);
    source.open();
    source.say('a', { id: '1' });
    source.fail(0);
    source.open();
    expect(near.said).toEqual(['reopening', 'reopening', 'opened', 'frame a', 'cursor 1', 'reopening', 'opened']);
    expect(sources).toHaveLength(1);
  });

  test('that it gave up', () => {
    const { near, source } = open();
    source.open();
    source.fail(2);
    source.fail(2);
    expect(near.said).toEqual(['opened', 'refused']);
    expect(near.end).toMatchObject({ verdict: 'failed', reason: expect.stringContaining('gave up') as string });
  });
});

describe('letting go', () => {
  test.each(['opened', 'frame', 'reopening', 'refused'])('inside `%s`: not a word more', (moment) => {
    const { near, source } = open();
    near.on(moment, (wire) => wire.close());
    source.open();
    source.say('a', { id: '1' });
    source.fail(0);
    source.fail(2);
    expect(near.said.at(-1)).toMatch(moment);
    expect(source.readyState).toBe(2);
  });

  test('it is closed before its end is told', () => {
    const { near, source } = open();
    let letGo = false;
    near.on('refused', () => (letGo = source.letGo));
    source.fail(2);
    expect(letGo).toBe(true);
  });

  test('while the address is asked for: none is opened', async () => {
    const { near } = open({}, {}, () => turn().then(() => url));
    near.wire.close();
    await turn();
    await turn();
    expect(sources).toHaveLength(0);
    expect(near.said).toEqual([]);
  });
});
