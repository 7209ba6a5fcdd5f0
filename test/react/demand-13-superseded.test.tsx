// Demand 13: everything from a superseded socket is ignored, also after a change of url.

import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { describe, expect, test } from 'vitest';
import { useEventSource, useLongPoll, useWebSocket, type UseWebSocketOptions } from '../../src/index.js';
import type { WebSocketConstructor, WebSocketLike } from '../../src/transport/web-socket.js';
import { createWorld, settle } from './support.js';

const A = 'ws://localhost/a';
const B = 'ws://localhost/b';

/** A socket that talks on after its close: what was in flight is told to the handlers that were there. */
function leaky(Real: WebSocketConstructor): {
  readonly WebSocket: WebSocketConstructor;
  readonly late: (() => void)[];
} {
  const late: (() => void)[] = [];
  function Socket(url: string, protocols?: string[]): WebSocketLike {
    const socket = new Real(url, protocols);
    late.push(() => {
      const { onopen, onmessage, onclose, onerror } = seen;
      onopen?.({} as never);
      onmessage?.({ data: '"late"' } as never);
      onerror?.({} as never);
      onclose?.({ code: 4400, reason: 'late', wasClean: true } as never);
    });
    type Handlers = Pick<WebSocketLike, 'onopen' | 'onmessage' | 'onclose' | 'onerror'>;
    const seen: Handlers = { onopen: null, onmessage: null, onclose: null, onerror: null };
    return new Proxy(socket, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' && !String(name).startsWith('on') ? value.bind(target) : value;
      },
      set(target, name, value) {
        if (name in seen && value) seen[name as keyof Handlers] = value as never;
        return Reflect.set(target, name, value);
      },
    });
  }
  return { WebSocket: Socket as unknown as WebSocketConstructor, late };
}

interface Seen {
  readonly log: unknown[];
  readonly verbs: Set<unknown>;
}

function Hook({
  url,
  seen,
  ...options
}: { readonly url: string; readonly seen: Seen } & UseWebSocketOptions): ReactNode {
  const feed = useWebSocket(url, {
    ...options,
    onOpen: () => void seen.log.push('open'),
    onMessage: ({ data }) => void seen.log.push(data),
    onClose: ({ why }) => void seen.log.push(`close ${why}`),
    onError: ({ kind }) => void seen.log.push(`error ${kind}`),
    onReconnect: () => void seen.log.push('reconnect'),
  });
  seen.verbs.add(feed.send);
  return `${feed.status} [${feed.messages.map(({ data }) => String(data)).join()}] ${String(feed.lastMessage?.data)} ${feed.error?.kind}`;
}

