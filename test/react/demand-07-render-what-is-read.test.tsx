// Demand 7: a component renders only for what it reads, and a high rate is survived.

import { act, fireEvent, render } from '@testing-library/react';
import { Profiler, type ReactNode, StrictMode, useEffect, useState } from 'react';
import { beforeEach, expect, test } from 'vitest';
import { useWebSocket, type UseWebSocketOptions } from '../../src/index.js';
import { createWorld, settle } from './support.js';

const ADDRESS = 'ws://localhost/ticker';
const FRAME_MS = 16;
const PER_SECOND = 1_000;
const SLICE = 250;

interface Tick {
  readonly n: number;
}
type Options<Selected = undefined> = UseWebSocketOptions<Tick, never, Selected>;

const renders = { status: 0, selector: 0, history: 0, silent: 0 };
const heard: number[][] = [];
beforeEach(() => {
  for (const name of Object.keys(renders) as (keyof typeof renders)[]) renders[name] = 0;
  heard.length = 0;
});

function StatusOnly(options: Options): ReactNode {
  renders.status++;
  return useWebSocket<Tick, never>(ADDRESS, options).status;
}

const sliceOf = (state: { readonly lastMessage: { readonly data: Tick } | null }): number =>
  Math.floor((state.lastMessage?.data.n ?? 0) / SLICE);

function Selector(options: Options<number>): ReactNode {
  renders.selector++;
  return useWebSocket<Tick, never, number>(ADDRESS, { ...options, select: sliceOf }).selected;
}

function History(options: Options): ReactNode {
  renders.history++;
  return useWebSocket<Tick, never>(ADDRESS, { ...options, history: 10 })
    .messages.map(({ data }) => data.n)
    .join();
}

/** Reads nothing; its callback hears everything. */
function Silent(options: Options): ReactNode {
  renders.silent++;
  const own: number[] = (heard[renders.silent - 1] = []);
  useWebSocket<Tick, never>(ADDRESS, { ...options, onMessage: ({ data }) => void own.push(data.n) });
  return null;
}

