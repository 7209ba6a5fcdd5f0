// Demand 8: a heartbeat that works: from the open on, measured from the ping, any frame counts, one per connection.

import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { describe, expect, test, vi } from 'vitest';
import { useWebSocket, type UseWebSocketOptions } from '../../src/index.js';
import { createWorld, type World } from './support.js';

const ADDRESS = 'ws://localhost/live';

function Hook(options: UseWebSocketOptions): ReactNode {
  const { status, count } = useWebSocket(ADDRESS, options);
  return `${status} ${count};`;
}

/** Mounts, and opens at 0 on the manual clock. */
async function opened(world: World, options: UseWebSocketOptions, hooks = 1): Promise<HTMLElement> {
  const { container } = render(
    Array.from({ length: hooks }, (_, key) => <Hook key={key} {...world.parts} {...options} />),
  );
  world.far.last.accept();
  await world.advance(0);
  return container;
}

describe.each([
  { intervalMs: 1_000, timeoutMs: 200 },
  { intervalMs: 1_000, timeoutMs: 1_000 },
  { intervalMs: 1_000, timeoutMs: 3_000 },
  { intervalMs: 25_000, timeoutMs: 10_000 },
])('every $intervalMs ms, answer within $timeoutMs ms', (heartbeat) => {
  const { intervalMs, timeoutMs } = heartbeat;

  test('silent server: one ping, closed with 4408 when the time is over, then a new socket', async () => {
    const world = createWorld();
    const { far, advance, untilNext } = world;
    await opened(world, { heartbeat });
    const [first] = far.sockets;
    await advance(intervalMs - 1);
    expect(first?.sent).toEqual([]);
    await advance(1);
    expect(first?.sent).toEqual(['ping']);
    await advance(timeoutMs - 1);
    expect(first?.closedWith).toBeNull();
    await advance(1);
    expect(first?.sent).toEqual(['ping']);
    expect(first?.closedWith).toMatchObject({ code: 4408 });
    await untilNext(() => far.sockets.length === 2, 1_000);
    expect(far.live).toBe(1);
  });

  test('chatty server: no pings, no close', async () => {
    const world = createWorld();
    const { far, advance } = world;
    await opened(world, { heartbeat });
    for (let elapsed = 0; elapsed < 5 * (intervalMs + timeoutMs); elapsed += intervalMs / 2) {
      await advance(intervalMs / 2);
      far.last.message('"news"');
    }
    expect(far.last.sent).toEqual([]);
    expect(far.sockets).toHaveLength(1);
    expect(far.last.closedWith).toBeNull();
  });

  test('quiet server that answers: one ping per interval of silence, no close', async () => {
    const world = createWorld();
    const { far, advance } = world;
    const container = await opened(world, { heartbeat });
    for (let beat = 1; beat <= 4; beat++) {
      await advance(intervalMs);
      expect(far.last.sent).toHaveLength(beat);
      far.last.message('pong');
    }
    expect(far.sockets).toHaveLength(1);
    await advance(16);
    expect(container.textContent).toBe('open 0;'); // an answer is no message
  });

  test('three hooks: one ping per interval', async () => {
    const world = createWorld();
    const { far, advance } = world;
    await opened(world, { heartbeat }, 3);
    for (let beat = 1; beat <= 3; beat++) {
      await advance(intervalMs);
      far.last.message('pong');
      expect(far.last.sent).toHaveLength(beat);
    }
    expect(far.sockets).toHaveLength(1);
  });

  test('after a reconnect the first interval counts from the new open', async () => {
    const world = createWorld();
    const { far, advance, untilNext } = world;
    await opened(world, { heartbeat });
    await advance(intervalMs / 2);
    far.last.drop();
    await untilNext(() => far.sockets.length === 2);
    await advance(100);
    far.last.accept();
    await advance(intervalMs - 1);
    expect(far.last.sent).toEqual([]);
    await advance(1);
    expect(far.last.sent).toEqual(['ping']);
  });
});

test('a heartbeat that ran out does not count as the wish of the user: it reconnects', async () => {
  const world = createWorld();
  const { far, advance, untilNext } = world;
  const container = await opened(world, { heartbeat: { intervalMs: 1_000, timeoutMs: 1_000 } });
  for (let round = 1; round <= 3; round++) {
    await advance(2_000);
    await untilNext(() => far.sockets.length === round + 1);
    far.last.accept();
  }
  await advance(16);
  expect(container.textContent).toBe('open 0;');
});

test('off by default; `true` is 25 s and 10 s; message and isReply are yours', async () => {
  const silent = createWorld();
  await opened(silent, {});
  await silent.advance(600_000);
  expect(silent.far.last.sent).toEqual([]);

  const usual = createWorld();
  await opened(usual, { heartbeat: true });
  await usual.advance(25_000);
  expect(usual.far.last.sent).toEqual(['ping']);
  await usual.advance(10_000);
  expect(usual.far.last.closedWith).toMatchObject({ code: 4408 });

  const own = createWorld();
  let beats = 0;
  const container = await opened(own, {
    heartbeat: {
      intervalMs: 1_000,
      message: () => JSON.stringify({ beat: ++beats }),
      isReply: (frame) => typeof frame === 'string' && frame.startsWith('{"beat"'),
    },
  });
  await own.advance(1_000);
  own.far.last.message('{"beat":1}');
  own.far.last.message('{"other":1}');
  await own.advance(1_000);
  expect(own.far.last.sent).toEqual(['{"beat":1}', '{"beat":2}']);
  expect(container.textContent).toBe('open 1;');
});

describe('that begins while it is open', () => {
  const heartbeat = { intervalMs: 1_000, timeoutMs: 500 };

  test('switched on by the one who owns the link', async () => {
    const { far, parts, step, advance } = createWorld();
    const { rerender } = render(<Hook {...parts} />);
    await step(() => far.last.accept());
    await advance(60_000);
    expect(far.last.sent).toEqual([]);
    rerender(<Hook {...parts} heartbeat={heartbeat} />);
    await advance(0);
    expect(far.last.sent).toEqual(['ping']);
    await advance(500);
    expect(far.sockets[0]?.closedWith).toMatchObject({ code: 4408 });
  });

  test('inherited from the next owner', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { far, parts, step, advance } = createWorld();
    const heir = <Hook key="heir" {...parts} heartbeat={heartbeat} />;
    const { rerender } = render([<Hook key="first" {...parts} />, heir]);
    await step(() => far.last.accept());
    await advance(60_000);
    expect(far.last.sent).toEqual([]);
    rerender([heir]);
    await advance(0);
    expect(far.last.sent).toEqual(['ping']);
    vi.restoreAllMocks();
  });
});
