// Demand 19: a status model that people can build a banner on.

import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { describe, expect, test } from 'vitest';
import { type Status, useWebSocket, type UseWebSocketOptions } from '../../src/index.js';
import { seededRandom } from '../../src/testing.js';
import { createWorld } from './support.js';

const ADDRESS = 'ws://localhost/live';

/** Every different thing that was on the screen, in order. */
function Banner({ seen, ...options }: { readonly seen: string[] } & UseWebSocketOptions): ReactNode {
  const { status, attempt, nextAttemptAt, error, readyState } = useWebSocket(ADDRESS, options);
  const line = [
    status,
    readyState,
    `attempt ${attempt}`,
    nextAttemptAt === null ? 'none planned' : 'next planned',
    error ? `${error.kind} ${error.code ?? ''} ${error.reason ?? ''}`.trim() : 'no error',
  ].join(', ');
  if (seen.at(-1) !== line) seen.push(line);
  return line;
}

// three failures in a row: the drop is the first of them
test('connect, drop, failures, success, fatal: told step by step', async () => {
  const { far, parts, step, untilNext } = createWorld();
  const seen: string[] = [];
  render(<Banner seen={seen} {...parts} />);
  await step(() => far.last.accept());
  await step(() => far.last.drop(1006));
  for (let attempt = 1; attempt <= 3; attempt++) {
    await untilNext(() => far.sockets.length === 1 + attempt);
    if (attempt < 3) await step(() => far.last.drop(1006));
  }
  await step(() => far.last.accept());
  await step(() => far.last.drop(1008, 'banned'));

  const reason = 'no handshake; is the server up, the path right, and does a proxy pass upgrades?';
  expect(seen).toEqual([
    'idle, -1, attempt 0, none planned, no error',
    'connecting, 0, attempt 0, none planned, no error',
    'open, 1, attempt 0, none planned, no error',
    'reconnecting, 0, attempt 1, next planned, lost 1006',
    'reconnecting, 0, attempt 1, none planned, lost 1006',
    `reconnecting, 0, attempt 2, next planned, refused 1006 ${reason}`,
    `reconnecting, 0, attempt 2, none planned, refused 1006 ${reason}`,
    `reconnecting, 0, attempt 3, next planned, refused 1006 ${reason}`,
    `reconnecting, 0, attempt 3, none planned, refused 1006 ${reason}`,
    'open, 1, attempt 0, none planned, no error',
    // failures are forgotten by a link that lasted, and this one did not
    'failed, 3, attempt 4, none planned, lost 1008 banned',
  ]);
});

test('nextAttemptAt is the moment at which the next attempt is made', async () => {
  const { far, host, parts, step, untilNext } = createWorld();
  let planned: number | null = null;
  function Hook(): ReactNode {
    ({ nextAttemptAt: planned } = useWebSocket(ADDRESS, parts));
    return null;
  }
  render(<Hook />);
  for (let round = 1; round <= 5; round++) {
    await step(() => far.last.drop());
    const expected = planned ?? Infinity;
    await untilNext(() => far.sockets.length === round + 1);
    expect(Math.abs(host.clock.wallNow() - expected)).toBeLessThanOrEqual(10);
  }
});

/** From each status, those that may be shown next. */
const legal: { readonly [status in Status]: readonly Status[] } = {
  idle: ['connecting', 'reconnecting', 'closed', 'offline', 'open', 'failed'],
  connecting: ['open', 'failed', 'closed', 'offline', 'idle'],
  open: ['reconnecting', 'failed', 'closed', 'offline', 'idle'],
  reconnecting: ['open', 'failed', 'closed', 'offline', 'idle'],
  offline: ['connecting', 'reconnecting', 'open', 'closed', 'failed', 'idle'],
  closed: ['connecting', 'reconnecting', 'open', 'idle'],
  failed: ['connecting', 'reconnecting', 'open', 'closed', 'idle'],
};

