// Demand 22: a request settles exactly once, and what it needed is gone afterwards. The rest is in test/client.

import { render } from '@testing-library/react';
import { type ReactNode, useLayoutEffect } from 'react';
import { expect, test } from 'vitest';
import { type Feed, useWebSocket, type UseWebSocketOptions } from '../../src/index.js';
import { createWorld, settle } from './support.js';

interface Answer {
  readonly id: number;
}
type Handle = { current: Feed<Answer> };

function Hook({
  handle,
  path = 'a',
  ...options
}: { readonly handle: Handle; readonly path?: string } & UseWebSocketOptions<Answer>): ReactNode {
  handle.current = useWebSocket<Answer>(`ws://localhost/${path}`, options);
  return handle.current.count;
}
const createHandle = (): Handle => ({}) as Handle;
const is = (id: number) => ({ matches: ({ data }: { readonly data: Answer }) => data.id === id });
const outcomesOf = (promises: readonly Promise<{ readonly data: Answer }>[]): Promise<readonly unknown[]> =>
  Promise.all(
    promises.map((promise) =>
      promise.then(
        ({ data }) => data.id,
        (error: { kind?: string }) => error.kind,
      ),
    ),
  );

test('1,000 at once, each with its own answer, whatever the order; the function is always the same', async () => {
  const world = createWorld();
  const handle = createHandle();
  render(<Hook {...world.parts} handle={handle} />);
  await world.step(() => world.far.last.accept());
  const { request } = handle.current;
  const timers = world.host.clock.pending;
  const asked = Array.from({ length: 1_000 }, (_, id) => request({ id }, is(id)));
  expect(world.host.clock.pending).toBe(timers + 1_000);
  await world.step(() => {
    for (let id = 999; id >= 0; id--) for (let twice = 0; twice < 2; twice++) world.far.last.message(`{"id":${id}}`);
  });
  expect(await outcomesOf(asked)).toEqual(Array.from({ length: 1_000 }, (_, id) => id));
  expect(handle.current.request).toBe(request);
  expect(handle.current.count).toBe(2_000);
  expect(world.host.clock.pending).toBe(timers);
});

test.each(['unmount', 'another peer', 'enabled: false', 'disconnect'])('%s: all are rejected at once', async (how) => {
  const world = createWorld();
  const handle = createHandle();
  const { rerender, unmount } = render(<Hook {...world.parts} handle={handle} lingerMs={0} />);
  await world.step(() => world.far.last.accept());
  const asked = [1, 2].map((id) => handle.current.request({ id }, is(id)));
  await settle(() => {
    if (how === 'unmount') unmount();
    else if (how === 'another peer') rerender(<Hook {...world.parts} handle={handle} path="b" />);
    else if (how === 'disconnect') handle.current.disconnect();
    else rerender(<Hook {...world.parts} handle={handle} enabled={false} />);
  });
  expect(await outcomesOf(asked)).toEqual(['lost', 'lost']);
  unmount();
  await world.advance(1_000);
  for (const socket of world.far.sockets) socket.accept(); // one that was closed while it was connecting
  world.expectNothingLeft();
});

test('one of two that share a wire leaves: the other one is answered', async () => {
  const world = createWorld();
  const [a, b] = [createHandle(), createHandle()];
  const hooks = (both: boolean): ReactNode => [
    both && <Hook key="a" {...world.parts} handle={a} />,
    <Hook key="b" {...world.parts} handle={b} />,
  ];
  const { rerender } = render(hooks(true));
  await world.step(() => world.far.last.accept());
  const asked = [a.current.request({ id: 1 }, is(1)), b.current.request({ id: 1 }, is(1))];
  await settle(() => rerender(hooks(false)));
  await world.step(() => world.far.last.message('{"id":1}'));
  expect(await outcomesOf(asked)).toEqual(['lost', 1]);
});

test('asked in a layout effect, before the hook watches: it is answered', async () => {
  const world = createWorld();
  const asked: Promise<{ readonly data: Answer }>[] = [];
  function Early(): ReactNode {
    const { request } = useWebSocket<Answer>('ws://localhost/early', world.parts);
    useLayoutEffect(() => {
      asked.push(request({ id: 1 }, is(1)));
    }, [request]);
    return null;
  }
  render(<Early />);
  await world.step(() => world.far.last.accept());
  await world.step(() => world.far.last.message('{"id":1}'));
  expect(await outcomesOf(asked)).toEqual([1]);
});

test('without a link it rejects, and says why; nobody has to wait for it', async () => {
  const world = createWorld();
  const handle = createHandle();
  render(<Hook {...world.parts} handle={handle} enabled={false} />);
  await expect(handle.current.request({}, is(1))).rejects.toMatchObject({ kind: 'config' });
  await settle(() => void handle.current.request({}, is(1)));
});
