// Demand 10: one connection shared by many components, without surprises.

import { act, render } from '@testing-library/react';
import { Server } from 'mock-socket';
import { type ReactNode, useEffect } from 'react';
import { describe, expect, test, vi } from 'vitest';
import { createFeed } from '../../src/core.js';
import {
  type Feed,
  type HookEndpoint,
  useEventSource,
  useWebSocket,
  type UseWebSocketOptions,
} from '../../src/index.js';
import type { WebSocketConstructor } from '../../src/transport/web-socket.js';
import { createScriptedTransport } from '../../src/testing.js';
import { createWorld, settle } from './support.js';

const ADDRESS = 'ws://localhost/shared';

interface Ear {
  readonly heard: unknown[];
  opened: number;
  closed: unknown[];
}
const createEar = (): Ear => ({ heard: [], opened: 0, closed: [] });

interface HookProps extends UseWebSocketOptions {
  readonly url?: HookEndpoint;
  readonly ear: Ear;
}

function Hook({ url = ADDRESS, ear, ...options }: HookProps): ReactNode {
  const { status } = useWebSocket(url, {
    onMessage: ({ data }) => void ear.heard.push(data),
    onOpen: () => void ear.opened++,
    onClose: ({ why }) => void ear.closed.push(why),
    ...options,
  });
  return `${status} `;
}

const orders = [
  [0, 1, 2, 3],
  [3, 2, 1, 0],
  [2, 0, 3, 1],
];

test.each(orders)(
  'five hooks under one key, mounted in the order %i %i %i %i and one late: one socket, everything once',
  async (...order) => {
    const { far, host, parts, step, advance, expectNothingLeft } = createWorld();
    const ears = Array.from({ length: 5 }, createEar);
    const special: unknown[] = [];
    const kinds: readonly HookProps[] = [
      { ear: ears[0]!, url: () => ADDRESS },
      { ear: ears[1]!, url: async () => ADDRESS },
      {
        ear: ears[2]!,
        url: () => ADDRESS,
        onMessage: ({ data }) => void special.push(data),
        filter: ({ data }) => data !== 2,
      },
      { ear: ears[3]!, url: () => new URL(ADDRESS), history: 1 },
    ];
    const hook = (props: HookProps, key: number): ReactNode => (
      <Hook key={key} shareKey="prices" {...parts} {...props} />
    );
    const early = order.map((index) => hook(kinds[index]!, index));
    const { container, rerender, unmount } = render(early);
    await settle();
    expect(far.sockets).toHaveLength(1);
    await step(() => far.last.accept());
    await step(() => far.last.message('1'));

    rerender([...early, hook({ ear: ears[4]!, url: () => ADDRESS }, 4)]);
    // the late one sees what is, at once, and no frame had to pass
    expect(container.textContent).toBe('open '.repeat(5));
    await step(() => [2, 3].forEach((n) => far.last.message(String(n))));

    expect(far.sockets).toHaveLength(1);
    for (const index of [0, 1, 3]) expect(ears[index]?.heard).toEqual([1, 2, 3]);
    expect(special).toEqual([1, 3]);
    expect(ears[4]?.heard).toEqual([2, 3]);
    expect(ears.map(({ opened }) => opened)).toEqual([1, 1, 1, 1, 1]);

    // one after another leaves; the wire stays for the others, and each hears of its own end
    for (let left = 4; left >= 1; left--) {
      rerender(early.slice(0, left - 1));
      await advance(1_000);
      expect(far.live).toBe(left > 1 ? 1 : 0);
    }
    expect(ears.map(({ closed }) => closed)).toEqual(Array.from({ length: 5 }, () => ['unmount']));
    unmount();
    await advance(250);
    expect(host.clock.pending).toBe(0);
    expectNothingLeft();
  },
);

test('what all send in their first effects goes out once each, in order', async () => {
  const { far, parts, step } = createWorld();
  function Sender({ name }: { readonly name: string }): ReactNode {
    const { send, status } = useWebSocket<unknown, string>(ADDRESS, parts);
    useEffect(() => void send(name), [send, name]);
    return status;
  }
  render(['a', 'b', 'c'].map((name) => <Sender key={name} name={name} />));
  await step(() => far.last.accept());
  expect(far.sockets).toHaveLength(1);
  expect(far.last.sent).toEqual(['"a"', '"b"', '"c"']);
});