test.each([1, 2, 3, 4, 5])('no illegal transition under random input, seed %i', async (seed) => {
  const { far, host, parts, step, advance, expectNothingLeft } = createWorld({ seed });
  const random = seededRandom(seed);
  const seen: Status[] = [];
  let verbs!: { connect(): void; disconnect(): void; reconnect(): Promise<void> };
  let mustHold = (): void => {};
  function Hook(): ReactNode {
    const feed = useWebSocket(ADDRESS, { ...parts, heartbeat: true, pauseWhenHidden: 1_000, lingerMs: 0 });
    verbs = feed;
    const { status, attempt, nextAttemptAt, error } = feed;
    if (seen.at(-1) !== status) seen.push(status);
    mustHold = () => {
      if (status === 'open' || status === 'closed' || status === 'idle')
        expect([attempt, nextAttemptAt]).toEqual([0, null]);
      if (status === 'open') expect(error).toBeNull();
      if (status === 'failed' || status === 'offline') expect([error !== null, nextAttemptAt]).toEqual([true, null]);
      if (status === 'open') expect(far.sockets.filter(({ readyState }) => readyState === 1)).toHaveLength(1);
    };
    return status;
  }
  const { unmount } = render(<Hook />);
  const moves: readonly (() => unknown)[] = [
    () => far.last.accept(),
    () => far.last.accept(),
    () => far.last.drop(1006),
    () => far.last.drop(random() < 0.2 ? 1008 : 1001),
    () => far.last.message('1'),
    () => host.setOnline(random() < 0.5),
    () => host.setFocus((['visible', 'hidden', 'suspended', 'visible'] as const)[Math.floor(random() * 4)]!),
    () => verbs.connect(),
    () => verbs.disconnect(),
    () => void verbs.reconnect().catch(() => {}),
    () => host.clock.advance(random() * 40_000),
    () => host.clock.advance(random() * 100),
  ];
  for (let turn = 0; turn < 400; turn++) {
    await step(moves[Math.floor(random() * moves.length)]);
    mustHold();
  }
  for (const [index, status] of seen.entries())
    if (index > 0) expect(legal[seen[index - 1]!], `after ${seen[index - 1]}`).toContain(status);
  expect(new Set(seen).size).toBeGreaterThanOrEqual(5);
  unmount();
  await advance(0);
  for (const socket of far.sockets) socket.accept();
  await advance(0);
  expectNothingLeft();
});

describe('statusGraceMs', () => {
  test('an outage shorter than it never reaches the status', async () => {
    const { far, parts, step, advance } = createWorld();
    const seen: string[] = [];
    let ends = 0;
    render(<Banner seen={seen} {...parts} statusGraceMs={2_000} onClose={() => void ends++} retry={() => 500} />);
    await step(() => far.last.accept());
    seen.splice(0);
    for (let round = 1; round <= 3; round++) {
      await step(() => far.last.drop());
      await advance(1_000);
      await step(() => far.last.accept());
      await advance(10_000);
    }
    expect(seen.filter((line) => !line.startsWith('open'))).toEqual([]);
    expect(far.sockets).toHaveLength(4);
    expect(ends).toBe(3); // the callbacks hear it all the same
  });

  test('a longer one does, when the grace is over', async () => {
    const { far, parts, step, advance } = createWorld();
    const seen: string[] = [];
    const { container } = render(<Banner seen={seen} {...parts} statusGraceMs={2_000} />);
    await step(() => far.last.accept());
    await step(() => far.last.drop());
    await advance(1_900);
    expect(container.textContent).toMatch(/^open/);
    await advance(100);
    await advance(16);
    expect(container.textContent).toMatch(/^reconnecting/);
  });

  test('an end for good is told at once', async () => {
    const { far, parts, step } = createWorld();
    const { container } = render(<Banner seen={[]} {...parts} statusGraceMs={60_000} />);
    await step(() => far.last.accept());
    await step(() => far.last.drop(1008));
    expect(container.textContent).toMatch(/^failed/);
  });
});
