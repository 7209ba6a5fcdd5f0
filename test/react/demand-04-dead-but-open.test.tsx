// Demand 4: a socket that is dead but says OPEN is noticed in seconds after sleep, background or a change of network.

import { fireEvent, render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Host, useWebSocket, type UseWebSocketOptions } from '../../src/index.js';
import { createWorld, settle, type World } from './support.js';

const heartbeat = { intervalMs: 25_000, timeoutMs: 5_000 };
/** One second more than the time limit: an alarm that comes late after a sleep gives the answer a second chance. */
const noticedWithinMs = heartbeat.timeoutMs + 1_000;

function Hook(options: UseWebSocketOptions): ReactNode {
  return useWebSocket('ws://localhost/live', { heartbeat, ...options }).status;
}

/** Timers stand still while time passes: what a frozen tab and a closed laptop do. */
function sleepy({ host }: World): { readonly host: Host; sleep(ms: number): void } {
  let slept = 0;
  const clock = { ...host.clock, now: () => host.clock.now() + slept, wallNow: () => host.clock.wallNow() + slept };
  return { host: { ...host, clock }, sleep: (ms) => void (slept += ms) };
}

test('hidden for 5 minutes with frozen timers, the server gone: asked at once when visible, then replaced', async () => {
  const world = createWorld();
  const { far, step, untilNext } = world;
  const { host, sleep } = sleepy(world);
  const { container } = render(<Hook {...world.parts} host={host} />);
  await step(() => far.last.accept());
  const dead = far.last;

  await settle(() => world.host.setFocus('hidden'));
  sleep(300_000);
  expect([dead.readyState, dead.sent.length, far.sockets.length]).toEqual([1, 0, 1]);
  await settle(() => world.host.setFocus('visible'));
  expect(dead.sent).toEqual(['ping']);
  dead.hang();

  expect(await untilNext(() => dead.closedWith !== null)).toBeLessThanOrEqual(noticedWithinMs + 10);
  expect(dead.closedWith?.code).toBe(4408);
  await untilNext(() => far.sockets.length === 2, 1_000);
  // the close event of the dead one never came, and was not waited for
  expect(dead.readyState).toBe(2);
  await step(() => far.last.accept());
  expect(container.textContent).toBe('open');
  expect(far.live).toBe(1);
});

test.each([
  ['any frame', '{"news":1}'],
  ['pong', 'pong'],
])('the server is well and answers with %s: the socket stays', async (_, answer) => {
  const world = createWorld();
  const { far, step, advance } = world;
  const { host, sleep } = sleepy(world);
  render(<Hook {...world.parts} host={host} />);
  await step(() => far.last.accept());
  await settle(() => world.host.setFocus('hidden'));
  sleep(300_000);
  await settle(() => world.host.setFocus('visible'));
  expect(far.last.sent).toEqual(['ping']);
  await settle(() => far.last.message(answer));
  await advance(noticedWithinMs * 2);
  expect(far.sockets).toHaveLength(1);
  expect(far.last.sent).toEqual(['ping']);
});

test('visible, online and offline together ask once', async () => {
  const { far, host, parts, step } = createWorld();
  render(<Hook {...parts} />);
  await step(() => far.last.accept());
  await settle(() => {
    host.setFocus('hidden');
    host.setOnline(false);
    host.setOnline(true);
    host.setFocus('visible');
  });
  expect(far.last.sent).toEqual(['ping']);
});

test('`online` ends the wait for the next attempt', async () => {
  const { far, host, parts, step, advance } = createWorld();
  const { container } = render(<Hook {...parts} retry={() => 30_000} />);
  await step(() => far.last.drop());
  expect(container.textContent).toBe('connecting');
  await step(() => host.setOnline(false));
  expect(container.textContent).toBe('offline');
  await advance(600_000); // offline: no attempt is made in vain
  expect(far.sockets).toHaveLength(1);
  await step(() => host.setOnline(true));
  expect(far.sockets).toHaveLength(2);
});

test('`visible` ends it too', async () => {
  const { far, host, parts, step } = createWorld();
  render(<Hook {...parts} retry={() => 30_000} />);
  await step(() => host.setFocus('hidden'));
  await step(() => far.last.drop());
  await step(() => host.setFocus('visible'));
  expect(far.sockets).toHaveLength(2);
});

test('a socket that is connecting is left in peace by all of them', async () => {
  const { far, host, parts, step } = createWorld();
  const { container } = render(<Hook {...parts} />);
  for (let round = 0; round < 5; round++)
    await settle(() => {
      host.setFocus('hidden');
      host.setOnline(false);
      host.setOnline(true);
      host.setFocus('visible');
    });
  expect(far.sockets).toHaveLength(1);
  expect([far.last.readyState, far.last.closedWith]).toEqual([0, null]);
  await step(() => far.last.accept());
  expect(container.textContent).toBe('open');
});

describe('by the events of the page itself', () => {
  let visibility: DocumentVisibilityState = 'visible';
  const show = (state: DocumentVisibilityState): void => {
    visibility = state;
    fireEvent(document, new Event('visibilitychange'));
  };
  /** The platform's own network and focus, on a manual clock. */
  const onPage = ({ host: { clock, random, frame } }: World): Partial<Host> => ({ clock, random, frame });
  afterEach(() => void vi.restoreAllMocks());

  const setOnline = (online: boolean): void => {
    vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(online);
    fireEvent(window, new Event(online ? 'online' : 'offline'));
  };

  test('visibilitychange and offline ask an open socket', async () => {
    vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visibility);
    const world = createWorld();
    const { far, step } = world;
    render(<Hook {...world.parts} host={onPage(world)} />);
    await step(() => far.last.accept());
    await step(() => show('hidden'));
    expect(far.last.sent).toEqual([]);
    await step(() => show('visible'));
    expect(far.last.sent).toEqual(['ping']);
    await step(() => far.last.message('pong'));
    await step(() => setOnline(false));
    expect(far.last.sent).toEqual(['ping', 'ping']);
  });

  test('online dials at once', async () => {
    const world = createWorld();
    const { far, step } = world;
    const { container } = render(<Hook {...world.parts} host={onPage(world)} retry={() => 30_000} />);
    await step(() => far.last.accept());
    await step(() => setOnline(false));
    await step(() => far.last.drop());
    expect(container.textContent).toBe('offline');
    await step(() => setOnline(true));
    expect(far.sockets).toHaveLength(2);
  });
});
