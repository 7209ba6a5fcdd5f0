// Parameters beside those that an address already has: only the named ones are touched. And how a token travels.

import { describe, expect, test, vi } from 'vitest';
import { createFakeFetch } from '../../src/testing/fake-fetch.js';
import { createFakeWebSocket } from '../../src/testing/fake-web-socket.js';
import { type Auth, withParams } from '../../src/transport/credentials.js';
import { eventSource } from '../../src/transport/event-source.js';
import { longPoll } from '../../src/transport/long-poll.js';
import { poll } from '../../src/transport/poll.js';
import { webSocket } from '../../src/transport/web-socket.js';
import { dial } from '../support/dial.js';

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

describe('how a token travels, by transport', () => {
  const address = 'https://example.com/live';
  const secret = 'SECRET-of-ada';
  const made = (via: Auth['via'], own: Partial<Auth> = {}) => {
    const auth: Auth = { getToken: () => secret, via, ...own };
    const { WebSocket, sockets } = createFakeWebSocket();
    const web = createFakeFetch();
    return { auth, WebSocket, sockets, web };
  };

  test('message: the first frame of a WebSocket, before it is open for anybody', () => {
    const { auth, WebSocket, sockets } = made('message');
    const near = dial(webSocket(address, { auth, WebSocket }));
    near.on('opened', (wire) => void wire.send('later'));
    expect(sockets[0]).toMatchObject({ url: 'wss://example.com/live', protocols: [], sent: [] });
    sockets[0]?.accept();
    expect(sockets[0]?.sent).toEqual([`{"type":"auth","token":"${secret}"}`, 'later']);
    near.wire.close();
  });

  test('message: as the app writes it; null says nothing; what cannot be written is a mistake', () => {
    const own = made('message', { message: (token) => `LOGIN ${token}` });
    dial(webSocket(address, own));
    own.sockets[0]?.accept();
    expect(own.sockets[0]?.sent).toEqual([`LOGIN ${secret}`]);

    const none = made('message', { getToken: () => null });
    const near = dial(webSocket(address, none));
    none.sockets[0]?.accept();
    expect([none.sockets[0]?.sent, near.said]).toEqual([[], ['opened']]);

    const wrong = made('message', {
      message: (token) => {
        throw new TypeError(`cannot write ${token}`);
      },
    });
    const { end } = dial(webSocket(address, wrong));
    expect(end).toMatchObject({ verdict: 'failed', kind: 'config', reason: '`auth.message` threw' });
    expect(String(end.cause)).toBe('TypeError: cannot write …');
    expect(wrong.sockets).toHaveLength(0);
  });

  test('cookie: asked before each attempt, attached to nothing, and the request carries cookies', async () => {
    const asked: string[] = [];
    const getToken = (reason: string): string => (asked.push(reason), secret);
    const { auth, WebSocket, sockets, web } = made('cookie', { getToken });
    const inits: (RequestInit | undefined)[] = [];
    const fetch: typeof globalThis.fetch = (input, init) => (inits.push(init), web.fetch(input as string, init));
    dial(webSocket(address, { auth, WebSocket }));
    dial(eventSource(address, { auth, fetch }));
    dial(longPoll(address, { auth, fetch, credentials: 'omit' }), { credentials: 'refresh' });
    expect(asked).toEqual(['connect', 'connect', 'refresh']);
    expect(sockets.map(({ url, protocols }) => [url, protocols])).toEqual([['wss://example.com/live', []]]);
    expect(inits.map((init) => init?.credentials)).toEqual(['include', 'omit']);
    expect(JSON.stringify([inits, web.requests])).not.toContain('SECRET');
  });

  test.each([
    ['sse', (auth: Auth, fetch: typeof globalThis.fetch) => eventSource(address, { auth, fetch })],
    ['long-poll', (auth: Auth, fetch: typeof globalThis.fetch) => longPoll(address, { auth, fetch })],
    ['poll', (auth: Auth, fetch: typeof globalThis.fetch) => poll(address, { auth, fetch })],
    [
      'native',
      (auth: Auth) => eventSource(address, { auth, implementation: 'native', EventSource: class {} as never }),
    ],
  ])('message over %s: a mistake that says what is possible, and nobody is asked', (_, make) => {
    const getToken = vi.fn(() => secret);
    const { auth, web } = made('message', { getToken });
    const { end } = dial(make(auth, web.fetch));
    expect(end).toMatchObject({ why: 'refused', verdict: 'failed', kind: 'config' });
    expect(end.reason).toMatch(/^auth\.via 'message' is not for .*; use .*'query' or 'cookie'$/);
    expect([getToken.mock.calls, web.requests]).toEqual([[], []]);
  });

  test('where the dialler has credentials they are carried; a way that is not there is left to another transport', () => {
    const { auth, WebSocket, sockets, web } = made('header');
    expect(dial(webSocket(address, { WebSocket }), { auth }).end).toMatchObject({ kind: 'unsupported' });
    dial(eventSource(address, { fetch: web.fetch }), { auth });
    expect(web.last.headers['authorization']).toBe(`Bearer ${secret}`);
    const said = dial(webSocket(address, { WebSocket }), { auth: 'said' });
    expect([said.said, sockets[0]?.url]).toEqual([[], 'wss://example.com/live']);
  });

  test.each(['said', { getToken: () => secret }] as const)('credentials of both are a conflict', (given) => {
    const { auth, WebSocket, sockets } = made('query');
    const { end } = dial(webSocket(address, { auth, WebSocket }), { auth: given });
    expect(end).toMatchObject({ verdict: 'failed', kind: 'config' });
    expect(end.reason).toContain('both the client and its transport have `auth`');
    expect(sockets).toHaveLength(0);
  });
});
