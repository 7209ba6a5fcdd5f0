// Demand 26: the history is bounded. A million messages are sent through it in test/node.

import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { expect, test } from 'vitest';
import { type Feed, useWebSocket } from '../../src/index.js';
import { createWorld, numbered, settle, type World } from './support.js';

interface Line {
  readonly n: number;
}
interface Props {
  readonly world: World;
  readonly path?: string;
  readonly history?: number | undefined;
  readonly handle?: { current?: Feed<Line> };
}

function Hook({ world, path = 'a', history, handle = {} }: Props): ReactNode {
  const feed = useWebSocket<Line>(`ws://localhost/${path}`, { ...world.parts, history });
  handle.current = feed;
  return `${feed.messages.map(({ data }) => data.n).join()} (${feed.count}, last ${feed.lastMessage?.data.n})`;
}

const say = (world: World, from: number, to: number): Promise<void> =>
  world.step(() => numbered(from, to).forEach((frame) => world.far.last.message(frame)));

test.each([
  [undefined, 100],
  [500, 500],
  [3, 3],
  [1, 1],
])('limit %s: the newest %i, in order', async (history, kept) => {
  const world = createWorld();
  const { container } = render(<Hook world={world} history={history} />);
  await world.step(() => world.far.last.accept());
  for (let from = 1; from <= 10_000; from += 2_500) await say(world, from, from + 2_499);
  const expected = Array.from({ length: kept }, (_, index) => 10_001 - kept + index);
  expect(container.textContent).toBe(`${expected.join()} (10000, last 10000)`);
});

test('limit 0 keeps nothing; the last message and the count are there', async () => {
  const world = createWorld();
  const { container } = render(<Hook world={world} history={0} />);
  await world.step(() => world.far.last.accept());
  await say(world, 1, 2_000);
  expect(container.textContent).toBe(' (2000, last 2000)');
});

test('each hook has its own bound over one wire', async () => {
  const world = createWorld();
  const { container } = render([
    <Hook key="a" world={world} history={1} />,
    <Hook key="b" world={world} history={3} />,
  ]);
  await world.step(() => world.far.last.accept());
  await say(world, 1, 5);
  expect(container.textContent).toBe('5 (5, last 5)3,4,5 (5, last 5)');
});

test('a bound that shrinks lets go of the oldest, one that grows keeps more from then on', async () => {
  const world = createWorld();
  const { container, rerender } = render(<Hook world={world} history={4} />);
  await world.step(() => world.far.last.accept());
  await say(world, 1, 6);
  expect(container.textContent).toBe('3,4,5,6 (6, last 6)');
  rerender(<Hook world={world} history={2} />);
  await say(world, 7, 7);
  expect(container.textContent).toBe('6,7 (7, last 7)');
  rerender(<Hook world={world} history={4} />);
  await say(world, 8, 9);
  expect(container.textContent).toBe('6,7,8,9 (9, last 9)');
});

test('clear() empties it, for this hook only', async () => {
  const world = createWorld();
  const handle: NonNullable<Props['handle']> = {};
  const { container } = render([<Hook key="a" world={world} handle={handle} />, <Hook key="b" world={world} />]);
  await world.step(() => world.far.last.accept());
  await say(world, 1, 3);
  await world.step(() => handle.current?.clear());
  expect(container.textContent).toBe(' (3, last undefined)1,2,3 (3, last 3)');
  await say(world, 4, 4);
  expect(container.textContent).toBe('4 (4, last 4)1,2,3,4 (4, last 4)');
  // what is cleared in the same task as it came is gone too
  await world.step(() => {
    world.far.last.message('{"n":5}');
    handle.current?.clear();
    world.far.last.message('{"n":6}');
  });
  expect(container.textContent).toBe('6 (6, last 6)1,2,3,4,5,6 (6, last 6)');
});

test('a change of key empties it', async () => {
  const world = createWorld();
  const { container, rerender } = render(<Hook world={world} />);
  await world.step(() => world.far.last.accept());
  await say(world, 1, 3);
  await settle(() => rerender(<Hook world={world} path="b" />));
  expect(container.textContent).toBe(' (0, last undefined)');
});

test('an array that a component was given never changes', async () => {
  const world = createWorld();
  const handle: NonNullable<Props['handle']> = {};
  render(<Hook world={world} history={3} handle={handle} />);
  await world.step(() => world.far.last.accept());
  await say(world, 1, 3);
  const seen = handle.current?.messages;
  const copy = [...(seen ?? [])];
  await say(world, 4, 500);
  expect(seen).toEqual(copy);
  expect(handle.current?.messages).toBe(handle.current?.messages);
});

test('nothing kept is always the same nothing: no render for it', async () => {
  const { far, parts, step } = createWorld();
  let renders = 0;
  function Silent(): ReactNode {
    renders++;
    return useWebSocket('ws://localhost/a', { ...parts, history: 0 }).messages.length;
  }
  render(<Silent />);
  await step(() => far.last.accept());
  renders = 0;
  for (let n = 1; n <= 5; n++) await step(() => far.last.message(String(n)));
  expect(renders).toBe(0);
});