test('50 consumers at 1,000 messages a second for one second', async () => {
  const { far, host, parts, advance, expectNothingLeft } = createWorld({ frameMs: FRAME_MS });
  const commits: Record<string, number[]> = { status: [], selector: [], history: [], silent: [] };
  const group = (id: string, count: number, each: (key: number) => ReactNode): ReactNode => (
    <Profiler id={id} onRender={() => void commits[id]?.push(host.clock.now())}>
      {Array.from({ length: count }, (_, key) => each(key))}
    </Profiler>
  );
  const { container, unmount } = render(
    <>
      {group('status', 20, (key) => (
        <StatusOnly key={key} {...parts} />
      ))}
      {group('selector', 10, (key) => (
        <Selector key={key} {...parts} />
      ))}
      {group('history', 10, (key) => (
        <History key={key} {...parts} />
      ))}
      {group('silent', 10, (key) => (
        <Silent key={key} {...parts} />
      ))}
    </>,
  );
  await settle(() => far.last.accept());
  await advance(100);
  expect(renders).toMatchObject({ silent: 10 });
  Object.assign(renders, { status: 0, selector: 0, history: 0, silent: 0 });
  for (const id of Object.keys(commits)) commits[id] = [];

  for (let n = 1; n <= PER_SECOND; n++)
    // each millisecond is a task of its own: what is to be rendered is rendered before the next
    await act(async () => {
      far.last.message(JSON.stringify({ n }));
      host.clock.advance(1);
    });
  await advance(FRAME_MS);

  expect(renders.status).toBe(0);
  expect(renders.silent).toBe(0);
  // 1..1000 in steps of 250: 0 is there already, so 1, 2, 3 and 4
  expect(renders.selector).toBe(10 * (PER_SECOND / SLICE));
  const painted = commits['history'] ?? [];
  expect(painted.length).toBeGreaterThan(50);
  expect(painted.length).toBeLessThanOrEqual(Math.ceil(PER_SECOND / FRAME_MS) + 1);
  const gaps = painted.slice(1).map((at, index) => at - (painted[index] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(FRAME_MS - 1);
  expect(renders.history).toBe(10 * painted.length);
  // all that belongs to one frame is one commit
  for (const at of commits['selector'] ?? []) expect(painted).toContain(at);

  const all = Array.from({ length: PER_SECOND }, (_, index) => index + 1);
  expect(heard.filter(({ length }) => length > 0)).toEqual(Array.from({ length: 10 }, () => all));
  expect(container.textContent).toBe(`${'open'.repeat(20)}${'4'.repeat(10)}${all.slice(-10).join().repeat(10)}`);

  unmount();
  await advance(250);
  expectNothingLeft();
});

test('a selection that is made anew each time renders only when `isEqual` says so', async () => {
  const { far, parts, step } = createWorld();
  let rendered = 0;
  function Parity(): ReactNode {
    rendered++;
    const { selected } = useWebSocket<Tick, never, { readonly odd: boolean }>(ADDRESS, {
      ...parts,
      select: ({ lastMessage }) => ({ odd: (lastMessage?.data.n ?? 0) % 2 === 1 }),
      isEqual: (a, b) => a.odd === b.odd,
    });
    return String(selected.odd);
  }
  const { container } = render(<Parity />);
  await step(() => far.last.accept());
  rendered = 0;
  for (const n of [2, 4, 6]) await step(() => far.last.message(JSON.stringify({ n })));
  expect(rendered).toBe(0);
  await step(() => far.last.message('{"n":7}'));
  expect(rendered).toBe(1);
  expect(container.textContent).toBe('true');
});

test('a heartbeat renders nobody but those who read the latency', async () => {
  const { far, parts, advance, step } = createWorld();
  let statusRenders = 0;
  let latencyRenders = 0;
  const heartbeat = { intervalMs: 1_000, timeoutMs: 500 };
  function Status(): ReactNode {
    statusRenders++;
    return useWebSocket(ADDRESS, { ...parts, heartbeat }).status;
  }
  function Latency(): ReactNode {
    latencyRenders++;
    return useWebSocket(ADDRESS, { ...parts, heartbeat }).latencyMs;
  }
  const { container } = render([<Status key="s" />, <Latency key="l" />]);
  await step(() => far.last.accept());
  statusRenders = latencyRenders = 0;
  for (const latencyMs of [20, 30]) {
    await advance(1_000);
    await advance(latencyMs);
    await step(() => far.last.message('pong'));
  }
  expect(statusRenders).toBe(0);
  expect(latencyRenders).toBe(2);
  expect(container.textContent).toMatch(/^open\d+$/);
});

test('a selection that is read for the first time after a click is the newest one', async () => {
  const { far, parts, step } = createWorld();
  function Reader(): ReactNode {
    const feed = useWebSocket<Tick, never, number>(ADDRESS, { ...parts, select: ({ count }) => count });
    const [shown, show] = useState(false);
    return <button onClick={() => show(true)}>{shown ? `selected ${feed.selected}` : feed.status}</button>;
  }
  const { container } = render(<Reader />);
  await step(() => far.last.accept());
  for (const n of [1, 2]) await step(() => far.last.message(JSON.stringify({ n })));
  expect(container.textContent).toBe('open');
  fireEvent.click(container.querySelector('button')!);
  expect(container.textContent).toBe('selected 2');
  await step(() => far.last.message('{"n":3}'));
  expect(container.textContent).toBe('selected 3');
});

test('an equal selection is the same object in every render, also where `select` is inline', async () => {
  const { far, parts, step } = createWorld();
  const seen = new Set<unknown>();
  let effects = 0;
  function Counter({ n }: { readonly n: number }): ReactNode {
    const { selected } = useWebSocket<Tick, never, { readonly count: number }>(ADDRESS, {
      ...parts,
      select: ({ count }) => ({ count }),
      isEqual: (a, b) => a.count === b.count,
    });
    seen.add(selected);
    useEffect(() => void effects++, [selected]);
    return `${n} ${selected.count}`;
  }
  const { container, rerender } = render(<Counter n={0} />, { wrapper: StrictMode });
  await step(() => far.last.accept());
  seen.clear();
  effects = 0;
  for (let n = 1; n < 10; n++) rerender(<Counter n={n} />);
  expect([effects, seen.size]).toEqual([0, 1]);
  await step(() => far.last.message('{"n":1}'));
  expect([effects, container.textContent]).toEqual([1, '9 1']);
});

test('rows that unmount one by one within a frame cost nobody else a render', async () => {
  const { far, parts, host } = createWorld({ frameMs: Infinity });
  let renders = 0;
  function Main(): ReactNode {
    renders++;
    return useWebSocket(ADDRESS, parts).count;
  }
  function Row(): ReactNode {
    return useWebSocket(ADDRESS, parts).status;
  }
  let keep!: (rows: number) => void;
  function Rows(): ReactNode {
    const [rows, setRows] = useState(10);
    keep = setRows;
    return Array.from({ length: rows }, (_, key) => <Row key={key} />);
  }
  render([<Main key="main" />, <Rows key="rows" />]);
  await settle(() => far.last.accept());
  await settle(() => (host.paint(), host.paint()));
  renders = 0;
  for (let rows = 9; rows >= 0; rows--) {
    await settle(() => far.last.message('{"n":1}'));
    await settle(() => keep(rows));
  }
  expect(renders).toBe(1); // the first message after silence; no frame was painted since
  await settle(() => host.paint());
  expect(renders).toBe(2);
});
