// Demand 5, through a hook: waits grow under a cap, and only a link that lasted makes them small again.
// That a thousand clients spread over the whole window is measured where no React is needed.

import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { expect, test } from 'vitest';
import { useWebSocket, type UseWebSocketOptions } from '../../src/index.js';
import { createWorld, settle } from './support.js';

const ADDRESS = 'ws://localhost/flapping';
const LAST = 1 - Number.EPSILON;

function Hook(options: UseWebSocketOptions): ReactNode {
  const { status, attempt, nextAttemptAt } = useWebSocket(ADDRESS, options);
  return `${status} ${attempt} ${nextAttemptAt === null ? 'none' : 'planned'}`;
}

/** Waits between an end and the next dial, for a far end that accepts, lives for `livesMs`, and closes. */
async function waitsOf(rounds: number, livesMs: (round: number) => number, random: () => number): Promise<number[]> {
  const world = createWorld();
  const { far, parts, advance, untilNext } = world;
  const host = { ...world.host, random };
  const { unmount } = render(<Hook {...parts} host={host} lingerMs={0} />);
  const waits: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    await settle(() => far.last.accept());
    await advance(livesMs(round));
    await settle(() => far.last.drop(1001));
    waits.push(await untilNext(() => far.sockets.length > round));
  }
  unmount();
  await advance(0);
  world.far.last.drop();
  world.expectNothingLeft();
  return waits;
}

test('accepted and closed after 50 ms, again and again: strictly growing waits, up to the cap', async () => {
  const waits = await waitsOf(
    9,
    () => 50,
    () => LAST,
  );
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

test('the shortest wait is never none', async () => {
  const waits = await waitsOf(
    4,
    () => 50,
    () => 0,
  );
  expect(waits).toEqual([100, 100, 100, 100]);
});

test('the counter is reset by a link that lasted 5 s, and by nothing shorter', async () => {
  const lives = [50, 50, 4_990, 50, 5_000, 50];
  const waits = await waitsOf(
    lives.length,
    (round) => lives[round - 1] ?? 0,
    () => LAST,
  );
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 500, 1_000]);
});

test('attempt and nextAttemptAt tell what is going on', async () => {
  const { far, parts, step, untilNext } = createWorld();
  const { container } = render(<Hook {...parts} />);
  expect(container.textContent).toBe('connecting 0 none');
  await step(() => far.last.drop());
  expect(container.textContent).toBe('connecting 1 planned');
  await untilNext(() => far.sockets.length === 2);
  await step(() => far.last.drop());
  expect(container.textContent).toBe('connecting 2 planned');
  await untilNext(() => far.sockets.length === 3);
  await step(() => far.last.accept());
  expect(container.textContent).toBe('open 0 none');
  await step(() => far.last.drop());
  expect(container.textContent).toBe('reconnecting 3 planned');
});

test('no attempts at all with retry: false', async () => {
  const { far, host, parts, step, advance } = createWorld();
  const { container } = render(<Hook {...parts} retry={false} />);
  await step(() => far.last.drop());
  await advance(600_000);
  expect(container.textContent).toBe('failed 1 none');
  expect(far.sockets).toHaveLength(1);
  expect(host.clock.pending).toBe(0);
});
