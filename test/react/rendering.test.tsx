// What renders when: a group of messages is one commit, and who comes in the middle of a frame sees what the others see.

import { act, render } from '@testing-library/react';
import { Profiler, type ReactNode, startTransition, StrictMode, useState } from 'react';
import { expect, test } from 'vitest';
import {
  createRealtimeClient,
  type RealtimeClient,
  RealtimeProvider,
  useMessages,
  useRoom,
  useWebSocket,
  type UseWebSocketOptions,
} from '../../src/index.js';
import { createFakeServer, createManualHost } from '../../src/testing.js';
import { createWorld, settle } from './support.js';

const ADDRESS = 'ws://localhost/groups';
const GROUPS = 20;
const APART_MS = 100;

type Options = UseWebSocketOptions<number>;
const Sum = (options: Options): ReactNode =>
  useWebSocket<number>(ADDRESS, options).messages.reduce((sum, { data }) => sum + data, 0);
const Count = (options: Options): ReactNode => useWebSocket<number>(ADDRESS, options).count;
const Status = (options: Options): ReactNode => useWebSocket<number>(ADDRESS, options).status;
const RoomSum = (): ReactNode => useMessages<number>('a').reduce((sum, { data }) => sum + data, 0);
const RoomCount = (): ReactNode => useRoom<number>('a').count;

/** Commits in which something within it rendered. */
function counted(): { readonly in: (children: ReactNode) => ReactNode; count: number } {
  const commits = {
    count: 0,
    in: (children: ReactNode) => (
      <Profiler id="commits" onRender={() => void commits.count++}>
        {children}
      </Profiler>
    ),
  };
  return commits;
}

/** A page that is seen: what comes after silence waits for what came together with it. */
function seen() {
  const { soon: _, ...host } = createManualHost();
  return { host, advance: (ms: number) => settle(() => host.clock.advance(ms)) };
}

/** So many messages, each in a task of its own, this far apart; then silence. */
async function groups(
  size: number,
  stepMs: number,
  say: (n: number) => unknown,
  advance: (ms: number) => Promise<void>,
): Promise<void> {
  for (let group = 0; group < GROUPS; group++) {
    for (let n = 0; n < size; n++) {
      if (n > 0) await advance(stepMs);
      await settle(() => say(1));
    }
    await advance(APART_MS - (size - 1) * stepMs);
  }
}

const cases = [
  // within 2 ms: one commit, however many
  { size: 1, stepMs: 0, commits: 1 },
  { size: 2, stepMs: 0.2, commits: 1 },
  { size: 10, stepMs: 0.2, commits: 1 },
  // what comes later is in the next frame
  { size: 2, stepMs: 5, commits: 2 },
  { size: 10, stepMs: 1, commits: 2 },
] as const;

test.each(cases)('a link: $size messages, $stepMs ms apart: $commits commits', async ({ size, stepMs, commits }) => {
  const { host, advance } = seen();
  const { far, parts } = createWorld();
  const options = { ...parts, host };
  const [live, still] = [counted(), counted()];
  const tree = (
    <>
      {live.in([<Sum key="sum" {...options} />, ' ', <Count key="count" {...options} />])}
      {still.in(<Status {...options} />)}
    </>
  );
  const { container } = render(tree, { wrapper: StrictMode });
  await settle(() => far.last.accept());
  await advance(APART_MS);
  live.count = still.count = 0;
  await groups(size, stepMs, () => far.last.message('1'), advance);
  expect(live.count).toBe(GROUPS * commits);
  expect(still.count).toBe(0);
  const all = GROUPS * size;
  expect(container.textContent).toBe(`${Math.min(100, all)} ${all}open`);
});

test.each(cases)('a room: $size messages, $stepMs ms apart: $commits commits', async ({ size, stepMs, commits }) => {
  const { host, advance } = seen();
  const server = createFakeServer({ clock: host.clock });
  const client: RealtimeClient = createRealtimeClient({ transport: server.transport, host, heartbeat: false });
  const live = counted();
  const tree = live.in([<RoomSum key="sum" />, ' ', <RoomCount key="count" />]);
  const { container } = render(<RealtimeProvider client={client}>{tree}</RealtimeProvider>, { wrapper: StrictMode });
  for (let passed = 0; passed < 1_000; passed += APART_MS) await advance(APART_MS);
  live.count = 0;
  await groups(size, stepMs, (n) => server.publish('a', n), advance);
  expect(live.count).toBe(GROUPS * commits);
  const all = GROUPS * size;
  expect(container.textContent).toBe(`${Math.min(100, all)} ${all}`);
});

test.each([true, false])(
  'who mounts in the middle of a frame is not ahead of the others (StrictMode %s)',
  async (strict) => {
    const { far, parts } = createWorld({ frameMs: Infinity });
    const screens: string[] = [];
    let setMore!: (more: boolean) => void;
    function Some(): ReactNode {
      const [more, set] = useState(false);
      setMore = set;
      return (
        <Profiler id="some" onRender={() => void screens.push(container.textContent ?? '')}>
          <Count {...parts} />
          {more && [' ', <Count key="more" {...parts} />, ' ', <Count key="most" {...parts} />]}
        </Profiler>
      );
    }
    const container = document.body.appendChild(document.createElement('div'));
    render(<Some />, { container, ...(strict ? { wrapper: StrictMode } : {}) });
    await settle(() => far.last.accept());
    await settle(() => (parts.host.paint(), parts.host.paint()));
    await settle(() => far.last.message('1'));
    await settle(() => far.last.message('2'));
    expect(container.textContent).toBe('1'); // the second one waits for the frame
    screens.length = 0;
    await act(async () => startTransition(() => setMore(true)));
    // at rest in their first commit, then with the others
    expect(screens).toEqual(['1 0 0', '2 2 2']);
    screens.length = 0;
    await settle(() => parts.host.paint());
    expect(screens).toEqual([]);
  },
);
