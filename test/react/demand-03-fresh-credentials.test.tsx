// Demand 3: credentials are fetched afresh before every attempt, and "expired" is recovered from alone.

import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { expect, test } from 'vitest';
import { useEventSource, useWebSocket, type UseWebSocketOptions } from '../../src/index.js';
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
