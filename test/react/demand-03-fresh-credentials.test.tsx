// Demand 3: credentials are fetched afresh before every attempt, and "expired" is recovered from alone.

import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { expect, test } from 'vitest';
import {
  RealtimeProvider,
  useConnection,
  useEventSource,
  useMessages,
  usePresence,
  useRealtimeClient,
  useWebSocket,
  type UseWebSocketOptions,
} from '../../src/index.js';
import { createRealtimeClient, type RealtimeClient } from '../../src/core.js';
import { createFakeServer } from '../../src/testing.js';
import { createWorld } from './support.js';

const ADDRESS = 'ws://localhost/live';
type GetToken = NonNullable<UseWebSocketOptions['auth']>['getToken'];
type Reason = Parameters<GetToken>[0];

const tokenOf = (url: string): string | null => new URL(url).searchParams.get('access_token');

function Hook(options: UseWebSocketOptions): ReactNode {
  const { status, error } = useWebSocket(ADDRESS, options);
  return `${status} ${error?.kind ?? ''};`;
}

/** Hands out t1, t2, …, and notes why it was asked. */
function createProvider(): { readonly asked: Reason[]; readonly getToken: GetToken } {
  const asked: Reason[] = [];
  return {
    asked,
    async getToken(reason) {
      asked.push(reason);
      return `t${asked.length}`;
    },
  };
}

test('4401 for t1: one refresh for five hooks, the next attempt carries t2', async () => {
  const { far, parts, step } = createWorld();
  const { asked, getToken } = createProvider();
  const { container } = render([1, 2, 3, 4, 5].map((key) => <Hook key={key} {...parts} auth={{ getToken }} />));
  await step();
  expect(far.sockets.map(({ url }) => tokenOf(url))).toEqual(['t1']);

  await step(() => far.last.accept());
  await step(() => far.last.drop(4401, 'token expired'));
  expect(far.sockets.map(({ url }) => tokenOf(url))).toEqual(['t1', 't2']);
  expect(asked).toEqual(['connect', 'expired']);

  await step(() => far.last.accept());
  expect(container.textContent).toBe('open ;'.repeat(5));
});

test('the fresh one is refused too: no third, it failed and says how to cure it', async () => {
  const { far, host, parts, advance, step } = createWorld();
  const { asked, getToken } = createProvider();
  const { container } = render(<Hook {...parts} auth={{ getToken }} />);
  await step();
  await step(() => far.last.drop(4401));
  await step(() => far.last.drop(4401));
  await advance(600_000);
  expect(container.textContent).toBe('failed unauthorized;');
  expect(asked).toEqual(['connect', 'expired']);
  expect(far.sockets).toHaveLength(2);
  expect(host.clock.pending).toBe(0);
});

test('a later drop asks again: no token is used twice', async () => {
  const { far, parts, step, untilNext } = createWorld();
  const { asked, getToken } = createProvider();
  render(<Hook {...parts} auth={{ getToken }} />);
  for (let round = 1; round <= 4; round++) {
    await untilNext(() => far.sockets.length === round);
    await step(() => far.last.accept());
    await step(() => far.last.drop(1006));
  }
  expect(far.sockets.map(({ url }) => tokenOf(url))).toEqual(['t1', 't2', 't3', 't4']);
  expect(asked).toEqual(['connect', 'refresh', 'refresh', 'refresh']);
});

test('a provider that rejects is asked again, with backoff', async () => {
  const { far, host, parts, step, untilNext } = createWorld();
  const askedAt: number[] = [];
  const getToken = async (): Promise<string> => {
    askedAt.push(host.clock.now());
    if (askedAt.length <= 5) throw new Error('the identity service is down');
    return 'late';
  };
  const retry = (_: unknown, attempt: number): number => attempt * 1_000;
  const { container } = render(<Hook {...parts} auth={{ getToken }} retry={retry} />);
  await step();
  expect(container.textContent).toBe('connecting refused;');
  await untilNext(() => far.sockets.length === 1);
  // a rejection is heard at the end of the 10 ms that `untilNext` lets pass
  expect(askedAt.map((at) => Math.round(at / 100) * 100)).toEqual([0, 1_000, 3_000, 6_000, 10_000, 15_000]);
  expect(tokenOf(far.last.url)).toBe('late');
  await step(() => far.last.accept());
  expect(container.textContent).toBe('open ;');
});

test('"not allowed" stops; null connects without a token', async () => {
  const { far, host, parts, advance, step } = createWorld();
  let asked = 0;
  const denied = Object.assign(new Error('no such user'), { name: 'NotAllowedError' });
  const refuse = (): Promise<string> => (asked++, Promise.reject(denied));
  const { container, rerender } = render(<Hook {...parts} auth={{ getToken: refuse }} lingerMs={0} />);
  await step();
  await advance(600_000);
  expect(container.textContent).toBe('failed forbidden;');
  expect([asked, far.sockets.length, host.clock.pending]).toEqual([1, 0, 0]);

  rerender(<i />);
  await advance(0);
  rerender(<Hook {...parts} auth={{ getToken: () => null }} lingerMs={0} />);
  await step();
  await step(() => far.last.accept());
  expect(far.last.url).toBe(ADDRESS);
  expect(container.textContent).toBe('open ;');
});

