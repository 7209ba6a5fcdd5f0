// RealtimeProvider: whose client, for how long, and that it renders nobody.

import { render } from '@testing-library/react';
import * as React from 'react';
import { memo, type ReactNode, StrictMode, useEffect } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, test } from 'vitest';
import {
  type RealtimeClient,
  RealtimeError,
  RealtimeProvider,
  type RealtimeProviderProps,
  useConnection,
  useRealtime,
  useRealtimeClient,
  useRoom,
  useRoomEvent,
} from '../../../src/index.js';
import { createWorld, settle } from '../support.js';
import { createFakeClient, message, NOTHING_LEFT } from './fake-client.js';

const { Activity } = React as { readonly Activity?: typeof React.Activity };

test.each([
  ['useRealtimeClient', () => useRealtimeClient()],
  ['useConnection', () => useConnection()],
  ['useRealtime', () => useRealtime()],
  ['useRoom', () => useRoom('a')],
  ['useRoomEvent', () => useRoomEvent('a', () => {})],
])('%s without a provider says what to do', (_, useIt) => {
  function Reader(): ReactNode {
    useIt();
    return null;
  }
  expect(() => renderToString(<Reader />)).toThrow(RealtimeError);
  expect(() => renderToString(<Reader />)).toThrow(/put <RealtimeProvider url="…"> around/);
});

test.each([{}, { url: '' }])('neither url nor client: %j is refused', (props) => {
  expect(() => renderToString(<RealtimeProvider {...(props as RealtimeProviderProps)} />)).toThrow(
    /needs a `url`, or a `client`/,
  );
});

test('whatever happens, the provider renders nobody who does not read it', async () => {
  const { client, connect, change } = createFakeClient();
  let renders = 0;
  const clients = new Set<RealtimeClient>();
  const Child = memo(function Child(): ReactNode {
    renders++;
    clients.add(useRealtimeClient());
    return null;
  });
  function Joiner(): ReactNode {
    return useRoom('a').count;
  }
  const page = (
    <RealtimeProvider client={client}>
      <Child />
      <Joiner />
    </RealtimeProvider>
  );
  const { rerender } = render(page);
  for (let count = 1; count <= 10; count++)
    await settle(() => {
      connect({ attempt: count, status: count % 2 ? 'open' : 'reconnecting' });
      change('a', { count });
    });
  rerender(
    <RealtimeProvider client={client}>
      <Child />
      <Joiner />
    </RealtimeProvider>,
  );
  expect(renders).toBe(1);
  expect([...clients]).toEqual([client]);
});

test('it keeps the connection while it is mounted, StrictMode included, and never closes what it borrowed', () => {
  const { client, log, left } = createFakeClient();
  const { unmount } = render(<RealtimeProvider client={client} />, { wrapper: StrictMode });
  expect(log.filter((entry) => entry === 'retain').length - log.filter((entry) => entry === 'release').length).toBe(1);
  unmount();
  expect(log.filter((entry) => entry === 'retain')).toHaveLength(log.filter((entry) => entry === 'release').length);
  expect(log).not.toContain('close');
  expect(log).not.toContain('disconnect');
  expect(left).toEqual(NOTHING_LEFT);
});

test('another client: the new one is kept, the old one let go of, and the rooms below move', () => {
  const one = createFakeClient();
  const other = createFakeClient();
  function Reader(): ReactNode {
    return useRoom('a').status;
  }
  const page = (client: RealtimeClient): ReactNode => (
    <RealtimeProvider client={client}>
      <Reader />
    </RealtimeProvider>
  );
  const { rerender } = render(page(one.client));
  rerender(page(other.client));
  one.clock.advance(250);
  expect(one.log).toEqual(['join a', 'retain', 'release', 'leave a']);
  expect(one.left).toEqual(NOTHING_LEFT);
  expect(other.log).toEqual(['join a', 'retain']);
});