test('a shared connection that drops comes back once, for all', async () => {
  const { far, parts, step, untilNext } = createWorld();
  const ears = Array.from({ length: 5 }, createEar);
  const { container } = render(ears.map((ear, key) => <Hook key={key} ear={ear} {...parts} />));
  await step(() => far.last.accept());
  await step(() => far.last.drop());
  expect(container.textContent).toBe('reconnecting '.repeat(5));
  await untilNext(() => far.sockets.length === 2);
  await step(() => far.last.accept());
  expect(container.textContent).toBe('open '.repeat(5));
  expect(far.live).toBe(1);
  expect(ears.map(({ opened, closed }) => [opened, closed])).toEqual(Array.from({ length: 5 }, () => [2, ['lost']]));
});

test('the first one leaves: its options go with it, the connection stays', async () => {
  const { far, parts, step, advance } = createWorld();
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  const first = <Hook key={1} ear={createEar()} {...parts} heartbeat={{ intervalMs: 1_000 }} />;
  const second = <Hook key={2} ear={createEar()} {...parts} heartbeat={{ intervalMs: 3_000 }} />;
  const { rerender } = render([first, second]);
  await step(() => far.last.accept());
  rerender([second]);
  await step(() => far.last.message('1'));
  await advance(900); // an alarm that was set for the old interval may look, and finds nothing to ask
  await advance(1_900);
  expect(far.last.sent).toEqual([]);
  await advance(300);
  expect(far.last.sent).toEqual(['ping']);
  vi.restoreAllMocks();
});

describe('options that cannot both hold', () => {
  test.each([
    ['retry', { retry: false }, { retry: {} }],
    ['heartbeat', { heartbeat: true }, {}],
    ['auth', { auth: { getToken: () => null } }, {}],
    ['stableMs', { stableMs: 1 }, { stableMs: 2 }],
  ] as const)('%s: a warning that names it, once', (name, first, second) => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { parts } = createWorld();
    render([
      <Hook key={1} ear={createEar()} {...parts} {...first} />,
      <Hook key={2} ear={createEar()} {...parts} {...second} />,
      <Hook key={3} ear={createEar()} {...parts} {...second} />,
    ]);
    expect(warn.mock.calls.map(([text]) => String(text))).toEqual([expect.stringContaining(`\`${name}\``)]);
    warn.mockRestore();
  });

  test('what says the same in other words is no conflict: no warning', () => {
    const { parts } = createWorld();
    render([
      <Hook key={1} ear={createEar()} {...parts} retry={{}} auth={{ getToken: () => 'a' }} />,
      <Hook key={2} ear={createEar()} {...parts} heartbeat={false} auth={{ getToken: () => 'b', via: undefined }} />,
    ]);
  });

  test.each<[string, () => object]>([
    [
      'a cycle',
      () => {
        const client: Record<string, unknown> = { getToken: () => 'x' };
        client['self'] = client;
        return client;
      },
    ],
    ['a bigint', () => ({ getToken: () => 'x', id: 1n })],
    [
      'a getter that throws',
      () => ({
        getToken: () => 'x',
        get secret() {
          throw new Error('no');
        },
      }),
    ],
  ])('options with %s: they are shared all the same, and nothing leaks', async (_, make) => {
    const { far, parts, advance, expectNothingLeft } = createWorld();
    const { unmount } = render(
      [1, 2].map((key) => <Hook key={key} ear={createEar()} {...parts} auth={make() as never} />),
    );
    expect(far.sockets).toHaveLength(1);
    await settle(() => far.last.accept());
    unmount();
    await advance(60_000);
    expectNothingLeft();
  });

  test('a history that is no number is the usual one, for its hook alone', async () => {
    const { far, parts, step } = createWorld();
    function Kept({ history }: { readonly history: number }): ReactNode {
      return `${useWebSocket(ADDRESS, { ...parts, history }).messages.length} `;
    }
    const { container } = render([<Kept key="a" history={3} />, <Kept key="b" history={NaN} />]);
    await step(() => far.last.accept());
    await step(() => {
      for (let n = 0; n < 500; n++) far.last.message(String(n));
    });
    expect(container.textContent).toBe('3 100 ');
  });

  test('callbacks, filters, schemas and history are each hook’s own: no warning', () => {
    const { parts } = createWorld();
    render([
      <Hook key={1} ear={createEar()} {...parts} history={1} onOpen={() => {}} />,
      <Hook key={2} ear={createEar()} {...parts} history={2} filter={() => true} flush="sync" />,
    ]);
  });
});

