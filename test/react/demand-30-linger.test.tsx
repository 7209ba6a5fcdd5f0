// Demand 30: the connection is kept for a short grace period when its last user leaves.

import { render } from '@testing-library/react';
import { type ReactNode, useState } from 'react';
import { flushSync } from 'react-dom';
import { expect, test } from 'vitest';
import { useWebSocket, type UseWebSocketOptions } from '../../src/index.js';
import { createWorld, settle } from './support.js';

const ADDRESS = 'ws://localhost/live';

interface Props extends UseWebSocketOptions {
  readonly heard?: unknown[];
}

function Hook({ heard = [], ...options }: Props): ReactNode {
  const { status, messages } = useWebSocket(ADDRESS, { ...options, onMessage: ({ data }) => void heard.push(data) });
  return `${status} ${messages.map(({ data }) => String(data)).join()}`;
}

test('A leaves, B comes 200 ms later, linger 1 s: one handshake', async () => {
  const { far, parts, step, advance } = createWorld();
  const { container, rerender } = render(<Hook key="a" {...parts} lingerMs={1_000} />);
  await step(() => far.last.accept());
  rerender(<i />);
  await advance(200);
  rerender(<Hook key="b" {...parts} lingerMs={1_000} />);
  expect(container.textContent).toBe('open ');
  await advance(10_000);
  expect(far.sockets).toHaveLength(1);
  expect(far.last.closedWith).toBeNull();
});

test('ten quick cycles: still one, closed 1 s after the last one left', async () => {
  const { far, parts, step, advance, expectNothingLeft } = createWorld();
  const { rerender } = render(<i />);
  for (let cycle = 0; cycle < 10; cycle++) {
    rerender(<Hook key={cycle} {...parts} lingerMs={1_000} />);
    if (cycle === 0) await step(() => far.last.accept());
    await advance(50);
    rerender(<i />);
    await advance(900);
    expect(far.last.closedWith).toBeNull();
  }
  await advance(99);
  expect(far.last.closedWith).toBeNull();
  await advance(1);
  expect(far.last.closedWith).toMatchObject({ code: 1000 });
  expect(far.sockets).toHaveLength(1);
  expectNothingLeft();
});

test('the last one to leave says how long', async () => {
  const { far, parts, step, advance } = createWorld();
  const short = <Hook key="short" {...parts} lingerMs={100} />;
  const long = <Hook key="long" {...parts} lingerMs={2_000} />;
  const { rerender } = render([short, long]);
  await step(() => far.last.accept());
  rerender([long]);
  await advance(1_000);
  expect(far.last.closedWith).toBeNull();
  rerender([]);
  await advance(1_999);
  expect(far.last.closedWith).toBeNull();
  await advance(1);
  expect(far.last.closedWith).not.toBeNull();
});

test('linger 0 closes in the next tick, 250 ms is the default', async () => {
  for (const [lingerMs, afterMs] of [
    [0, 0],
    [undefined, 250],
  ] as const) {
    const { far, parts, step, advance, expectNothingLeft } = createWorld();
    const { unmount } = render(<Hook {...parts} lingerMs={lingerMs} />);
    await step(() => far.last.accept());
    unmount();
    expect(far.last.closedWith).toBeNull();
    if (afterMs > 0) await advance(afterMs - 1);
    expect(far.last.closedWith).toBeNull();
    await advance(1);
    expect(far.last.closedWith).not.toBeNull();
    expectNothingLeft();
  }
});

test('who comes back finds what came meanwhile, once', async () => {
  const { far, parts, step, advance } = createWorld();
  const heard: unknown[] = [];
  const { container, rerender } = render(<Hook {...parts} heard={heard} lingerMs={1_000} />);
  await step(() => far.last.accept());
  await step(() => far.last.message('1'));
  rerender(<Hook {...parts} heard={heard} lingerMs={1_000} enabled={false} />);
  await step(() => far.last.message('2'));
  expect(heard).toEqual([1]);
  rerender(<Hook {...parts} heard={heard} lingerMs={1_000} />);
  await step(() => far.last.message('3'));
  expect(heard).toEqual([1, 2, 3]);
  expect(container.textContent).toBe('open 1,2,3');
  await advance(5_000);
  expect(far.sockets).toHaveLength(1);
});

test('a newcomer to a lingering link sees the newest, and hears only what is new', async () => {
  const { far, parts, step, advance } = createWorld();
  const { container, rerender } = render(<Hook key="a" {...parts} lingerMs={1_000} history={3} />);
  await step(() => far.last.accept());
  await step(() => far.last.message('1'));
  rerender(<i />);
  await step(() => [2, 3, 4].forEach((n) => far.last.message(String(n))));
  await advance(500);
  const heard: unknown[] = [];
  rerender(<Hook key="b" {...parts} heard={heard} history={3} />);
  expect(container.textContent).toBe('open 2,3,4');
  await step(() => far.last.message('5'));
  expect(heard).toEqual([5]);
  expect(container.textContent).toBe('open 3,4,5');
});

test('a drop while it lingers is healed as always, and then it closes', async () => {
  const { far, parts, step, advance, expectNothingLeft } = createWorld();
  const { unmount } = render(<Hook {...parts} lingerMs={5_000} retry={() => 1_000} />);
  await step(() => far.last.accept());
  unmount();
  await settle(() => far.last.drop());
  await advance(1_000);
  expect(far.sockets).toHaveLength(2);
  await settle(() => far.last.accept());
  await advance(4_000);
  expectNothingLeft();
});

test('what failed for good is tried again by a new mount within the linger', async () => {
  const { far, parts, step } = createWorld();
  const { container, rerender } = render(<Hook key="a" {...parts} />);
  await step(() => far.last.accept());
  await step(() => far.last.drop(4400));
  expect(container.textContent).toBe('failed ');
  rerender([<Hook key="a" {...parts} />, <Hook key="c" {...parts} />]);
  await step();
  expect(container.textContent).toBe('failed failed '); // it is still another one's failure
  rerender(<Hook key="b" {...parts} />);
  await step(() => far.last.accept());
  expect([container.textContent, far.sockets.length]).toEqual(['open ', 2]);
});

test('who was hidden inside another one’s onMessage hears that message when it is back', async () => {
  const { far, parts, step } = createWorld();
  const heard: unknown[] = [];
  let show!: (shown: boolean) => void;
  function First(): ReactNode {
    useWebSocket(ADDRESS, { ...parts, onMessage: ({ data }) => void (data === 2 && flushSync(() => show(false))) });
    return null;
  }
  function App(): ReactNode {
    const [shown, setShown] = useState(true);
    show = setShown;
    return [<First key="first" />, <Hook key="hook" {...parts} heard={heard} enabled={shown} />];
  }
  render(<App />);
  await step(() => far.last.accept());
  for (const n of [1, 2]) await step(() => far.last.message(String(n)));
  expect(heard).toEqual([1]);
  await step(() => show(true));
  await step(() => far.last.message('3'));
  expect(heard).toEqual([1, 2, 3]);
});