test('providers nest: the nearest one counts, and neither disturbs the other', async () => {
  const outer = createFakeClient();
  const inner = createFakeClient();
  const heard: string[] = [];
  function Reader({ name }: { readonly name: string }): ReactNode {
    useRoomEvent('a', ({ id }) => void heard.push(`${name} ${id}`));
    return useConnection().status;
  }
  const { container, rerender } = render(
    <RealtimeProvider client={outer.client}>
      <Reader name="outer" />
      <RealtimeProvider client={inner.client}>
        <Reader name="inner" />
      </RealtimeProvider>
    </RealtimeProvider>,
  );
  await settle(() => {
    outer.connect({ status: 'open' });
    inner.connect({ status: 'failed' });
    outer.say('a', message('1'));
    inner.say('a', message('2'));
  });
  expect(container.textContent).toBe('openfailed');
  expect(heard).toEqual(['outer 1', 'inner 2']);

  rerender(
    <RealtimeProvider client={outer.client}>
      <Reader name="outer" />
    </RealtimeProvider>,
  );
  inner.clock.advance(250);
  expect(inner.left).toEqual(NOTHING_LEFT);
  expect(outer.log).toEqual(['join a', 'retain']);
});

if (Activity)
  test('<Activity>: hidden lets go of connection and rooms after the linger, shown takes them up again', () => {
    const { client, clock, log, left } = createFakeClient();
    function Reader(): ReactNode {
      return useRoom('a', { presence: { name: 'me' } }).status;
    }
    const page = (mode: 'visible' | 'hidden'): ReactNode => (
      <Activity mode={mode}>
        <RealtimeProvider client={client}>
          <Reader />
        </RealtimeProvider>
      </Activity>
    );
    const { rerender } = render(page('visible'));
    rerender(page('hidden'));
    clock.advance(249);
    expect(log.filter((entry) => entry.startsWith('leave'))).toEqual([]);
    clock.advance(1);
    expect(log.at(-1)).toBe('leave a');
    expect(left).toEqual(NOTHING_LEFT);
    log.length = 0;
    rerender(page('visible'));
    expect([...log].sort()).toEqual(['enter a {"name":"me"}', 'join a', 'retain']);
  });

// --- a client of its own, over a wire driven by hand

const welcome = (user = 'me'): string =>
  JSON.stringify({
    t: 'welcome',
    v: 1,
    user: { id: user },
    connection: `${user}/1`,
    limits: { maxMessageBytes: 1_000, maxRooms: 9, maxPresenceBytes: 1_000, history: 100 },
    heartbeatMs: 25_000,
  });

function Status(): ReactNode {
  const { status, transport } = useConnection();
  return `${status} ${transport}`;
}

test('a url: one connection, over StrictMode and 100 renders with inline options; nothing left after the unmount', async () => {
  const { far, parts, step, advance, expectNothingLeft } = createWorld();
  const tokens: number[] = [];
  const Page = ({ round }: { readonly round: number }): ReactNode => (
    <RealtimeProvider
      url="ws://localhost/realtime"
      {...parts}
      host={{ ...parts.host }}
      auth={{ getToken: () => (tokens.push(round), `token ${round}`) }}
      retry={{ initialDelayMs: 500, shouldReconnect: () => undefined }}
      headers={() => ({ a: String(round) })}
      onError={() => {}}
      lingerMs={250}
    >
      <Status />
    </RealtimeProvider>
  );
  const { container, rerender, unmount } = render(<Page round={0} />, { wrapper: StrictMode });
  expect(far.sockets).toHaveLength(1);
  for (let round = 1; round <= 50; round++) rerender(<Page round={round} />);
  await step(() => far.last.accept());
  await step(() => far.last.message(welcome()));
  expect(container.textContent).toBe('open websocket');
  for (let round = 51; round <= 100; round++) rerender(<Page round={round} />);
  expect(far.sockets).toHaveLength(1);
  await step(() => far.last.drop());
  await advance(1_000);
  await step(() => far.last.accept());
  expect(far.sockets).toHaveLength(2); // that of the drop
  expect(tokens.at(-1)).toBe(100); // the newest was asked

  unmount();
  await advance(250);
  await advance(10_000);
  expectNothingLeft();
});

