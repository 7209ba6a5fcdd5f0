// Demand 29, with the React Compiler on: what it memoises is still told of every change.

import { render } from '@testing-library/react';
import { memo, type ReactNode, StrictMode, useEffect, useState } from 'react';
import { describe, expect, test } from 'vitest';
import { type Feed, useWebSocket, type UseWebSocketOptions } from '../../src/index.js';
import { createWorld, type World } from '../react/support.js';

const ADDRESS = 'ws://localhost/compiled';

function Destructured({ world }: { readonly world: World }): ReactNode {
  const { status, count, messages } = useWebSocket<number>(ADDRESS, world.parts);
  const sum = messages.reduce((total, { data }) => total + data, 0);
  return (
    <p>
      {status} {count} {sum}
    </p>
  );
}

const Line = ({ feed }: { readonly feed: Feed<number> }): ReactNode => (
  <p>
    {feed.status} {feed.count} {feed.messages.reduce((total, { data }) => total + data, 0)}
  </p>
);

/** The whole object goes to a child: the compiler skips the child while it is the same object. */
function HandedOn({ world }: { readonly world: World }): ReactNode {
  const feed = useWebSocket<number>(ADDRESS, world.parts);
  return <Line feed={feed} />;
}

const MemoLine = memo(Line);
function HandedToMemo({ world }: { readonly world: World }): ReactNode {
  const feed = useWebSocket<number>(ADDRESS, world.parts);
  return (
    <section>
      <MemoLine feed={feed} />
    </section>
  );
}

function useSum(world: World): string {
  const feed = useWebSocket<number>(ADDRESS, world.parts);
  return `${feed.status} ${feed.count} ${feed.messages.reduce((total, { data }) => total + data, 0)}`;
}
function InOwnHook({ world }: { readonly world: World }): ReactNode {
  const text = useSum(world);
  return <p>{text}</p>;
}

/** The compiler's cache is an array that is asked for at the top of the function. */
const isCompiled = (component: unknown): boolean => /\bc\)?\(\d+\)|_c\(\d+\)/.test(String(component));

const components = { Destructured, HandedOn, HandedToMemo, InOwnHook };

test('they are compiled indeed', () => {
  for (const component of [...Object.values(components), Line]) expect(String(component)).toSatisfy(isCompiled);
});

describe.each(Object.entries(components))('%s', (_, Component) => {
  test.each([{ strict: false }, { strict: true }])('sees everything, strict: $strict', async ({ strict }) => {
    const world = createWorld();
    const { far, step, advance, untilNext, expectNothingLeft } = world;
    const { container, unmount } = render(<Component world={world} />, strict ? { wrapper: StrictMode } : {});
    expect(container.textContent).toBe('connecting 0 0');
    await step(() => far.last.accept());
    expect(container.textContent).toBe('open 0 0');
    for (const n of [1, 2, 3]) await step(() => far.last.message(String(n)));
    expect(container.textContent).toBe('open 3 6');
    await step(() => far.last.drop());
    expect(container.textContent).toBe('reconnecting 3 6');
    await untilNext(() => far.sockets.length === 2);
    await step(() => far.last.accept());
    await step(() => far.last.message('4'));
    expect(container.textContent).toBe('open 4 10');
    unmount();
    await advance(250);
    expectNothingLeft();
  });
});

test('inline options and callbacks are current, and reconnect nothing', async () => {
  const world = createWorld();
  const { far, step } = world;
  const heard: string[] = [];
  let setName!: (name: string) => void;
  function Hook({ options }: { readonly options: UseWebSocketOptions<number> }): ReactNode {
    const [name, set] = useState('a');
    const { count, send } = useWebSocket<number>(ADDRESS, {
      ...options,
      params: { room: 'x' },
      onMessage: ({ data }) => void heard.push(`${name}${data}`),
    });
    useEffect(() => {
      setName = set;
      send(`hello ${name}`);
    }, [name, send]);
    return <p>{count}</p>;
  }
  render(<Hook options={world.parts} />);
  await step(() => far.last.accept());
  await step(() => far.last.message('1'));
  await step(() => setName('b'));
  await step(() => far.last.message('2'));
  expect(heard).toEqual(['a1', 'b2']);
  expect(far.sockets).toHaveLength(1);
  expect(far.last.sent).toEqual(['"hello a"', '"hello b"']);
});

test('a component that reads only the status renders for nothing else', async () => {
  const world = createWorld();
  const { far, step } = world;
  const renders = { status: 0 };
  function Status(): ReactNode {
    const { status } = useWebSocket(ADDRESS, world.parts);
    useEffect(() => void renders.status++);
    return <p>{status}</p>;
  }
  render(<Status />);
  await step(() => far.last.accept());
  renders.status = 0;
  for (let n = 0; n < 20; n++) await step(() => far.last.message(String(n)));
  expect(renders.status).toBe(0);
});
