// Demand 9: permanent failures are told from temporary ones, and never repeated. Each row counts the requests.

import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { describe, expect, test } from 'vitest';
import { type Feed, useEventSource, useLongPoll, useWebSocket } from '../../src/index.js';
import type { RetryOptions } from '../../src/index.js';
import type { FakeRequest } from '../../src/testing.js';
import { createWorld, type World } from './support.js';

/** Three more attempts, then it gives up: so "tries again" is a number too. */
const GIVES_UP_AFTER = 3;
const retry: RetryOptions = { maxAttempts: GIVES_UP_AFTER, maxDelayMs: 1_000 };
const once = 1;
const refreshed = 2;
const again = 1 + GIVES_UP_AFTER;

const Shown = ({ feed: { status, error } }: { readonly feed: Feed<unknown, never> }): ReactNode =>
  `${status} ${error?.kind ?? 'none'}`;

/** A world in which enough time has passed for everything that would ever be tried. */
async function outcome(world: World, element: ReactNode): Promise<string | null> {
  const { container } = render(element);
  await world.advance(0); // the first answer comes before any time passes
  for (let second = 0; second < 2 * (GIVES_UP_AFTER + 1); second++) await world.advance(1_000);
  await world.advance(3_600_000);
  return container.textContent;
}

const stream = { 'content-type': 'text/event-stream' };
const headers = (): Record<string, string> => ({ authorization: 'Bearer t' });
const status =
  (code: number, answerHeaders: Record<string, string> = {}) =>
  (request: FakeRequest): void =>
    request.answer(code === 204 ? null : 'no', { status: code, headers: answerHeaders });
const noAnswer = (request: FakeRequest): void => request.fail();
const endsAtOnce = (request: FakeRequest): void => request.answer('', { headers: stream });

type Row = readonly [
  name: string,
  far: (request: FakeRequest) => void,
  source: boolean,
  requests: number,
  shown: string,
];

const statusRows: readonly Row[] = [
  ...[400, 404, 405, 406, 410].map((code): Row => [
    String(code),
    status(code),
    true,
    once,
    `failed ${code === 404 || code === 410 ? 'not-found' : 'refused'}`,
  ]),
  ['401, with somebody to ask', status(401), true, refreshed, 'failed unauthorized'],
  ['403, with somebody to ask', status(403), true, refreshed, 'failed forbidden'],
  ['401, with nobody to ask', status(401), false, once, 'failed unauthorized'],
  ['403, with nobody to ask', status(403), false, once, 'failed forbidden'],
  ...[408, 425, 429, 500, 502, 503, 504, 599].map((code): Row => [
    String(code),
    status(code),
    true,
    again,
    'failed refused',
  ]),
  ['no answer at all', noAnswer, true, again, 'failed refused'],
];

describe('useEventSource', () => {
  test.each<Row>([
    ...statusRows,
    ['204: do not come back', status(204), true, once, 'closed refused'],
    ['a web page', status(200, { 'content-type': 'text/html' }), true, once, 'failed protocol'],
    ['no content type', status(200), true, once, 'failed protocol'],
    ['a stream that ends at once', endsAtOnce, true, again, 'failed lost'],
  ])('%s', async (_, onRequest, source, requests, shown) => {
    const world = createWorld({ onRequest });
    function Hook(): ReactNode {
      const options = { ...world.parts, retry, ...(source ? { headers } : {}) };
      return <Shown feed={useEventSource('http://localhost/stream', options)} />;
    }
    expect(await outcome(world, <Hook />)).toBe(shown);
    expect(world.web.requests).toHaveLength(requests);
    expect(world.host.clock.pending).toBe(0);
    expect(world.web.live).toBe(0);
  });

  test('a wrong content type is told in words', async () => {
    const world = createWorld({ onRequest: status(200, { 'content-type': 'text/html' }) });
    function Hook(): ReactNode {
      return useEventSource('http://localhost/stream', world.parts).error?.message;
    }
    expect(await outcome(world, <Hook />)).toMatch(/text\/event-stream, got .*text\/html/);
  });

  test('a stream that ends well is not asked for again after `closed`, and the page coming back changes nothing', async () => {
    const world = createWorld({ onRequest: status(204) });
    function Hook(): ReactNode {
      return useEventSource('http://localhost/stream', world.parts).status;
    }
    expect(await outcome(world, <Hook />)).toBe('closed');
    await world.step(() => world.host.setFocus('hidden'));
    await world.step(() => world.host.setFocus('visible'));
    await world.step(() => (world.host.setOnline(false), world.host.setOnline(true)));
    expect(world.web.requests).toHaveLength(1);
  });
});