test('a change of url by value is one new connection, an equal one none; a function is no other server', async () => {
  const { far, parts, step, advance } = createWorld();
  const Page = ({ url }: { readonly url: string | URL | (() => string) }): ReactNode => (
    <RealtimeProvider url={url} {...parts}>
      <Status />
    </RealtimeProvider>
  );
  const urls = (): readonly string[] => far.sockets.map(({ url }) => url.split('?')[0] ?? '');
  const { rerender } = render(<Page url="ws://localhost/1" />, { wrapper: StrictMode });
  await step(() => far.last.accept());
  await step(() => far.last.message(welcome()));
  for (let round = 0; round < 20; round++) rerender(<Page url={new URL('ws://localhost/1')} />);
  expect(urls()).toEqual(['ws://localhost/1']);

  for (let round = 0; round < 20; round++) rerender(<Page url="ws://localhost/2" />);
  await step(() => far.last.accept());
  await advance(1_000);
  expect(urls()).toEqual(['ws://localhost/1', 'ws://localhost/2']);
  expect(far.sockets[0]?.readyState).toBe(3);

  for (const name of ['3', '4', '5']) rerender(<Page url={() => `ws://localhost/${name}`} />);
  await step(() => far.last.accept());
  await step(() => far.last.message(welcome()));
  await advance(1_000);
  expect(urls().slice(2)).toEqual(['ws://localhost/3']);
  rerender(<Page url={() => 'ws://localhost/6'} />);
  await step(() => far.last.drop());
  await advance(1_000);
  expect(urls().slice(2)).toEqual(['ws://localhost/3', 'ws://localhost/6']); // the newest function is asked
});

test('two providers of one url are two clients: one unmounts, the other stays', async () => {
  const { far, parts, step, advance } = createWorld();
  const Page = ({ both }: { readonly both: boolean }): ReactNode => (
    <>
      <RealtimeProvider url="ws://localhost/r" {...parts}>
        <Status />
      </RealtimeProvider>
      {both && <RealtimeProvider url="ws://localhost/r" {...parts} />}
    </>
  );
  const { container, rerender } = render(<Page both />);
  await step(() => far.sockets.forEach((socket) => socket.accept()));
  await step(() => far.sockets.forEach((socket) => socket.message(welcome())));
  rerender(<Page both={false} />);
  await advance(1_000);
  expect(far.live).toBe(1);
  expect(container.textContent).toBe('open websocket');
});

test('the verbs of the connection stay the same functions, and reach the client', async () => {
  const { client, log, connect } = createFakeClient();
  const verbs = new Set<unknown>();
  let newest!: ReturnType<typeof useConnection>;
  function Reader(): ReactNode {
    newest = useConnection();
    for (const verb of [newest.connect, newest.disconnect, newest.reconnect]) verbs.add(verb);
    return newest.status;
  }
  const { rerender } = render(<Reader />, {
    wrapper: ({ children }) => <RealtimeProvider client={client}>{children}</RealtimeProvider>,
  });
  await settle(() => connect({ status: 'open' }));
  rerender(<Reader />);
  expect(verbs.size).toBe(3);
  log.length = 0;
  newest.connect();
  newest.disconnect(4000, 'bye');
  await newest.reconnect();
  expect(log).toEqual(['connect', 'disconnect 4000 bye', 'reconnect']);
});

test('fields of the connection that nobody read render nobody', async () => {
  const { client, connect } = createFakeClient();
  let renders = 0;
  let late = 0;
  function Reader(): ReactNode {
    renders++;
    const connection = useConnection();
    useEffect(() => void (late = connection.attempt), [connection]);
    return connection.status;
  }
  render(
    <RealtimeProvider client={client}>
      <Reader />
    </RealtimeProvider>,
  );
  for (let latencyMs = 0; latencyMs < 10; latencyMs++) await settle(() => connect({ latencyMs, queued: latencyMs }));
  expect(renders).toBe(1);
  await settle(() => connect({ attempt: 7 })); // read, though only in an effect
  expect([renders, late]).toEqual([2, 7]);
});
