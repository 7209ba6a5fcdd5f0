// Demand 1: no message is lost because several arrived in one task.

import { act, render } from '@testing-library/react';
import { Server } from 'mock-socket';
import { Profiler, type ReactNode } from 'react';
import { expect, test } from 'vitest';
import { useWebSocket, type UseWebSocketOptions } from '../../src/index.js';
import type { WebSocketConstructor } from '../../src/transport/web-socket.js';
import { createWorld, settle, turn } from './support.js';

const URL_A = 'ws://localhost/burst';

// half of the payloads are identical: equal is not the same
const frames = Array.from({ length: 1_000 }, (_, n) => (n % 2 ? '{"same":true}' : JSON.stringify({ n })));
const values = frames.map((frame) => JSON.parse(frame) as unknown);

interface Seen {
  heard: unknown[];
  shown: unknown[];
  commits: number;
}

function Burst({ seen, ...options }: { readonly seen: Seen } & UseWebSocketOptions): ReactNode {
  const { messages } = useWebSocket(URL_A, {
    ...options,
    history: 1_000,
    onMessage: ({ data }) => void seen.heard.push(data),
  });
  seen.shown = messages.map(({ data }) => data);
  return messages.length;
}

const profiled = (seen: Seen, options: UseWebSocketOptions): ReactNode => (
  <Profiler id="burst" onRender={() => void seen.commits++}>
    <Burst seen={seen} {...options} />
  </Profiler>
);

/** React schedules by itself, as it does for users: `act` would merge what it renders. */
async function asInProduction(run: () => void | Promise<void>): Promise<void> {
  const scope = globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean };
  const before = scope.IS_REACT_ACT_ENVIRONMENT;
  scope.IS_REACT_ACT_ENVIRONMENT = false;
  try {
    await run();
    await turn();
    await turn();
  } finally {
    scope.IS_REACT_ACT_ENVIRONMENT = before!;
  }
}

test('1,000 frames in one task: 1,000 at onMessage and in messages, in order, in at most 2 commits', async () => {
  const { far, host, parts } = createWorld();
  const seen: Seen = { heard: [], shown: [], commits: 0 };
  render(profiled(seen, parts));
  await settle(() => far.last.accept());
  await settle(() => host.clock.advance(100)); // the frame after `open` has passed
  seen.commits = 0;

  await asInProduction(() => {
    for (const frame of frames) far.last.message(frame);
    expect(seen.heard).toEqual(values); // at once, not at the next frame
  });
  await asInProduction(() => host.clock.advance(16));

  expect(seen.heard).toEqual(values);
  expect(seen.shown).toEqual(values);
  expect(seen.commits).toBeGreaterThan(0);
  expect(seen.commits).toBeLessThanOrEqual(2);
});

test('the same in the frame of another message: none overtakes, none is lost', async () => {
  const { far, host, parts } = createWorld();
  const seen: Seen = { heard: [], shown: [], commits: 0 };
  render(profiled(seen, parts));
  await settle(() => far.last.accept());
  await settle(() => host.clock.advance(100));
  seen.commits = 0;

  await asInProduction(() => far.last.message('"first"'));
  await asInProduction(() => {
    for (const frame of frames.slice(1)) far.last.message(frame);
  });
  await asInProduction(() => host.clock.advance(16));

  expect(seen.shown).toEqual(['first', ...values.slice(1)]);
  expect(seen.heard).toEqual(['first', ...values.slice(1)]);
  expect(seen.commits).toBe(2);
});

test('with mock-socket and the real clock: 1,000 sent in one task arrive, once each and in order', async () => {
  const server = new Server(URL_A);
  const seen: Seen = { heard: [], shown: [], commits: 0 };
  let all!: () => void;
  const arrived = new Promise<void>((resolve) => (all = resolve));
  server.on('connection', (socket) => {
    for (const frame of frames) socket.send(frame);
    socket.send('"end"');
  });
  const { unmount } = render(
    profiled(seen, {
      WebSocket: globalThis.WebSocket as unknown as WebSocketConstructor,
      flush: 'microtask',
      lingerMs: 0,
      filter: ({ data }) => (data === 'end' ? (all(), false) : true),
    }),
  );
  await act(() => arrived);

  expect(seen.heard).toEqual(values);
  expect(seen.shown).toEqual(values);

  const gone = new Promise((resolve) => server.on('close', resolve));
  unmount();
  await gone;
  expect(server.clients()).toHaveLength(0);
  server.stop();
});
