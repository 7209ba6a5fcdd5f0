// Demand 31: a stream that stalls, or is held back on its way, is seen instead of waited for.

import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { expect, test } from 'vitest';
import { useEventSource, type UseEventSourceOptions, useLongPoll, useWebSocket } from '../../src/index.js';
import { createWorld } from './support.js';

const stream = { headers: { 'content-type': 'text/event-stream' } };

function Hook(options: UseEventSourceOptions & { readonly ends?: string[] }): ReactNode {
  const { status, error } = useEventSource('http://localhost/stream', {
    ...options,
    onClose: ({ why }) => void options.ends?.push(why),
  });
  return `${status} ${error?.kind ?? ''} ${error?.message ?? ''}`;
}

test('an answer, and then silence past idleTimeoutMs: stalled, with a hint, and one reconnect', async () => {
  const { web, host, parts, step, advance, untilNext } = createWorld();
  const ends: string[] = [];
  const { container } = render(<Hook {...parts} idleTimeoutMs={30_000} ends={ends} />);
  await step();
  await step(() => web.last.open(stream));
  await advance(29_900);
  expect(container.textContent).toMatch(/^open/);
  await advance(100);
  await advance(16);
  expect(container.textContent).toMatch(/^reconnecting stalled .*silent for 30000 ms.*buffer or compress/);
  expect(ends).toEqual(['stalled']);
  expect(web.last.aborted).toBe(true);
  await untilNext(() => web.requests.length === 2, 1_000);
  await step(() => web.last.open(stream));
  expect(container.textContent).toBe('open  ');
  await advance(20_000);
  expect(web.requests).toHaveLength(2);
  expect(host.clock.pending).toBe(1);
});

test('comments are life', async () => {
  const { web, parts, step, advance } = createWorld();
  const { container } = render(<Hook {...parts} idleTimeoutMs={30_000} />);
  await step();
  await step(() => web.last.open(stream));
  for (let round = 0; round < 10; round++) {
    await advance(25_000);
    await step(() => web.last.write(': still here\n\n'));
  }
  expect(web.requests).toHaveLength(1);
  expect(container.textContent).toMatch(/^open/);
});

test('off by default: a quiet stream is let be', async () => {
  const { web, host, parts, step, advance } = createWorld();
  const { container } = render(<Hook {...parts} />);
  await step();
  await step(() => web.last.open(stream));
  await advance(24 * 3_600_000);
  expect(web.requests).toHaveLength(1);
  expect(container.textContent).toMatch(/^open/);
  expect(host.clock.pending).toBe(0);
});

test('it goes for a WebSocket too', async () => {
  const { far, parts, step, advance, untilNext } = createWorld();
  const ends: string[] = [];
  function Socket(): ReactNode {
    const options = { ...parts, idleTimeoutMs: 10_000, onClose: ({ why }: { why: string }) => void ends.push(why) };
    return useWebSocket('ws://localhost/live', options).error?.kind;
  }
  const { container } = render(<Socket />);
  await step(() => far.last.accept());
  await advance(10_000);
  await advance(16);
  expect(container.textContent).toBe('stalled');
  expect(ends).toEqual(['stalled']);
  await untilNext(() => far.sockets.length === 2, 1_000);
});

test('an empty answer to a long poll is no silence', async () => {
  const { web, parts, step, advance } = createWorld();
  function Poll(): ReactNode {
    return useLongPoll('http://localhost/poll', { ...parts, idleTimeoutMs: 30_000 }).status;
  }
  const { container } = render(<Poll />);
  await step();
  for (let round = 0; round < 5; round++) {
    await advance(25_000);
    await step(() => web.last.answer(null, { status: 204 }));
  }
  expect(container.textContent).toBe('open');
  expect(web.requests.filter(({ aborted }) => aborted)).toEqual([]);
});