describe('A becomes B', () => {
  test('with frames of A in flight: nothing of A is seen afterwards, and only B exists', async () => {
    const world = createWorld();
    const { far, parts, step, advance } = world;
    const { WebSocket, late } = leaky(parts.WebSocket);
    const seen: Seen = { log: [], verbs: new Set() };
    const options = { ...parts, WebSocket, lingerMs: 0, seen };
    const { container, rerender } = render(<Hook url={A} {...options} />);
    await step(() => far.last.accept());
    await step(() => far.last.message('"old"'));
    await settle(() => far.last.message('"unpainted"')); // waits for its frame
    rerender(<Hook url={B} {...options} />);
    expect(container.textContent).toBe('connecting [] undefined undefined');
    expect(seen.log.splice(0)).toEqual(['open', 'old', 'unpainted', 'close unmount']);

    await advance(0);
    for (const tell of late.slice(0, 1)) await step(tell);
    await advance(100);
    expect(seen.log).toEqual([]);
    expect(container.textContent).toBe('connecting [] undefined undefined');
    expect(far.live).toBe(1);
    expect(far.sockets.map(({ url }) => url)).toEqual([A, B]);

    await step(() => far.last.accept());
    await step(() => far.last.message('"new"'));
    await step(late[0]);
    expect(seen.log).toEqual(['open', 'new']);
    expect(container.textContent).toBe('open [new] new undefined');
    expect(far.sockets).toHaveLength(2);
    expect(seen.verbs.size).toBe(1);
  });

  test('with a retry of A pending: it is never made', async () => {
    const { far, host, parts, step, advance } = createWorld();
    const seen: Seen = { log: [], verbs: new Set() };
    const { container, rerender } = render(<Hook url={A} {...parts} lingerMs={0} seen={seen} />);
    await step(() => far.last.drop());
    expect(host.clock.pending).toBeGreaterThan(0);
    rerender(<Hook url={B} {...parts} lingerMs={0} seen={seen} />);
    seen.log.splice(0);
    await step(() => far.last.accept());
    await advance(600_000);
    expect(far.sockets.map(({ url }) => url)).toEqual([A, B]);
    expect(container.textContent).toBe('open [] undefined undefined');
    expect(seen.log).toEqual(['open']);
  });

  test('with a token promise of A open: its answer opens nothing', async () => {
    const { far, parts, step, advance } = createWorld();
    const seen: Seen = { log: [], verbs: new Set() };
    const answers: ((token: string) => void)[] = [];
    const getToken = (): Promise<string> => new Promise((resolve) => void answers.push(resolve));
    const options = { ...parts, lingerMs: 0, seen, auth: { getToken } };
    const { rerender } = render(<Hook url={A} {...options} />);
    rerender(<Hook url={B} {...options} />);
    await advance(0);
    expect(answers).toHaveLength(2);
    await step(() => answers[1]?.('b'));
    await step(() => answers[0]?.('a'));
    expect(far.sockets.map(({ url }) => url)).toEqual([`${B}?access_token=b`]);
    await step(() => far.last.accept());
    expect(seen.log).toEqual(['open']);
  });

  test('there and back within the linger: A is taken up again, what came meanwhile is not lost', async () => {
    const { far, parts, step, advance } = createWorld();
    const seen: Seen = { log: [], verbs: new Set() };
    const { container, rerender } = render(<Hook url={A} {...parts} seen={seen} />);
    await step(() => far.last.accept());
    const [a] = far.sockets;
    rerender(<Hook url={B} {...parts} seen={seen} />);
    await advance(100);
    await step(() => a?.message('"meanwhile"'));
    expect(container.textContent).toContain('connecting []');
    rerender(<Hook url={A} {...parts} seen={seen} />);
    await advance(1_000);
    // B is still on its way: a browser would complain of a close now, so it is closed as soon as it opens
    far.last.accept();
    await settle();
    expect(far.sockets.map(({ readyState }) => readyState)).toEqual([1, 3]);
    expect(far.last.sent).toEqual([]);
    expect(container.textContent).toBe('open [meanwhile] meanwhile undefined');
  });
});

test('a reconnect supersedes too: what the replaced socket says is not heard', async () => {
  const world = createWorld();
  const { far, parts, step } = world;
  const { WebSocket, late } = leaky(parts.WebSocket);
  const log: unknown[] = [];
  let again!: () => Promise<void>;
  function Reconnecting(): ReactNode {
    const feed = useWebSocket(A, {
      ...parts,
      WebSocket,
      onMessage: ({ data }) => void log.push(data),
      onClose: ({ why }) => void log.push(why),
    });
    again = feed.reconnect;
    return feed.status;
  }
  const { container } = render(<Reconnecting />);
  await step(() => far.last.accept());
  far.last.hang(); // its close event will never come
  await step(() => void again());
  await step(() => far.last.accept());
  await step(late[0]);
  expect(log).toEqual(['replaced']);
  expect(container.textContent).toBe('open');
  expect(far.live).toBe(1);
});

describe.each(['useEventSource', 'useLongPoll'] as const)('%s', (name) => {
  const useHook = { useEventSource, useLongPoll }[name];
  const headers = { 'content-type': name === 'useEventSource' ? 'text/event-stream' : 'application/json' };
  const content = (value: string): string => (name === 'useEventSource' ? `data: "${value}"\n\n` : `["${value}"]`);

  test('A becomes B while A is answering: only B is seen', async () => {
    const { web, parts, step, advance } = createWorld();
    const log: unknown[] = [];
    function Stream({ url }: { readonly url: string }): ReactNode {
      const { messages } = useHook(url, { ...parts, lingerMs: 0, onMessage: ({ data }) => void log.push(data) });
      return messages.map(({ data }) => String(data)).join();
    }
    const { container, rerender } = render(<Stream url="http://localhost/a" />);
    await step();
    const a = web.last;
    a.open({ headers });
    a.write(content('a'));
    a.end();
    // the answer is there, and nobody has read it yet
    rerender(<Stream url="http://localhost/b" />);
    await advance(0);
    const b = web.last;
    expect(b.url).toContain('/b');
    await step(() => b.open({ headers }));
    await step(() => (b.write(content('b')), b.end()));
    expect(log).toEqual(['b']);
    expect(container.textContent).toBe('b');
    expect(web.requests.filter(({ url }) => url.includes('/a'))).toHaveLength(1);
  });
});
