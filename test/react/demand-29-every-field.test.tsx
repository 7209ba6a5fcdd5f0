// Demand 29, in each React that we promise: StrictMode, every hook and every field, with no word on the console.
// That the packed package can be imported everywhere is tried by scripts/check-tarball.mjs.

import { render } from '@testing-library/react';
import * as React from 'react';
import { type ReactNode, StrictMode, useEffect, useTransition } from 'react';
import { describe, expect, test } from 'vitest';
import { type Feed, useEventSource, useLongPoll, usePoll, useWebSocket } from '../../src/index.js';
import { createWorld, type World } from './support.js';

type AnyFeed = Feed<unknown, never, number>;

/** Each hook, opened, and one message said by its far end. */
const hooks = {
  useWebSocket: [
    (world: World): AnyFeed =>
      useWebSocket<unknown, never, number>('ws://localhost/all', { ...world.parts, select: ({ count }) => count }),
    ({ far }: World) => far.last.accept(),
    ({ far }: World) => far.last.message('{"n":1}'),
  ],
  useEventSource: [
    (world: World): AnyFeed =>
      useEventSource<unknown, never, number>('http://localhost/all', { ...world.parts, select: ({ count }) => count }),
    ({ web }: World) => web.last.open({ headers: { 'content-type': 'text/event-stream' } }),
    ({ web }: World) => web.last.write('data: {"n":1}\n\n'),
  ],
  useLongPoll: [
    (world: World): AnyFeed =>
      useLongPoll<unknown, never, number>('http://localhost/all', {
        ...world.parts,
        minGapMs: 0,
        select: ({ count }) => count,
      }),
    ({ web }: World) => web.last.answer([]),
    ({ web }: World) => web.last.answer([{ n: 1 }]),
  ],
  usePoll: [
    (world: World): AnyFeed =>
      usePoll<unknown, never, number>('http://localhost/all', {
        ...world.parts,
        intervalMs: 0,
        select: ({ count }) => count,
      }),
    ({ web }: World) => web.last.answer([]),
    ({ web }: World) => web.last.answer([{ n: 1 }]),
  ],
} as const;
const names = Object.keys(hooks) as (keyof typeof hooks)[];

const fields: { readonly [field in keyof AnyFeed]: (value: unknown) => void } = {
  status: (value) => expect(value).toBe('open'),
  readyState: (value) => expect(value).toBe(1),
  messages: (value) => expect(value).toMatchObject([{ data: { n: 1 }, type: 'message' }]),
  lastMessage: (value) => expect(value).toMatchObject({ data: { n: 1 }, receivedAt: expect.any(Number) as number }),
  count: (value) => expect(value).toBe(1),
  error: (value) => expect(value).toBeNull(),
  attempt: (value) => expect(value).toBe(0),
  nextAttemptAt: (value) => expect(value).toBeNull(),
  latencyMs: (value) => expect(value).toBeNull(),
  queued: (value) => expect(value).toBe(0),
  bufferedAmount: (value) => expect(value).toBe(0),
  resumed: (value) => expect(value).toBeNull(),
  selected: (value) => expect(value).toBe(1),
  send: (value) => expect(value).toBeTypeOf('function'),
  request: (value) => expect(value).toBeTypeOf('function'),
  clear: (value) => expect(value).toBeTypeOf('function'),
  connect: (value) => expect(value).toBeTypeOf('function'),
  disconnect: (value) => expect(value).toBeTypeOf('function'),
  reconnect: (value) => expect(value).toBeTypeOf('function'),
  drained: (value) => expect(value).toBeTypeOf('function'),
};

describe.each(names)('%s', (name) => {
  const [useHook, open, say] = hooks[name];

  test.each(Object.entries(fields))('StrictMode, read alone: %s', async (field, check) => {
    const world = createWorld();
    let seen: unknown;
    function Reader(): ReactNode {
      const feed = useHook(world);
      seen = feed[field as keyof AnyFeed];
      return null;
    }
    const { unmount } = render(<Reader />, { wrapper: StrictMode });
    await world.step();
    await world.step(() => open(world));
    await world.advance(16);
    await world.step(() => say(world));
    check(seen);
    expect(world.far.sockets.length + world.web.live).toBeLessThanOrEqual(1);
    unmount();
    await world.advance(250);
    for (const socket of world.far.sockets) socket.accept();
    world.expectNothingLeft();
  });

  test('all fields at once, spread, enumerated and handed to a child', async () => {
    const world = createWorld();
    let seen = {} as AnyFeed;
    const Child = ({ feed }: { readonly feed: AnyFeed }): ReactNode => {
      useEffect(() => void (seen = { ...feed }));
      return `${feed.status} ${feed.count}`;
    };
    function Parent(): ReactNode {
      return <Child feed={useHook(world)} />;
    }
    const { container } = render(<Parent />, { wrapper: StrictMode });
    await world.step();
    await world.step(() => open(world));
    await world.advance(16);
    await world.step(() => say(world));
    expect(container.textContent).toBe('open 1');
    expect(Object.keys(seen).sort()).toEqual(Object.keys(fields).sort());
    for (const [field, check] of Object.entries(fields)) check(seen[field as keyof AnyFeed]);
  });
});

test('a field that is read for the first time in an effect is the newest', async () => {
  const world = createWorld();
  const late: number[] = [];
  function Hook({ look }: { readonly look: boolean }): ReactNode {
    const feed = useWebSocket('ws://localhost/late', world.parts);
    useEffect(() => {
      if (look) late.push(feed.count);
    }, [look, feed]);
    return feed.status;
  }
  const { rerender } = render(<Hook look={false} />, { wrapper: StrictMode });
  await world.step(() => world.far.last.accept());
  for (const n of [1, 2, 3]) await world.step(() => world.far.last.message(String(n)));
  rerender(<Hook look />);
  expect(late).toEqual([3]);
  // from now on it takes part
  await world.step(() => world.far.last.message('4'));
  expect(late).toEqual([3, 4]);
});

test('inside a transition nothing tears: two readers of one link show the same', async () => {
  const world = createWorld();
  const seen: string[] = [];
  let start!: () => void;
  function Reader(): ReactNode {
    return `${useWebSocket('ws://localhost/tear', world.parts).count} `;
  }
  function Page(): ReactNode {
    const [pending, startTransition] = useTransition();
    const [wide, setWide] = React.useState(false);
    start = () => startTransition(() => setWide(true));
    return (
      <p data-pending={pending}>
        <Reader />
        <Reader />
        {wide && Array.from({ length: 50 }, (_, key) => <Reader key={key} />)}
      </p>
    );
  }
  const { container } = render(<Page />);
  await world.step(() => world.far.last.accept());
  await world.step(() => {
    start();
    world.far.last.message('1');
  });
  await world.step(() => world.far.last.message('2'));
  seen.push(...(container.textContent ?? '').trim().split(' '));
  expect(new Set(seen)).toEqual(new Set(['2']));
  expect(seen).toHaveLength(52);
});
