// webSocket against a double: addresses, credentials, options, ends and letting go. What needs a network is in test/node.

import { Server, WebSocket as MockWebSocket } from 'mock-socket';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createFakeWebSocket } from '../../src/testing/fake-web-socket.js';
import {
  webSocket,
  type WebSocketConstructor,
  type WebSocketLike,
  type WebSocketOptions,
} from '../../src/transport/web-socket.js';
import { dial, turn } from '../support/dial.js';

afterEach(() => vi.unstubAllGlobals());

const url = 'wss://example.com/live';

function open(options: Partial<WebSocketOptions> = {}, endpoint: Parameters<typeof webSocket>[0] = url) {
  const far = createFakeWebSocket();
  const near = dial(webSocket(endpoint, { WebSocket: far.WebSocket, ...options }), { maxMessageBytes: 8 });
  return { far, near };
}

describe('where to', () => {
  test.each([
    ['wss://example.com/a?b=1', 'wss://example.com/a?b=1'],
    ['https://example.com/a', 'wss://example.com/a'],
    ['http://example.com:81/a', 'ws://example.com:81/a'],
    ['/live', 'wss://page.example/live'],
    ['live?x=1', 'wss://page.example/rooms/live?x=1'],
    ['//other.example/live', 'wss://other.example/live'],
  ])('%s becomes %s', (given, wanted) => {
    vi.stubGlobal('location', { href: 'https://page.example/rooms/7?secret=1#here' });
    expect(open({}, given).far.last.url).toBe(wanted);
  });

  test('a URL, and a function that gives one, are taken', () => {
    expect(open({}, new URL('http://example.com/u')).far.last.url).toBe('ws://example.com/u');
    expect(open({}, () => 'ws://example.com/f').far.last.url).toBe('ws://example.com/f');
  });

  test('a relative address where there is no page fails, and says why', () => {
    vi.stubGlobal('location', undefined);
    const { near, far } = open({}, '/live');
    expect(near.end).toMatchObject({ why: 'refused', verdict: 'failed', kind: 'config' });
    expect(near.end.reason).toContain('a relative url needs a page');
    expect(far.sockets).toHaveLength(0);
  });

  test.each([
    ['a bad url', 'ftp://example.com/?token=secret', []],
    ['a bad subprotocol', 'ws://example.com/?token=secret', ['not a token']],
    ['a subprotocol twice', 'ws://example.com/?token=secret', ['v1', 'v1']],
  ])('%s fails for good, and the query string is not told', (_, address, protocols) => {
    const { near } = open({ protocols }, address);
    expect(near.said).toEqual(['refused']);
    expect(near.end).toMatchObject({ verdict: 'failed', kind: 'config' });
    expect(JSON.stringify(near.end)).not.toContain('secret');
    expect(near.end.cause).toBeUndefined();
  });

  test('a secure page is told that it needs wss', () => {
    const WebSocket = class {
      constructor() {
        throw new DOMException('the address with its ?token=secret', 'SecurityError');
      }
    } as unknown as WebSocketConstructor;
    expect(open({ WebSocket }).near.end.reason).toBe('a secure page may open wss: only');
  });

  test('no WebSocket anywhere is unsupported; the global one is looked up at the dial', () => {
    vi.stubGlobal('WebSocket', undefined);
    const transport = webSocket(url);
    expect(dial(transport).end).toMatchObject({ verdict: 'failed', kind: 'unsupported' });
    const far = createFakeWebSocket();
    vi.stubGlobal('WebSocket', far.WebSocket);
    dial(transport);
    expect(far.last.url).toBe(url);
  });
});

describe('when', () => {
  test('the same tick, where nothing has to be waited for', () => {
    const { far } = open({ auth: { getToken: () => 'sesame' } }, () => url);
    expect(far.sockets).toHaveLength(1);
  });

  test('not at all, where it was closed while the address or the token was awaited', async () => {
    let give!: (url: string) => void;
    const { near, far } = open({}, () => new Promise((resolve) => (give = resolve)));
    near.wire.close();
    give(url);
    await turn();
    expect(far.sockets).toHaveLength(0);
    expect(near.said).toEqual([]);
  });

  test('an address function that throws is tried again later; NotAllowedError stops', async () => {
    const down = open({}, () => Promise.reject(new Error('down')));
    await turn();
    expect(down.near.end).toMatchObject({ why: 'refused', reason: expect.stringContaining('down') });
    expect(down.near.end.verdict).toBeUndefined();
    const stop = open({
      auth: {
        getToken() {
          throw new DOMException('no', 'NotAllowedError');
        },
      },
    });
    expect(stop.near.end).toMatchObject({ verdict: 'failed', kind: 'forbidden' });
  });

  test('options are read at each dial', () => {
    const far = createFakeWebSocket();
    let version = 1;
    const transport = webSocket(url, () => ({ WebSocket: far.WebSocket, params: { version } }));
    dial(transport);
    version = 2;
    dial(transport);
    expect(far.sockets.map((socket) => socket.url)).toEqual([`${url}?version=1`, `${url}?version=2`]);
  });
});

