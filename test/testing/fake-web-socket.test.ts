// The WebSocket double has the standard's manners.

import { describe, expect, test, vi } from 'vitest';
import { createFakeWebSocket } from '../../src/testing/fake-web-socket.js';
import type { WebSocketLike } from '../../src/transport/web-socket.js';
import { turn } from '../support/dial.js';

function connect(onSocket?: Parameters<typeof createFakeWebSocket>[0]) {
  const far = createFakeWebSocket(onSocket);
  const near = new far.WebSocket('ws://example.com/');
  const heard: unknown[] = [];
  near.onopen = () => heard.push('open');
  near.onmessage = ({ data }: { data: unknown }) => heard.push(data);
  near.onerror = () => heard.push('error');
  near.onclose = ({ code, reason, wasClean }: { code: number; reason: string; wasClean: boolean }) =>
    heard.push(`close ${code} ${reason} ${wasClean}`);
  return { far, near, heard };
}

const named = (name: string): unknown => expect.objectContaining({ name });

test('a whole life', async () => {
  const { far, near, heard } = connect();
  expect(near.readyState).toBe(0);
  expect(far.live).toBe(1);
  far.last.accept();
  expect(near.readyState).toBe(1);
  far.last.message('hello');
  near.send('hi');
  near.close(4000, 'bye');
  expect(near.readyState).toBe(2);
  await turn();
  expect(near.readyState).toBe(3);
  expect(heard).toEqual(['open', 'hello', 'close 4000 bye true']);
  expect(far.last).toMatchObject({ sent: ['hi'], closedWith: { code: 4000, reason: 'bye' } });
  expect(far.live).toBe(0);
});

test('a link that breaks, and one that is ended by the far end', () => {
  const broken = connect();
  broken.far.last.accept();
  broken.far.last.drop();
  expect(broken.heard).toEqual(['open', 'error', 'close 1006  false']);
  const ended = connect();
  ended.far.last.accept();
  ended.far.last.drop(1012, 'restart');
  ended.far.last.drop();
  ended.far.last.message('late');
  expect(ended.heard).toEqual(['open', 'close 1012 restart true']);
});

test('closing before it opened is a failure, as in browsers', async () => {
  const { near, heard } = connect();
  near.close();
  await turn();
  expect(heard).toEqual(['error', 'close 1006  false']);
});

test('a dead link looks open, takes what is sent, and never closes', async () => {
  const { far, near, heard } = connect();
  far.last.accept();
  far.last.hang();
  near.send('into the void');
  far.last.message('lost');
  near.close();
  await turn();
  expect(near.readyState).toBe(2);
  expect(heard).toEqual(['open']);
  expect(far.last.sent).toEqual([]);
});

test('bytes come as binaryType says', async () => {
  const { far, near, heard } = connect();
  far.last.accept();
  near.binaryType = 'arraybuffer';
  far.last.message(Uint8Array.of(1, 2));
  expect(new Uint8Array(heard[1] as ArrayBuffer)).toEqual(Uint8Array.of(1, 2));
  near.binaryType = 'blob';
  far.last.message(Uint8Array.of(1, 2));
  expect((heard[2] as Blob).size).toBe(2);
});

test('what was sent is a copy', () => {
  const { far, near } = connect();
  far.last.accept();
  const bytes = Uint8Array.of(1);
  near.send(bytes);
  bytes[0] = 9;
  expect(far.last.sent).toEqual([Uint8Array.of(1)]);
});

test('the far end may act by itself, after the constructor has returned', async () => {
  const onSocket = vi.fn((socket: { accept(): void }) => socket.accept());
  const { near, heard, far } = connect(onSocket);
  expect(near.readyState).toBe(0);
  await turn();
  expect(heard).toEqual(['open']);
  expect(onSocket).toHaveBeenCalledWith(far.last, 0);
});

test('nothing was connected yet', () => {
  expect(() => createFakeWebSocket().last).toThrow('nothing was connected yet');
});

describe('misuse throws as the standard says', () => {
  const { WebSocket } = createFakeWebSocket();

  test.each([['http://example.com'], ['/relative'], ['ws://']])('url %s', (url) => {
    expect(() => new WebSocket(url)).toThrow(named('SyntaxError') as Error);
  });

  test.each([[['a', 'a']], [['a b']], [['']]])('subprotocols %j', (protocols) => {
    expect(() => new WebSocket('ws://example.com', protocols)).toThrow(named('SyntaxError') as Error);
  });

  test.each<[string, string, (near: WebSocketLike) => void]>([
    ['sending too early', 'InvalidStateError', (near) => near.send('x')],
    ['a code that is not ours to use', 'InvalidAccessError', (near) => near.close(1001)],
    ['a reason that is too long', 'SyntaxError', (near) => near.close(1000, 'ž'.repeat(62))],
  ])('%s', (_, name, act) => {
    const near = new WebSocket('ws://example.com');
    expect(() => act(near)).toThrow(named(name) as Error);
  });
});
