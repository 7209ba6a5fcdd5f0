// The hooks of rooms, with the React Compiler on: what it memoises is still told of every change.

import { act, render } from '@testing-library/react';
import { memo, type ReactNode, StrictMode, useState } from 'react';
import { describe, expect, test } from 'vitest';
import {
  createRealtimeClient,
  RealtimeProvider,
  type RoomMessage,
  useConnection,
  useMessages,
  useOthers,
  usePresence,
  type UseRoom,
  useRoom,
  useRoomEvent,
  useSelf,
} from '../../src/index.js';
import { createFakeServer, createManualClock, createManualHost } from '../../src/testing.js';
import { settle } from '../react/support.js';

function Destructured(): ReactNode {
  const { status, messages, others } = useRoom<string>('a');
  return (
    <p>
      {status} {messages.map(({ data }) => data).join('')} {others.length}
    </p>
  );
}

const Line = ({ room }: { readonly room: UseRoom<string> }): ReactNode => (
  <p>
    {room.status} {room.messages.map(({ data }) => data).join('')} {room.others.length}
  </p>
);
const MemoLine = memo(Line);
function HandedOn(): ReactNode {
  const room = useRoom<string>('a');
  return <Line room={room} />;
}
function HandedToMemo(): ReactNode {
  const room = useRoom<string>('a');
  return (
    <section>
      <MemoLine room={room} />
    </section>
  );
}

function Parts(): ReactNode {
  const { status } = useConnection();
  const texts = useMessages('a', (messages: readonly RoomMessage<string>[]) => messages.map(({ data }) => data));
  const others = useOthers('a');
  const self = useSelf('a');
  const [heard, setHeard] = useState(0);
  useRoomEvent('a', 'message', () => setHeard((count) => count + 1));
  return (
    <p>
      {status === 'open' && self ? 'joined' : 'joining'} {texts.join('')} {others.length}
      <i>{heard}</i>
    </p>
  );
}

function Entered(): ReactNode {
  const [mine, update] = usePresence<unknown, { readonly n: number }>('a', { n: 1 });
  return <button onClick={() => update({ n: (mine?.n ?? 0) + 1 })}>{mine?.n}</button>;
}

/** The compiler's cache is an array that is asked for at the top of the function. */
const isCompiled = (component: unknown): boolean => /\bc\)?\(\d+\)|_c\(\d+\)/.test(String(component));
const components = { Destructured, HandedOn, HandedToMemo, Parts };

function createWorld() {
  const [host, there] = [createManualHost(), createManualClock()];
  const server = createFakeServer({ clock: there });
  const createClient = (name: string) =>
    createRealtimeClient({
      ...{ transport: server.transport, host, flush: 'microtask', heartbeat: false },
      auth: { getToken: () => name },
    });
  const step = async (run?: () => unknown): Promise<void> => {
    await settle(run);
    for (let passed = 0; passed < 100; passed += 10) await settle(() => (there.advance(10), host.clock.advance(10)));
  };
  return { server, createClient, step };
}

test('they are compiled indeed', () => {
  for (const component of [...Object.values(components), Line, Entered])
    expect(String(component)).toSatisfy(isCompiled);
});

describe.each(Object.entries(components))('%s', (_name, Component) => {
  test.each([false, true])('shows what comes, who comes, and a link that breaks (StrictMode %s)', async (strict) => {
    const { server, createClient, step } = createWorld();
    const client = createClient('Ada');
    const tree = (
      <RealtimeProvider client={client}>
        <Component />
      </RealtimeProvider>
    );
    const view = render(strict ? <StrictMode>{tree}</StrictMode> : tree);
    const shown = (): string | null => view.container.querySelector('p')?.textContent?.replace(/\d+$/, '') ?? null;
    await step();
    const other = createClient('Ben').room('a');
    const leave = other.enter({ n: 1 });
    await step();
    for (const text of ['x', 'y', 'z']) {
      server.publish('a', text);
      await step();
    }
    expect(view.container.textContent).toMatch(/^joined xyz 1/);
    leave();
    await step();
    server.cut();
    await step(() => act(() => server.publish('a', '!')));
    for (let each = 0; each < 60; each++) await step();
    expect(view.container.textContent).toMatch(/^joined xyz! 0/);
    expect(shown()).not.toBeNull();
    view.unmount();
    await step();
  });
});

test('presence that one changes oneself', async () => {
  const { server, createClient, step } = createWorld();
  const view = render(
    <RealtimeProvider client={createClient('Ada')}>
      <Entered />
    </RealtimeProvider>,
  );
  await step();
  const button = view.getByRole('button');
  for (let each = 0; each < 3; each++) await step(() => act(() => button.click()));
  expect(button.textContent).toBe('4');
  expect(await server.members('a')).toMatchObject([{ data: { n: 4 } }]);
  view.unmount();
});
