// Demand 20: connect, disconnect and reconnect mean what they say.

import { fireEvent, render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { describe, expect, test } from 'vitest';
import { type Feed, useEventSource, useWebSocket, type UseWebSocketOptions } from '../../src/index.js';
import { createWorld, settle, type World } from './support.js';

const ADDRESS = 'ws://localhost/live';
type Handle = { current: Feed };

function Hook({ handle, ...options }: { readonly handle: Handle } & UseWebSocketOptions): ReactNode {
  handle.current = useWebSocket(ADDRESS, options);
  return handle.current.status;
}
const createHandle = (): Handle => ({}) as Handle;

describe('disconnect', () => {
  test('stays down through visible, online, pageshow, equal renders and any time', async () => {
    const world = createWorld();
    const { far, host, parts, step, advance } = world;
    const handle = createHandle();
    const ends: unknown[] = [];
    const options = { ...parts, handle, heartbeat: true };
    const { container, rerender } = render(<Hook {...options} onClose={(end) => void ends.push(end)} />);
    await step(() => far.last.accept());
    await step(() => handle.current.disconnect(4000, 'logged out'));
    expect(far.last.closedWith).toEqual({ code: 4000, reason: 'logged out' });

    const events: readonly (() => unknown)[] = [
      () => host.setFocus('hidden'),
      () => host.setFocus('visible'),
      () => host.setOnline(false),
      () => host.setOnline(true),
      () => host.setFocus('suspended'),
      () => host.setFocus('visible'),
      () => rerender(<Hook {...options} />),
      () => host.clock.advance(3_600_000),
    ];
    for (const happen of events) await step(happen);
    expect(far.sockets).toHaveLength(1);
    expect(container.textContent).toBe('closed');
    expect(ends).toEqual([
      { why: 'disconnect', code: 4000, reason: 'logged out', willRetry: false, retryInMs: undefined },
    ]);
    expect([host.clock.pending, host.watchers]).toEqual([0, 0]);
    await advance(0);
  });

  test('the same with the events of the page itself', async () => {
    const { far, host, parts, step } = createWorld();
    const handle = createHandle();
    const { clock, random, frame } = host;
    const { container } = render(<Hook {...parts} host={{ clock, random, frame }} handle={handle} />);
    await step(() => far.last.accept());
    await step(() => handle.current.disconnect());
    for (const type of ['pagehide', 'pageshow', 'offline', 'online', 'focus'])
      await step(() => void fireEvent(window, new Event(type)));
    for (const type of ['visibilitychange', 'freeze', 'resume'])
      await step(() => void fireEvent(document, new Event(type)));
    expect(container.textContent).toBe('closed');
    expect(far.sockets).toHaveLength(1);
  });

  test('ends an attempt, and a wait for the next one', async () => {
    for (const waiting of [false, true]) {
      const { far, host, parts, step, advance } = createWorld();
      const handle = createHandle();
      const { container, unmount } = render(<Hook {...parts} handle={handle} />);
      if (waiting) await step(() => far.last.drop());
      await step(() => handle.current.disconnect());
      await advance(600_000);
      far.last.accept();
      await step();
      expect(container.textContent).toBe('closed');
      expect([far.sockets.length, far.live, host.clock.pending]).toEqual([1, 0, 0]);
      unmount();
    }
  });

  test('is for all who share; `enabled: false` takes out one', async () => {
    const { far, parts, step, advance } = createWorld();
    const [a, b] = [createHandle(), createHandle()];
    const hooks = (enabled: boolean): ReactNode => [
      <Hook key="a" {...parts} handle={a} enabled={enabled} />,
      <Hook key="b" {...parts} handle={b} />,
    ];
    const { container, rerender } = render(hooks(true));
    await step(() => far.last.accept());
    rerender(hooks(false));
    await advance(1_000);
    expect(container.textContent).toBe('idleopen');
    expect(far.live).toBe(1);
    rerender(hooks(true));
    expect(container.textContent).toBe('openopen');
    await step(() => a.current.disconnect());
    expect(container.textContent).toBe('closedclosed');
  });

  test('what waits to be sent is dropped, with a reason', async () => {
    const { parts, step } = createWorld();
    const handle = createHandle();
    render(<Hook {...parts} handle={handle} />);
    const delivery = handle.current.send('never');
    expect(delivery.verdict).toBe('queued');
    await step(() => handle.current.disconnect());
    expect(await delivery.done).toMatchObject({ status: 'dropped', error: { kind: 'lost' } });
    expect(handle.current.send('neither').verdict).toBe('dropped');
  });
});

test('connect opens again what was disconnected, and does nothing to what is open', async () => {
  const { far, parts, step } = createWorld();
  const handle = createHandle();
  const { container } = render(<Hook {...parts} handle={handle} />);
  await step(() => far.last.accept());
  await step(() => handle.current.connect());
  expect(far.sockets).toHaveLength(1);
  await step(() => handle.current.disconnect());
  await step(() => handle.current.connect());
  expect(far.sockets).toHaveLength(2);
  expect(container.textContent).toBe('connecting');
  await step(() => far.last.accept());
  expect(container.textContent).toBe('open');
});

type Reach = (world: World, handle: Handle) => unknown;
const states: readonly (readonly [string, Reach])[] = [
  ['open', ({ step, far }) => step(() => far.last.accept())],
  ['waiting to try again', ({ step, far }) => step(() => far.last.drop())],
  ['offline', ({ step, far, host }) => step(() => (far.last.drop(), host.setOnline(false)))],
  ['failed', ({ step, far }) => step(() => (far.last.accept(), far.last.drop(1008)))],
  [
    'failed after the last retry',
    async ({ step, far, untilNext }) => {
      await step(() => far.last.drop());
      await untilNext(() => far.sockets.length === 2);
      await step(() => far.last.drop());
    },
  ],
  ['disconnected', ({ step, far }, handle) => step(() => (far.last.accept(), handle.current.disconnect()))],
  ['hidden and paused', ({ step, far, host }) => step(() => (far.last.accept(), host.setFocus('hidden')))],
];

describe('reconnect', () => {
  test.each(states)('from %s: one new socket, attempts forgotten, the promise is kept', async (name, reach) => {
    const world = createWorld();
    const { far, host, parts, step } = world;
    const handle = createHandle();
    const { container } = render(
      <Hook {...parts} handle={handle} retry={{ maxAttempts: 1 }} pauseWhenHidden={60_000} />,
    );
    await reach(world, handle);
    const before = far.sockets.length;
    let outcome = 'pending';
    await step(() => {
      void handle.current.reconnect().then(
        () => (outcome = 'open'),
        (error: unknown) => (outcome = String(error)),
      );
    });
    expect(far.sockets).toHaveLength(before + 1);
    expect(far.sockets.slice(0, before).filter(({ readyState }) => readyState < 2)).toEqual([]);
    expect(handle.current.attempt).toBe(0);
    expect(outcome).toBe('pending');
    host.setOnline(true);
    await step(() => far.last.accept());
    expect([name, container.textContent, outcome]).toEqual([name, 'open', 'open']);
    expect(far.live).toBe(1);
  });

  test('while connecting it is the same attempt, and all promises are kept', async () => {
    const { far, parts, step } = createWorld();
    const handle = createHandle();
    render(<Hook {...parts} handle={handle} />);
    const outcomes: string[] = [];
    await step(() => {
      for (let round = 0; round < 5; round++) void handle.current.reconnect().then(() => outcomes.push('open'));
    });
    expect(far.sockets).toHaveLength(1);
    await step(() => far.last.accept());
    expect(outcomes).toEqual(Array.from({ length: 5 }, () => 'open'));
  });

  test.each([
    ['this attempt fails', ({ far }: World) => far.last.drop(1006), 'refused'],
    ['it is refused for good', ({ far }: World) => far.last.drop(1008), 'refused'],
    ['nobody answers in time', ({ host }: World) => host.clock.advance(10_000), 'timeout'],
  ] as const)('rejects with the reason when %s', async (_, happen, kind) => {
    const world = createWorld();
    const handle = createHandle();
    render(<Hook {...world.parts} handle={handle} />);
    await world.step(() => world.far.last.accept());
    let error: unknown;
    await world.step(() => void handle.current.reconnect().catch((each: unknown) => (error = each)));
    await world.step(() => happen(world));
    expect(error).toMatchObject({ name: 'RealtimeError', kind });
  });

  test.each(['disconnect', 'unmount'])('rejects on %s', async (how) => {
    const world = createWorld();
    const handle = createHandle();
    const { unmount } = render(<Hook {...world.parts} handle={handle} lingerMs={0} />);
    let error: unknown;
    await world.step(() => void handle.current.reconnect().catch((each: unknown) => (error = each)));
    await world.step(() => (how === 'unmount' ? unmount() : handle.current.disconnect()));
    expect(error).toMatchObject({ name: 'RealtimeError' });
  });

  test('without a link it rejects, and says why', async () => {
    const { parts } = createWorld();
    const handle = createHandle();
    render(<Hook {...parts} handle={handle} enabled={false} />);
    await expect(handle.current.reconnect()).rejects.toMatchObject({ kind: 'config' });
    expect(handle.current.send('x').verdict).toBe('dropped');
  });

  test('nobody waits for the promise: no unhandled rejection', async () => {
    const { far, parts, step } = createWorld();
    const handle = createHandle();
    render(<Hook {...parts} handle={handle} />);
    await step(() => void handle.current.reconnect());
    await step(() => far.last.drop());
  });

  test('nor where there is no link: disabled, and unmounted', async () => {
    const { parts, step } = createWorld();
    const handle = createHandle();
    const { rerender, unmount } = render(<Hook {...parts} handle={handle} enabled={false} />);
    await step(() => void handle.current.reconnect());
    rerender(<Hook {...parts} handle={handle} />);
    unmount();
    await step(() => void handle.current.reconnect());
    // an unhandled rejection would end the run
    await expect(handle.current.reconnect()).rejects.toMatchObject({ kind: 'config' });
  });
});

test('SSE: disconnect aborts, reconnect asks again from where it was', async () => {
  const { web, parts, step } = createWorld();
  let feed!: Feed<unknown, never>;
  function Stream(): ReactNode {
    feed = useEventSource('http://localhost/stream', parts);
    return feed.status;
  }
  render(<Stream />);
  await step();
  await step(() => web.last.open({ headers: { 'content-type': 'text/event-stream' } }));
  await step(() => web.last.write('id: 3\ndata: 3\n\n'));
  await settle(() => feed.disconnect());
  expect(web.last.aborted).toBe(true);
  await step(() => void feed.reconnect());
  expect(web.last.headers['last-event-id']).toBe('3');
});

test('clear() empties what a hook shows that is not enabled any more', async () => {
  const { far, parts, step } = createWorld();
  const handle = createHandle();
  function Lines(props: { readonly enabled: boolean }): ReactNode {
    handle.current = useWebSocket(ADDRESS, { ...parts, ...props });
    return `${handle.current.status} ${handle.current.messages.length}`;
  }
  const { container, rerender } = render(<Lines enabled />);
  await step(() => far.last.accept());
  await step(() => far.last.message('1'));
  rerender(<Lines enabled={false} />);
  expect(container.textContent).toBe('idle 1');
  await step(() => handle.current.clear());
  expect(container.textContent).toBe('idle 0');
});
