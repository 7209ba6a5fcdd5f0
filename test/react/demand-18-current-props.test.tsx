// Demand 18: callbacks see current props and state; inline options never reconnect; a change of peer does, once.

import { render } from '@testing-library/react';
import { type ReactNode, StrictMode, useEffect, useLayoutEffect, useState } from 'react';
import { describe, expect, test } from 'vitest';
import { useEventSource, useWebSocket, type UseWebSocketOptions } from '../../src/index.js';
import { createWorld, settle } from './support.js';

const ADDRESS = 'ws://localhost/live';

test('100 renders with fresh inline options and callbacks: no reconnect, and the newest callback hears', async () => {
  const { far, host, parts, step, advance } = createWorld();
  const log: string[] = [];
  function Hook({ round }: { readonly round: number }): ReactNode {
    const feed = useWebSocket(ADDRESS, {
      ...parts,
      host: { ...host }, // read once
      protocols: ['v1', 'v2'],
      params: { room: 'a' },
      retry: { initialDelayMs: 500, shouldReconnect: () => undefined },
      heartbeat: { intervalMs: 25_000, message: () => 'ping', isReply: (frame) => frame === 'pong' },
      outbox: { limit: 5 },
      auth: { getToken: () => 'same' },
      codec: { name: 'own', encode: JSON.stringify, decode: (frame) => JSON.parse(frame as string) as unknown },
      filter: () => true,
      select: ({ count }) => count,
      isEqual: (a, b) => a === b,
      onOpen: () => void log.push(`open ${round}`),
      onMessage: () => void log.push(`message ${round}`),
      onClose: () => void log.push(`close ${round}`),
      onError: () => void log.push(`error ${round}`),
      onReconnect: () => void log.push(`reconnect ${round}`),
      onInvalid: () => void log.push(`invalid ${round}`),
    });
    return `${feed.status} ${feed.selected}`;
  }
  const { container, rerender } = render(<Hook round={0} />, { wrapper: StrictMode });
  await settle();
  for (let round = 1; round <= 50; round++) rerender(<Hook round={round} />);
  await step(() => far.last.accept());
  for (let round = 51; round <= 100; round++) rerender(<Hook round={round} />);
  await step(() => far.last.message('1'));
  await step(() => far.last.message('{'));
  rerender(<Hook round={101} />);
  await step(() => far.last.drop());
  rerender(<Hook round={102} />);
  await advance(1_000);
  rerender(<Hook round={103} />);
  await step(() => far.last.accept());

  expect(far.sockets).toHaveLength(2); // the second one is that of the drop
  expect(log).toEqual(['open 50', 'message 100', 'invalid 100', 'close 101', 'error 101', 'open 103', 'reconnect 103']);
  expect(container.textContent).toBe('open 1');
});

test('state that changed a moment ago is what the callback sees', async () => {
  const { far, parts, step } = createWorld();
  const seen: number[] = [];
  let setCount!: (next: number) => void;
  function Hook(): ReactNode {
    const [count, set] = useState(0);
    setCount = set;
    useWebSocket(ADDRESS, { ...parts, onMessage: () => void seen.push(count) });
    return count;
  }
  render(<Hook />);
  await step(() => far.last.accept());
  for (const count of [1, 2, 3]) {
    await step(() => setCount(count));
    await step(() => far.last.message('0'));
  }
  expect(seen).toEqual([1, 2, 3]);
});

test('already in the effects of the same commit, layout effects of children included', async () => {
  const { far, parts, step } = createWorld();
  const seen: string[] = [];
  function Child({ round }: { readonly round: number }): ReactNode {
    useLayoutEffect(() => far.last.message('"layout"'), [round]);
    useEffect(() => far.last.message('"effect"'), [round]);
    return null;
  }
  function Parent({ round }: { readonly round: number }): ReactNode {
    useWebSocket(ADDRESS, { ...parts, onMessage: ({ data }) => void seen.push(`${String(data)} ${round}`) });
    return round > 0 && <Child round={round} />;
  }
  const { rerender } = render(<Parent round={0} />);
  await step(() => far.last.accept());
  for (const round of [1, 2]) await step(() => rerender(<Parent round={round} />));
  expect(seen).toEqual(['layout 1', 'effect 1', 'layout 2', 'effect 2']);
});

