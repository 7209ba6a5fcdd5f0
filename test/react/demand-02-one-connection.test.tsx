// Demand 2: exactly one live connection under StrictMode, fast remount and <Activity>.

import { act, render } from '@testing-library/react';
import { Server } from 'mock-socket';
import * as React from 'react';
import { type ReactNode, StrictMode } from 'react';
import { afterEach, describe, expect, test } from 'vitest';
import { type Feed, useWebSocket, type UseWebSocketOptions } from '../../src/index.js';
import type { WebSocketConstructor } from '../../src/transport/web-socket.js';
import { createWorld, settle } from './support.js';

const ADDRESS = 'ws://localhost/one';

interface Seen {
  readonly heard: unknown[];
  readonly verbs: Set<unknown>;
  shown: unknown[];
}
const createSeen = (): Seen => ({ heard: [], verbs: new Set(), shown: [] });

/** Remembers the identity of everything that a child could be handed. */
function Child({ seen, feed }: { readonly seen: Seen; readonly feed: Feed }): ReactNode {
  for (const verb of [feed.send, feed.clear, feed.connect, feed.disconnect, feed.reconnect]) seen.verbs.add(verb);
  return feed.status;
}

function Parent({ seen, ...options }: { readonly seen: Seen } & UseWebSocketOptions): ReactNode {
  const feed = useWebSocket(ADDRESS, { ...options, onMessage: ({ data }) => void seen.heard.push(data) });
  seen.shown = feed.messages.map(({ data }) => data);
  return <Child seen={seen} feed={feed} />;
}

describe.each([{ lingerMs: undefined }, { lingerMs: 0 }])('linger $lingerMs', ({ lingerMs }) => {
  test('20 unmounts and remounts within one tick under StrictMode: never two sockets, at the end one', async () => {
    const { far, host, parts, advance, expectNothingLeft } = createWorld();
    const seen = createSeen();
    const shown = (
      <StrictMode>
        <Parent seen={seen} lingerMs={lingerMs} {...parts} />
      </StrictMode>
    );
    const gone = <StrictMode />;
    const { rerender, unmount } = render(shown);
    expect(far.sockets).toHaveLength(1);
    await settle(() => far.last.accept());

    let most = 0;
    for (let round = 0; round < 20; round++) {
      rerender(gone);
      rerender(shown);
      most = Math.max(most, far.live);
    }
    await advance(1_000);
    expect(most).toBe(1);
    expect(far.live).toBe(1);
    expect(far.sockets).toHaveLength(1);

    await settle(() => far.last.message('"once"'));
    await advance(16);
    expect(seen.heard).toEqual(['once']);
    expect(seen.shown).toEqual(['once']);

    unmount();
    await advance(lingerMs ?? 250);
    expect(host.clock.pending).toBe(0);
    expectNothingLeft();
  });

  test('the handle that children see never changes, through messages, drops and reconnects', async () => {
    const { far, parts, advance, untilNext } = createWorld();
    const seen = createSeen();
    const { rerender } = render(<Parent seen={seen} lingerMs={lingerMs} {...parts} />, { wrapper: StrictMode });
    const identities = seen.verbs.size;
    await settle(() => far.last.accept());
    await settle(() => far.last.message('1'));
    await settle(() => far.last.drop());
    await untilNext(() => far.sockets.length === 2);
    await settle(() => far.last.accept());
    rerender(<Parent seen={seen} lingerMs={lingerMs} {...parts} history={7} />);
    await advance(100);

    expect(far.live).toBe(1);
    // StrictMode renders a first time for nothing, and that render may have verbs of its own
    expect(identities).toBeLessThanOrEqual(10);
    expect(seen.verbs.size).toBe(identities);
  });

  test('a remount while still connecting takes the same socket over', async () => {
    const { far, parts, advance } = createWorld();
    const seen = createSeen();
    const { rerender } = render(<Parent seen={seen} lingerMs={lingerMs} {...parts} />);
    rerender(<i />);
    rerender(<Parent seen={seen} lingerMs={lingerMs} {...parts} />);
    await advance(0);
    await settle(() => far.last.accept());
    await settle(() => far.last.message('"after"'));

    expect(far.sockets).toHaveLength(1);
    expect(far.last.closedWith).toBeNull();
    expect(seen.heard).toEqual(['after']);
  });
});

// <Activity> came with React 19.2
const { Activity } = React as { readonly Activity?: typeof React.Activity };
if (Activity)
  test('<Activity>: hidden lets go after the linger, shown again is one connection, and the handle stays', async () => {
    const { far, parts, advance, expectNothingLeft } = createWorld();
    const seen = createSeen();
    const page = (mode: 'visible' | 'hidden'): ReactNode => (
      <Activity mode={mode}>
        <Parent seen={seen} {...parts} />
      </Activity>
    );
    const { rerender } = render(page('visible'));
    await settle(() => far.last.accept());
    await settle(() => far.last.message('"before"'));
    rerender(page('hidden'));
    rerender(page('visible'));
    await advance(1_000);
    expect(far.sockets).toHaveLength(1);

    rerender(page('hidden'));
    await advance(250);
    expectNothingLeft();

    rerender(page('visible'));
    expect(far.live).toBe(1);
    await settle(() => far.last.accept());
    await settle(() => far.last.message('"after"'));
    await advance(16);
    expect(seen.heard).toEqual(['before', 'after']);
    expect(seen.shown).toEqual(['before', 'after']);
    expect(seen.verbs.size).toBe(5);
  });

describe('with mock-socket and the real clock', () => {
  let server: Server | undefined;
  afterEach(() => server?.stop());

  test('20 remounts under StrictMode: the server sees one connection', async () => {
    server = new Server(ADDRESS);
    let connections = 0;
    const open = new Promise<void>((resolve) => {
      server?.on('connection', (socket) => {
        connections++;
        socket.send('"hello"');
        resolve();
      });
    });
    const seen = createSeen();
    const options = { WebSocket: globalThis.WebSocket as unknown as WebSocketConstructor, lingerMs: 0 };
    const shown = (
      <StrictMode>
        <Parent seen={seen} {...options} />
      </StrictMode>
    );
    const { rerender, unmount } = render(shown);
    for (let round = 0; round < 20; round++) {
      rerender(<StrictMode />);
      rerender(shown);
    }
    await act(() => open);
    await act(() => expect.poll(() => seen.heard).toEqual(['hello']));
    expect(connections).toBe(1);
    expect(server.clients()).toHaveLength(1);

    const closed = new Promise((resolve) => server?.on('close', resolve));
    unmount();
    await closed;
    expect(server.clients()).toHaveLength(0);
  });
});