describe('as whom', () => {
  const getToken = vi.fn(() => 'sesame');

  test('the token travels as query, under the name that is wanted', () => {
    expect(open({ auth: { getToken } }).far.last.url).toBe(`${url}?access_token=sesame`);
    const { far } = open({ auth: { getToken, queryName: 'key' }, params: { room: 'a b', none: null } }, `${url}?x=1`);
    expect(far.last.url).toBe(`${url}?x=1&room=a+b&key=sesame`);
  });

  test('or as the last subprotocol', () => {
    const { far } = open({ protocols: 'v1', auth: { getToken, via: 'subprotocol' } });
    expect(far.last.protocols).toEqual(['v1', 'sesame']);
    expect(far.last.url).toBe(url);
  });

  test('null connects without', () => {
    const { far } = open({ protocols: ['v1'], auth: { getToken: () => null, via: 'subprotocol' } });
    expect(far.last).toMatchObject({ url, protocols: ['v1'] });
  });

  test('a header cannot be set, and that is said', () => {
    const { near, far } = open({ auth: { getToken, via: 'header' } });
    expect(near.end).toMatchObject({ verdict: 'failed', kind: 'config' });
    expect(near.end.reason).toContain('browsers cannot set headers');
    expect(far.sockets).toHaveLength(0);
  });

  test('the token function hears why it is asked', () => {
    getToken.mockClear();
    dial(webSocket(url, { WebSocket: createFakeWebSocket().WebSocket, auth: { getToken } }), {
      credentials: 'expired',
    });
    expect(getToken).toHaveBeenCalledWith('expired');
  });

  test('there is somebody to ask again where url or auth is a function', () => {
    expect(webSocket(url).renewable).toBe(false);
    expect(webSocket(() => url).renewable).toBe(true);
    expect(webSocket(url, { auth: { getToken } }).renewable).toBe(true);
  });
});

describe('frames', () => {
  test('text and bytes arrive in order; bytes as Uint8Array', () => {
    const { near, far } = open();
    far.last.accept();
    far.last.message('one');
    far.last.message(Uint8Array.of(1, 2));
    far.last.message('');
    expect(near.said).toEqual(['opened', 'frame one', 'frame [1,2]', 'frame ']);
  });

  test('blobs where they are asked for', () => {
    const { near, far } = open({ binaryType: 'blob' });
    far.last.accept();
    far.last.message(Uint8Array.of(1, 2));
    expect((near.frames[0] as Blob).size).toBe(2);
  });

  test.each([
    ['text', '123456789'],
    ['bytes', new Uint8Array(9)],
  ])('%s over the bound is reported and dropped, and the wire goes on', (_, frame) => {
    const { near, far } = open();
    far.last.accept();
    far.last.message(frame);
    far.last.message('12345678');
    expect(near.said).toEqual(['opened', 'fault too-large', 'frame 12345678']);
    expect(near.faults[0]?.message).toBe('A frame of 9 bytes is over maxMessageBytes (8).');
  });

  test('a blob over the bound is dropped too', () => {
    const { near, far } = open({ binaryType: 'blob' });
    far.last.accept();
    far.last.message(new Uint8Array(9));
    expect(near.said).toEqual(['opened', 'fault too-large']);
  });

  test('send says no before it is open and after it has ended', () => {
    const { near, far } = open();
    expect(near.wire.send('early')).toBe(false);
    far.last.accept();
    expect(near.wire.send('now')).toBe(true);
    expect(near.wire.send(Uint8Array.of(7))).toBe(true);
    far.last.drop();
    expect(near.wire.send('late')).toBe(false);
    expect(far.last.sent).toEqual(['now', Uint8Array.of(7)]);
  });

  test('bufferedAmount is the socket’s, and 0 where it has none', () => {
    const { near, far } = open();
    expect(near.wire.bufferedAmount).toBe(0);
    far.last.hold(512);
    expect(near.wire.bufferedAmount).toBe(512);
  });
});