test('a provider that answers after the unmount opens nothing', async () => {
  const { far, parts, advance, expectNothingLeft, step } = createWorld();
  let answer!: (token: string) => void;
  const getToken = (): Promise<string> => new Promise((resolve) => (answer = resolve));
  const { unmount } = render(<Hook {...parts} auth={{ getToken }} lingerMs={0} />);
  unmount();
  await advance(0);
  await step(() => answer('too late'));
  expect(far.sockets).toHaveLength(0);
  expectNothingLeft();
});

test('SSE: headers are asked before each attempt; 401 asks once more, and the fresh one is used', async () => {
  const { web, parts, step, untilNext } = createWorld();
  let asked = 0;
  const headers = async (): Promise<Record<string, string>> => ({ authorization: `Bearer t${++asked}` });
  function Stream(): ReactNode {
    return useEventSource('http://localhost/stream', { ...parts, headers }).status;
  }
  const { container } = render([1, 2, 3, 4, 5].map((key) => <Stream key={key} />));
  await step();
  await step(() => web.last.answer(null, { status: 401 }));
  expect(web.requests.map((request) => request.headers['authorization'])).toEqual(['Bearer t1', 'Bearer t2']);
  await step(() => web.last.open({ headers: { 'content-type': 'text/event-stream' } }));
  expect(container.textContent).toBe('open'.repeat(5));

  await step(() => web.last.fail());
  await untilNext(() => web.requests.length === 3);
  expect(web.last.headers['authorization']).toBe('Bearer t3');
});

test('the first frame as well: asked once per attempt for five hooks, and said before what waits', async () => {
  const { far, parts, step, untilNext } = createWorld();
  const { asked, getToken } = createProvider();
  let send!: (data: unknown) => unknown;
  function Talker(): ReactNode {
    ({ send } = useWebSocket(ADDRESS, { ...parts, auth: { getToken, via: 'message' } }));
    return null;
  }
  render([1, 2, 3, 4, 5].map((key) => <Talker key={key} />));
  await step(() => void send({ hello: 1 }));
  await step(() => far.last.accept());
  expect(far.last).toMatchObject({ url: ADDRESS, sent: ['{"type":"auth","token":"t1"}', '{"hello":1}'] });
  await step(() => far.last.drop());
  await untilNext(() => far.sockets.length === 2);
  await step(() => far.last.accept());
  expect(far.last.sent).toEqual(['{"type":"auth","token":"t2"}']);
  expect(asked).toEqual(['connect', 'refresh']);
});

/** Rooms under a provider, whose tokens name the user and hold for a minute. */
function createRooms() {
  const { host, step, advance } = createWorld();
  const server = createFakeServer({
    clock: host.clock,
    authenticate: (token) => (token === undefined ? null : { id: token.split('-')[1] ?? '', expiresInMs: 60_000 }),
  });
  const shown: string[] = [];
  let who = 'ada';
  let client!: RealtimeClient;
  const asked: Reason[] = [];
  const getToken = (reason: Reason): string => (asked.push(reason), `SECRET-${who}-${asked.length}`);
  const made = createRealtimeClient({ transport: server.transport, auth: { getToken }, host });
  function Room({ id }: { readonly id: string }): ReactNode {
    client = useRealtimeClient();
    const { status } = useConnection();
    const messages = useMessages<string>(id);
    const [mine] = usePresence(id, { name: who });
    const text = `${id} ${status} ${JSON.stringify(mine)} [${messages.map(({ data }) => data).join()}]`;
    shown.push(text);
    return <p>{text}</p>;
  }
  const app = render(
    <RealtimeProvider client={made}>
      {['a', 'b', 'c', 'd', 'e'].map((id) => (
        <Room key={id} id={id} />
      ))}
    </RealtimeProvider>,
  );
  const as = (next: string): void => void (who = next);
  return { server, step, advance, shown, asked, as, client: () => client, text: () => app.container.textContent };
}

test('rooms: one question for five, renewed in place every 30 s with no new link and no render', async () => {
  const { server, step, advance, shown, asked } = createRooms();
  await step();
  await step();
  await step(() => server.publish('a', 'hello'));
  expect(shown.at(-1)).toContain('open');
  const renders = shown.length;
  for (let half = 0; half < 20; half++) await advance(30_000);
  expect(asked).toEqual(['connect', ...Array.from({ length: 20 }, () => 'refresh')]);
  expect([shown.length - renders, server.wires]).toEqual([0, 1]);
  await step(() => server.publish('a', 'still here'));
  expect(shown.at(-1)).toBe('a open {"name":"ada"} [hello,still here]');
});

test('rooms: who signs out takes everything along, and who comes next sees nothing of it', async () => {
  const { server, step, as, client, text } = createRooms();
  await step();
  await step();
  await step(() => server.publish('a', 'for ada'));
  expect(text()).toContain('a open {"name":"ada"} [for ada]');
  as('ben');
  await step(() => client().signOut());
  expect(text()).toBe(['a', 'b', 'c', 'd', 'e'].map((id) => `${id} closed null []`).join(''));
  expect([server.wires, await server.members('a')]).toEqual([0, []]);
  await step(() => client().connect());
  await step();
  expect(client().getSnapshot().user).toMatchObject({ id: 'ben' });
  expect(await server.members('a')).toEqual([]);
});