describe('useLongPoll', () => {
  test.each<Row>(statusRows)('%s', async (_, onRequest, source, requests, shown) => {
    const world = createWorld({ onRequest });
    function Hook(): ReactNode {
      const options = { ...world.parts, retry, ...(source ? { headers } : {}) };
      return <Shown feed={useLongPoll('http://localhost/poll', options)} />;
    }
    expect(await outcome(world, <Hook />)).toBe(shown);
    expect(world.web.requests).toHaveLength(requests);
    expect(world.host.clock.pending).toBe(0);
    expect(world.web.live).toBe(0);
  });
});

describe.each(['useEventSource', 'useLongPoll'] as const)('%s', (name) => {
  const hooks = { useEventSource, useLongPoll };
  test.each([
    ['503 with Retry-After', 503],
    ['429 with Retry-After', 429],
  ])('%s: not before it, jitter on top', async (_, code) => {
    const world = createWorld({ onRequest: status(code, { 'retry-after': '120' }) });
    const useHook = hooks[name];
    function Hook(): ReactNode {
      return useHook('http://localhost/busy', world.parts).status;
    }
    const { container } = render(<Hook />);
    await world.advance(0);
    await world.advance(119_900);
    expect(world.web.requests).toHaveLength(1);
    // waking up is no reason to come before that
    await world.step(() => (world.host.setFocus('hidden'), world.host.setFocus('visible')));
    expect(world.web.requests).toHaveLength(1);
    expect(await world.untilNext(() => world.web.requests.length === 2)).toBeLessThanOrEqual(100 + 500);
    expect(container.textContent).toBe('connecting');
  });
});

describe('useWebSocket', () => {
  type CloseRow = readonly [code: number, source: boolean, sockets: number, shown: string];
  const rows: readonly CloseRow[] = [
    ...[1002, 1003, 1007, 1008, 1010, 4400, 4402, 4404, 4409, 4499].map((code): CloseRow => [
      code,
      true,
      once,
      'failed lost',
    ]),
    [4403, true, once, 'failed lost'],
    [4401, true, refreshed, 'failed unauthorized'],
    [4401, false, once, 'failed unauthorized'],
    ...[1000, 1001, 1005, 1006, 1011, 1012, 1013, 1014, 1015, 3000, 4000, 4408, 4429, 4500].map((code): CloseRow => [
      code,
      true,
      again,
      'failed lost',
    ]),
  ];

  test.each(rows)('closed with %i, somebody to ask: %s', async (code, source, sockets, shown) => {
    const world = createWorld({
      onSocket(socket) {
        socket.accept();
        socket.drop(code);
      },
    });
    const auth = { getToken: () => 't' };
    function Hook(): ReactNode {
      const options = { ...world.parts, retry, ...(source ? { auth } : {}) };
      return <Shown feed={useWebSocket<unknown, never>('ws://localhost/live', options)} />;
    }
    expect(await outcome(world, <Hook />)).toBe(shown);
    expect(world.far.sockets).toHaveLength(sockets);
    expect(world.host.clock.pending).toBe(0);
    expect(world.far.live).toBe(0);
  });

  type Wish = readonly [name: string, code: number, wish: () => boolean | number | undefined, sockets: number];
  test.each<Wish>([
    ['true keeps trying where the table gives up', 1008, () => true, again],
    ['true keeps trying at 4401', 4401, () => true, again],
    ['true keeps trying at 4403', 4403, () => true, again],
    ['false gives up where the table tries again', 1006, () => false, once],
    ['a number is the wait', 4403, () => 10, again],
    ['undefined leaves it to the table', 1008, () => undefined, once],
  ])('shouldReconnect: %s', async (_, code, wish, sockets) => {
    const world = createWorld({
      onSocket(socket) {
        socket.accept();
        socket.drop(code, 'because');
      },
    });
    const asked: unknown[] = [];
    function Hook(): ReactNode {
      const feed = useWebSocket('ws://localhost/live', {
        ...world.parts,
        retry: {
          ...retry,
          shouldReconnect(end, attempt) {
            asked.push([end.code, end.reason, attempt]);
            return wish();
          },
        },
      });
      return feed.status;
    }
    expect(await outcome(world, <Hook />)).toBe('failed');
    expect(world.far.sockets).toHaveLength(sockets);
    expect(asked).toEqual(Array.from({ length: sockets }, (__, index) => [code, 'because', index + 1]));
  });
});