describe('a change by value is exactly one reconnect, an equal value none', () => {
  type Peer = Pick<UseWebSocketOptions, 'protocols' | 'params' | 'binaryType' | 'shareKey' | 'codec'> & {
    readonly url?: string | URL | (() => string);
  };
  const changes: readonly (readonly [string, () => Peer, () => Peer])[] = [
    ['url', () => ({ url: `${ADDRESS}/1` }), () => ({ url: `${ADDRESS}/2` })],
    ['a URL object', () => ({ url: new URL(`${ADDRESS}/1`) }), () => ({ url: new URL(`${ADDRESS}/2`) })],
    ['protocols', () => ({ protocols: ['a', 'b'] }), () => ({ protocols: ['a', 'c'] })],
    ['params', () => ({ params: { room: 'a', n: 1 } }), () => ({ params: { room: 'b', n: 1 } })],
    ['binaryType', () => ({ binaryType: 'arraybuffer' }), () => ({ binaryType: 'blob' })],
    ['codec', () => ({ codec: 'json' }), () => ({ codec: 'text' })],
    [
      'shareKey of a function url',
      () => ({ url: () => ADDRESS, shareKey: 'a' }),
      () => ({ url: () => ADDRESS, shareKey: 'b' }),
    ],
  ];
  test.each(changes)('%s', async (_, before, after) => {
    const { far, parts, step, advance } = createWorld();
    function Hook({ peer }: { readonly peer: Peer }): ReactNode {
      const { url = ADDRESS, ...options } = peer;
      return useWebSocket(url, { ...parts, ...options, lingerMs: 0 } as UseWebSocketOptions).status;
    }
    const { container, rerender } = render(<Hook peer={before()} />);
    await step(() => far.last.accept());
    for (let round = 0; round < 20; round++) rerender(<Hook peer={before()} />);
    await advance(1_000);
    expect(far.sockets).toHaveLength(1);

    for (let round = 0; round < 20; round++) rerender(<Hook peer={after()} />);
    await step(() => far.last.accept());
    await advance(1_000);
    expect(far.sockets).toHaveLength(2);
    expect(far.sockets.map(({ readyState }) => readyState)).toEqual([3, 1]);
    expect(container.textContent).toBe('open');
  });
});

test('a function url is asked again at each attempt, and its new identity is no new peer', async () => {
  const { far, parts, step, untilNext } = createWorld();
  function Hook({ room }: { readonly room: string }): ReactNode {
    return useWebSocket(() => `${ADDRESS}/${room}`, parts).status;
  }
  const { rerender } = render(<Hook room="a" />);
  await step(() => far.last.accept());
  for (let round = 0; round < 20; round++) rerender(<Hook room="b" />);
  expect(far.sockets).toHaveLength(1);
  await step(() => far.last.drop());
  await untilNext(() => far.sockets.length === 2);
  expect(far.sockets.map(({ url }) => url)).toEqual([`${ADDRESS}/a`, `${ADDRESS}/b`]);
});

test('policies are read when they are needed', async () => {
  const { far, parts, step, advance } = createWorld();
  function Hook({ delayMs }: { readonly delayMs: number }): ReactNode {
    return useWebSocket(ADDRESS, { ...parts, retry: () => delayMs }).status;
  }
  const { rerender } = render(<Hook delayMs={60_000} />);
  rerender(<Hook delayMs={1_000} />);
  await step(() => far.last.drop());
  await advance(1_000);
  expect(far.sockets).toHaveLength(2);
});

test('SSE: inline headers, body and events are no new request; another method or body is', async () => {
  const { web, parts, step, advance } = createWorld();
  function Hook({ prompt }: { readonly prompt: string }): ReactNode {
    return useEventSource('http://localhost/stream', {
      ...parts,
      method: 'POST',
      body: JSON.stringify({ prompt }),
      headers: () => ({ a: '1' }),
      events: ['message', 'done'],
      lingerMs: 0,
    }).status;
  }
  const { rerender } = render(<Hook prompt="why?" />);
  await step();
  for (let round = 0; round < 20; round++) rerender(<Hook prompt="why?" />);
  await advance(100);
  expect(web.requests).toHaveLength(1);
  rerender(<Hook prompt="how?" />);
  await advance(100);
  expect(web.requests.map(({ body, aborted }) => [body, aborted])).toEqual([
    ['{"prompt":"why?"}', true],
    ['{"prompt":"how?"}', false],
  ]);
});