describe('ends', () => {
  test('before open it was refused, in words', () => {
    const { near, far } = open();
    far.last.drop();
    expect(near.said).toEqual(['refused 1006']);
    expect(near.end.reason).toBe('no handshake; is the server up, the path right, and does a proxy pass upgrades?');
  });

  test('after open it was lost, with code and reason', () => {
    const { near, far } = open();
    far.last.accept();
    far.last.drop(1012, 'restart');
    expect(near.end).toEqual({ why: 'lost', code: 1012, reason: 'restart' });
  });

  test('whatever a rude implementation says afterwards is not heard', () => {
    const sockets: WebSocketLike[] = [];
    const rude = function () {
      const socket = { binaryType: '', readyState: 1, send() {}, close() {} };
      sockets.push(socket as never);
      return socket;
    } as unknown as WebSocketConstructor;
    const { near } = open({ WebSocket: rude });
    const [socket] = sockets;
    const { onopen, onmessage, onclose } = socket!;
    onopen?.({} as never);
    onclose?.({ code: 1001, reason: '' } as never);
    onopen?.({} as never);
    onmessage?.({ data: 'still here' } as never);
    onclose?.({ code: 1006, reason: '' } as never);
    expect(near.said).toEqual(['opened', 'lost 1001']);
  });
});

describe('letting go', () => {
  test('leaves nothing on the socket that would hold on to us', () => {
    const socket = { binaryType: '', readyState: 1, send() {}, close() {} } as unknown as WebSocketLike;
    const WebSocket = function () {
      return socket;
    } as unknown as WebSocketConstructor;
    const { near } = open({ WebSocket });
    socket.onopen?.({} as never);
    near.wire.close();
    expect([socket.onopen, socket.onmessage, socket.onclose]).toEqual([null, null, null]);
  });

  test('of an open one: at once, and nothing more is heard', async () => {
    const { near, far } = open();
    far.last.accept();
    near.wire.close(4000, 'bye');
    far.last.message('late');
    await turn();
    expect(far.last.closedWith).toEqual({ code: 4000, reason: 'bye' });
    expect(near.said).toEqual(['opened']);
  });

  test('of a connecting one: it is closed when it opens, for the browser would log an error', async () => {
    const { near, far } = open();
    near.wire.close(1000, 'bye');
    await turn();
    expect(far.last.closedWith).toBeNull();
    far.last.accept();
    expect(far.last.closedWith).toEqual({ code: 1000, reason: 'bye' });
    expect(near.said).toEqual([]);
  });

  test('of a connecting one that fails: silence', () => {
    const { near, far } = open();
    near.wire.close();
    far.last.drop();
    expect(near.said).toEqual([]);
    expect(far.last.closedWith).toBeNull();
  });

  test('inside opened, and inside a frame', () => {
    const first = open();
    first.near.on('opened', (wire) => wire.close());
    first.far.last.accept();
    first.far.last.message('late');
    expect(first.near.said).toEqual(['opened']);
    const second = open();
    second.near.on('frame', (wire) => wire.close());
    second.far.last.accept();
    second.far.last.message('one');
    second.far.last.message('two');
    expect(second.near.said).toEqual(['opened', 'frame one']);
  });

  test('of a dead link: nobody waits for an answer', async () => {
    const { near, far } = open();
    far.last.accept();
    far.last.hang();
    near.wire.close();
    await turn();
    expect(far.last.readyState).toBe(2);
    expect(near.said).toEqual(['opened']);
  });

  test.each([
    [undefined, 1000],
    [1000, 1000],
    [1001, 1000],
    [1006, 1000],
    [2999, 1000],
    [3000, 3000],
    [4408, 4408],
    [5000, 1000],
    [0, 1000],
  ])('code %s is sent as %s', (given, sent) => {
    const { near, far } = open();
    far.last.accept();
    near.wire.close(given);
    expect(far.last.closedWith?.code).toBe(sent);
  });

  test('a reason is cut to 123 bytes, between characters', () => {
    const { near, far } = open();
    far.last.accept();
    near.wire.close(1000, 'ž'.repeat(100));
    expect(far.last.closedWith?.reason).toBe('ž'.repeat(61));
  });

  test('twice is once', () => {
    const { near, far } = open();
    far.last.accept();
    near.wire.close(4000);
    near.wire.close(4001);
    expect(far.last.closedWith?.code).toBe(4000);
  });
});

test('mock-socket, which knows no bufferedAmount, will do', async () => {
  const server = new Server('ws://mock.example/live');
  server.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
  const near = dial(webSocket('ws://mock.example/live', { WebSocket: MockWebSocket }));
  await near.until('opened');
  expect(near.wire.bufferedAmount).toBe(0);
  near.wire.send('hello');
  await near.until('frame');
  server.close({ code: 1012, reason: 'restart', wasClean: true });
  await near.until('lost');
  expect(near.said).toEqual(['opened', 'frame hello', 'lost 1012']);
  server.stop();
});