describe('what cannot be had on one wire makes two peers', () => {
  test('`split`', async () => {
    const { far, parts, step } = createWorld();
    function Count({ split }: { readonly split?: boolean | undefined }): ReactNode {
      return `${useWebSocket(ADDRESS, { ...parts, split }).count} `;
    }
    const { container } = render([<Count key="a" />, <Count key="b" split />, <Count key="c" split={false} />]);
    expect(far.sockets).toHaveLength(2);
    await step(() => far.sockets.forEach((socket) => socket.accept()));
    await step(() => far.sockets.forEach((socket) => socket.message('[1,2,3]')));
    expect(container.textContent).toBe('1 3 1 ');
  });

  test('`uplink`: who gave one can send, whoever came first', async () => {
    const { web, parts, step } = createWorld();
    const feeds: Feed<unknown, unknown>[] = [];
    function Stream({ at, uplink }: { readonly at: number; readonly uplink?: string }): ReactNode {
      feeds[at] = useEventSource<unknown, never>('http://localhost/s', { ...parts, uplink }) as Feed;
      return feeds[at].status;
    }
    render([<Stream key={0} at={0} />, <Stream key={1} at={1} uplink="http://localhost/up" />]);
    await step();
    const streams = web.requests.slice();
    expect(streams).toHaveLength(2);
    await step(() => streams.forEach((each) => each.open({ headers: { 'content-type': 'text/event-stream' } })));
    expect(feeds.map(({ send }) => send('x').verdict)).toEqual(['dropped', 'sent']);
  });
});

test('who does not share has a wire of its own', async () => {
  const { far, parts, advance, expectNothingLeft } = createWorld();
  const ears = Array.from({ length: 3 }, createEar);
  const { unmount } = render(ears.map((ear, key) => <Hook key={key} ear={ear} {...parts} share={key === 0} />));
  expect(far.sockets).toHaveLength(3);
  await settle(() => far.sockets.forEach((socket, index) => (socket.accept(), socket.message(String(index)))));
  expect(ears.map(({ heard }) => heard)).toEqual([[0], [1], [2]]);
  unmount();
  await advance(250);
  expectNothingLeft();
});

test('unsubscribing twice removes nobody else', () => {
  const { host } = createWorld();
  const transport = createScriptedTransport();
  const feed = createFeed({ transport, host, lingerMs: 0 });
  const heard: string[] = [];
  const leaveA = feed.subscribe(() => heard.push('a'));
  transport.last.accept();
  leaveA();
  const leaveB = feed.subscribe(() => heard.push('b'));
  leaveA();
  leaveA();
  host.clock.advance(100);
  expect(transport.live).toBe(1);
  leaveB();
  leaveB();
  host.clock.advance(0);
  expect(transport.live).toBe(0);
  expect([host.clock.pending, host.watchers]).toEqual([0, 0]);
  feed.close();
});

test('with mock-socket: three hooks, one client, every message once, the last one out closes', async () => {
  const server = new Server(ADDRESS);
  const open = new Promise((resolve) => server.on('connection', resolve));
  const ears = [createEar(), createEar(), createEar()];
  const options = { WebSocket: globalThis.WebSocket as unknown as WebSocketConstructor, lingerMs: 0 };
  const hooks = ears.map((ear, key) => <Hook key={key} ear={ear} {...options} />);
  const { rerender, unmount } = render(hooks);
  await act(() => open);
  await act(async () => {
    server.emit('message', '"all"');
    await vi.waitFor(() => expect(ears.map(({ heard }) => heard)).toEqual([['all'], ['all'], ['all']]));
  });
  rerender(hooks.slice(1));
  expect(server.clients()).toHaveLength(1);
  const closed = new Promise((resolve) => server.on('close', resolve));
  unmount();
  await closed;
  expect(server.clients()).toHaveLength(0);
  server.stop();
});
