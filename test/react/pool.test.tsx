// useWebSocket over a pool: several sockets, one feed. Which of them carries what is in test/connection.

import { render } from '@testing-library/react';
import { type ReactNode, StrictMode } from 'react';
import { expect, test } from 'vitest';
import { type Feed, type PoolOptions, pooled, useWebSocket, type UseWebSocketOptions } from '../../src/index.js';
import { createWorld, settle, type World } from './support.js';

type Handle = { current: Feed<{ readonly n: number }, string> };

interface Props extends Omit<UseWebSocketOptions<{ readonly n: number }, string>, 'pool'> {
  readonly handle: Handle;
  readonly pool?: PoolOptions | undefined;
}
function Hook({ handle, pool = { size: 3 }, ...options }: Props): ReactNode {
  // made anew in each render, and the same peer for all that
  handle.current = useWebSocket('ws://localhost/pool', { ...options, pool: pooled(pool) });
  return `${handle.current.status} ${handle.current.count} ${handle.current.queued}`;
}
const createHandle = (): Handle => ({}) as Handle;
const sent = ({ far }: World): readonly (readonly string[])[] => far.sockets.map((socket) => socket.sent.map(String));

test('three sockets, one feed: sends by turns, messages of all, open while one is', async () => {
  const world = createWorld();
  const { far, host, parts, step } = world;
  const handle = createHandle();
  const heard: string[] = [];
  const { container, unmount } = render(
    <Hook
      {...parts}
      handle={handle}
      onMessage={({ data }) => void heard.push(String(data.n))}
      onOpen={() => void heard.push('open')}
      onReconnect={() => void heard.push('again')}
      onClose={({ why }) => void heard.push(why)}
    />,
    { wrapper: StrictMode },
  );
  expect(far.sockets).toHaveLength(3);
  await step(() => far.sockets[1]?.accept());
  expect(container.textContent).toBe('open 0 0');
  await step(() => far.sockets.forEach((socket) => socket.accept()));
  for (const each of ['a', 'b', 'c', 'd']) expect(handle.current.send(each).verdict).toBe('sent');
  expect(sent(world)).toEqual([['"a"', '"d"'], ['"b"'], ['"c"']]);
  await step(() => far.sockets.forEach((socket, n) => socket.message(`{"n":${n}}`)));
  expect(container.textContent).toBe('open 3 0');

  await step(() => far.sockets.slice(0, 2).forEach((socket) => socket.drop()));
  expect([container.textContent, handle.current.error]).toEqual(['open 3 0', null]);
  await step(() => far.sockets[2]?.drop());
  expect(container.textContent).toBe('reconnecting 3 0');
  await step(() => handle.current.send('e'));
  expect(container.textContent).toBe('reconnecting 3 1');
  await world.untilNext(() => far.sockets.length > 3);
  await step(() => far.last.accept());
  expect([container.textContent, far.last.sent]).toEqual(['open 3 0', ['"e"']]);
  expect(heard).toEqual(['open', '0', '1', '2', 'lost', 'open', 'again']);

  unmount();
  await world.advance(250);
  for (const socket of far.sockets) socket.accept();
  expect(heard.slice(-1)).toEqual(['unmount']);
  expect(host.clock.pending).toBe(0);
  world.expectNothingLeft();
});

test('another pool is another peer; the same one is shared', async () => {
  const world = createWorld();
  const { far, parts, step } = world;
  const [a, b] = [createHandle(), createHandle()];
  const hooks = (pool: PoolOptions): ReactNode => [
    <Hook key="a" {...parts} handle={a} lingerMs={0} pool={pool} />,
    <Hook key="b" {...parts} handle={b} lingerMs={0} pool={{ ...pool }} />,
  ];
  const { container, rerender } = render(hooks({ size: 3 }));
  await step(() => far.sockets.forEach((socket) => socket.accept()));
  expect([far.sockets.length, container.textContent]).toEqual([3, 'open 0 0open 0 0']);
  rerender(hooks({ size: 3 }));
  expect(far.sockets).toHaveLength(3);
  await step(() => rerender(hooks({ size: 2 })));
  expect([far.sockets.length, far.live]).toEqual([5, 2]);
  await step(() => rerender(hooks({ size: 2, policy: 'least-buffered' })));
  expect(far.sockets).toHaveLength(7);
  await settle(() => a.current.disconnect());
  for (const socket of far.sockets) socket.accept();
  expect(far.live).toBe(0);
});

test('a request over a pool is answered by whichever socket brings the answer', async () => {
  const world = createWorld();
  const handle = createHandle();
  render(<Hook {...world.parts} handle={handle} />);
  await world.step(() => world.far.sockets.forEach((socket) => socket.accept()));
  const answer = handle.current.request('who', { matches: ({ data }) => data.n === 7 });
  await world.step(() => world.far.sockets[2]?.message('{"n":7}'));
  expect((await answer).data).toEqual({ n: 7 });
});
