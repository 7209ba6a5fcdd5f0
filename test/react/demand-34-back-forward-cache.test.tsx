// Demand 34: friendly to the back/forward cache: closed on the way in, one connect on the way out.

import { fireEvent, render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Host, useEventSource, useWebSocket } from '../../src/index.js';
import { createWorld, type World } from './support.js';

const stream = { headers: { 'content-type': 'text/event-stream' } };

let visibility: DocumentVisibilityState = 'visible';
const registered = new Set<string>();
beforeEach(() => {
  visibility = 'visible';
  registered.clear();
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visibility);
  for (const target of [window, document]) {
    const { addEventListener } = target;
    vi.spyOn(target, 'addEventListener').mockImplementation((...args: Parameters<typeof addEventListener>) => {
      registered.add(args[0]);
      addEventListener.apply(target, args);
    });
  }
});
afterEach(() => void vi.restoreAllMocks());

const pageEvent = (type: 'pagehide' | 'pageshow', persisted = true): boolean =>
  fireEvent(window, Object.assign(new Event(type), { persisted }));
const turn = (state: DocumentVisibilityState): void => {
  visibility = state;
  fireEvent(document, new Event('visibilitychange'));
};
/** As browsers tell it: hidden, pagehide, and perhaps freeze. */
const enterCache = (): void => {
  turn('hidden');
  pageEvent('pagehide');
  fireEvent(document, new Event('freeze'));
};
/** Everything that may fire on the way back, in one task. */
const leaveCache = (): void => {
  fireEvent(document, new Event('resume'));
  pageEvent('pageshow');
  turn('visible');
  fireEvent(window, new Event('online'));
};

/** Network and focus of the page, the rest on a manual clock. */
const onPage = ({ host: { clock, random, frame } }: World): Partial<Host> => ({ clock, random, frame });

test('pagehide closes, with no timer left; pageshow connects exactly once, with the cursor', async () => {
  const world = createWorld();
  const { far, web, host, parts, step, advance } = world;
  const page = onPage(world);
  const ends: unknown[] = [];
  const options = {
    ...parts,
    host: page,
    onClose: ({ why, willRetry }: { why: string; willRetry: boolean }) => void ends.push([why, willRetry]),
  };
  function Hook(): ReactNode {
    const socket = useWebSocket('ws://localhost/live', { ...options, heartbeat: true });
    const events = useEventSource('http://localhost/stream', options);
    return `${socket.status} ${events.status} ${events.count}`;
  }
  const { container } = render(<Hook />);
  await step(() => (far.last.accept(), web.last.open(stream)));
  await step(() => web.last.write('id: 9\ndata: 1\n\n'));
  expect(container.textContent).toBe('open open 1');

  await step(() => {
    enterCache();
    // in the same task: nothing may be open when the page is frozen
    expect(far.last.closedWith).not.toBeNull();
    expect(web.last.aborted).toBe(true);
  });
  await advance(100);
  expect(host.clock.pending).toBe(0);
  expect(ends).toEqual([
    ['lost', true],
    ['lost', true],
  ]);
  await advance(3_600_000);
  expect([far.sockets.length, web.requests.length]).toEqual([1, 1]);

  await step(leaveCache);
  expect([far.sockets.length, web.requests.length]).toEqual([2, 2]);
  expect([far.live, web.live]).toEqual([1, 1]);
  expect(web.last.headers['last-event-id']).toBe('9');
  await step(() => (far.last.accept(), web.last.open(stream)));
  await advance(20_000);
  expect([far.sockets.length, web.requests.length]).toEqual([2, 2]);
});

test.each([
  ['connecting', () => {}],
  ['waiting to try again', ({ far }: World) => far.last.drop()],
] as const)('%s: it rests too, and begins afresh', async (_, reach) => {
  const world = createWorld();
  const { far, host, step, advance } = world;
  const page = onPage(world);
  function Hook(): ReactNode {
    return useWebSocket('ws://localhost/live', { ...world.parts, host: page }).status;
  }
  render(<Hook />);
  await step(() => reach(world));
  await step(enterCache);
  await advance(100);
  expect(host.clock.pending).toBe(0);
  const before = far.sockets.length;
  await step(leaveCache);
  expect(far.sockets).toHaveLength(before + 1);
});

test('what was disconnected stays so', async () => {
  const world = createWorld();
  const { far, step } = world;
  const page = onPage(world);
  let stop!: () => void;
  function Hook(): ReactNode {
    const feed = useWebSocket('ws://localhost/live', { ...world.parts, host: page });
    stop = feed.disconnect;
    return feed.status;
  }
  const { container } = render(<Hook />);
  await step(() => far.last.accept());
  await step(() => stop());
  await step(enterCache);
  await step(leaveCache);
  expect(far.sockets).toHaveLength(1);
  expect(container.textContent).toBe('closed');
});

test('no listener that keeps a page out of the cache', async () => {
  const world = createWorld();
  const page = onPage(world);
  function Hook(): ReactNode {
    return useWebSocket('ws://localhost/live', { ...world.parts, host: page }).status;
  }
  render(<Hook />);
  await world.step(() => world.far.last.accept());
  expect([...registered]).toEqual(expect.arrayContaining(['pagehide', 'pageshow', 'visibilitychange']));
  expect(registered).not.toContain('unload');
  expect(registered).not.toContain('beforeunload');
});
