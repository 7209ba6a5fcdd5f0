// Hooks, client, protocol and the server's own sessions together, on a manual clock: what people see of each other.

import { act, render } from '@testing-library/react';
import { type ReactNode, StrictMode } from 'react';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import {
  createRealtimeClient,
  defineRoom,
  type RealtimeClient,
  type RealtimeClientOptions,
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
} from '../../../src/index.js';
import type { Schema } from '../../../src/protocol/schema.js';
import {
  createFakeServer,
  createManualClock,
  createManualHost,
  type FakeServer,
  type ManualClock,
  type ManualHost,
} from '../../../src/testing.js';
import { settle } from '../support.js';

let host: ManualHost;
let there: ManualClock; // the server's own
let server: FakeServer;
let clients: RealtimeClient[];
beforeEach(() => {
  host = createManualHost();
  there = createManualClock();
  server = createFakeServer({ clock: there });
  clients = [];
});

const createClient = (name: string, options: Partial<RealtimeClientOptions> = {}): RealtimeClient => {
  const client = createRealtimeClient({
    transport: server.transport,
    auth: { getToken: () => name },
    host,
    flush: 'microtask',
    heartbeat: false,
    ...options,
  });
  clients.push(client);
  return client;
};

/** Does something, and everything that follows within `ms` happens. */
async function step(run?: () => unknown, ms = 100): Promise<void> {
  await settle(run);
  for (let passed = 0; passed < ms; passed += 10) await settle(() => (there.advance(10), host.clock.advance(10)));
}

/** Somebody else, who looks at the room and is told. */
async function watch(room: string): Promise<readonly string[]> {
  const handle = createClient('observer').room(room);
  const seen: string[] = [];
  handle.on(
    'presence',
    ({ type, member }) => void seen.push(`${type} ${member.id} ${JSON.stringify(member.presence)}`),
  );
  handle.subscribe(() => {});
  await step();
  return seen;
}

const under =
  (client: RealtimeClient) =>
  ({ children }: { readonly children?: ReactNode }): ReactNode => (
    <StrictMode>
      <RealtimeProvider client={client}>{children}</RealtimeProvider>
    </StrictMode>
  );
const texts = (messages: readonly RoomMessage[]): string => messages.map(({ data }) => String(data)).join();

describe('presence, as others see it', () => {
  function Entering({ as }: { readonly as: string }): ReactNode {
    const { others } = useRoom('a', { presence: { as } });
    return others.map(({ id }) => id).join();
  }

  test.each([{ open: false }, { open: true }])(
    'H1: StrictMode: one enter and no leave, connection open before: $open',
    async ({ open }) => {
      const seen = await watch('a');
      const client = createClient('me');
      const { rerender, unmount } = render(open ? <i /> : <Entering as="1" />, { wrapper: under(client) });
      await step();
      rerender(<Entering as="1" />);
      await step();
      expect(seen).toEqual(['enter me {"as":"1"}']);
      unmount();
      await step(undefined, 1_000);
      expect(seen).toEqual(['enter me {"as":"1"}', 'leave me {"as":"1"}']);
    },
  );

  test('one page after another in one commit: an update, nobody left', async () => {
    const seen = await watch('a');
    const { rerender } = render(<Entering key="1" as="1" />, { wrapper: under(createClient('me')) });
    await step();
    rerender(<Entering key="2" as="2" />);
    await step();
    expect(seen).toEqual(['enter me {"as":"1"}', 'update me {"as":"2"}']);
  });

  test('H5: mounted and unmounted before anything was answered: nobody saw anything', async () => {
    const seen = await watch('a');
    const { rerender } = render(<Entering as="1" />, { wrapper: under(createClient('me')) });
    rerender(<i />);
    await step(undefined, 1_000);
    expect(seen).toEqual([]);
    expect(await server.members('a')).toEqual([]);
  });

  test('usePresence: at once here; patches are merged, and the last one arrives', async () => {
    const seen = await watch('a');
    let update!: (patch: { x: number }) => void;
    const shown = new Set<string>();
    function Mine(): ReactNode {
      const [mine, show] = usePresence('a', { x: 0 });
      update = show;
      shown.add(JSON.stringify(mine));
      return null;
    }
    render(<Mine />, { wrapper: under(createClient('me')) });
    await step();
    await settle(() => update({ x: 1 }));
    expect([...shown].at(-1)).toBe('{"x":1}');
    await step(() => {
      for (let x = 2; x <= 100; x++) update({ x });
    });
    expect(seen.at(-1)).toBe('update me {"x":100}');
    expect(seen.length).toBeLessThanOrEqual(4);
  });

  test('two devices of one user see each other, and not themselves', async () => {
    function Devices(): ReactNode {
      const { user } = useSelf('a');
      usePresence('a', {});
      return useOthers('a', (others) =>
        others.map(({ id, connections }) => `${id === user} ${connections.length}`).join(),
      );
    }
    const one = render(<Devices />, { wrapper: under(createClient('me')) });
    const other = render(<Devices />, { wrapper: under(createClient('me')) });
    await step();
    expect([one.container.textContent, other.container.textContent]).toEqual(['true 1', 'true 1']);
    other.unmount();
    await step(undefined, 1_000);
    expect(one.container.textContent).toBe('');
  });
});

describe('messages', () => {
  test('sent: pending at once, then sent, once; others and events hear it once', async () => {
    const states: string[] = [];
    const heard: string[] = [];
    let room!: UseRoom;
    function Chat(): ReactNode {
      room = useRoom('a');
      states.push(room.messages.map(({ data, state }) => `${String(data)} ${state}`).join());
      useRoomEvent('a', ({ data }) => void heard.push(String(data)));
      return null;
    }
    const other = render(<Texts />, { wrapper: under(createClient('you')) });
    render(<Chat />, { wrapper: under(createClient('me', { flush: 'sync' })) });
    await step();
    let receipt: unknown;
    act(() => void room.send('hi').done.then((done) => (receipt = done)));
    await step();
    expect([...new Set(states)]).toEqual(['', 'hi pending', 'hi sent']);
    expect(heard).toEqual(['hi']);
    expect(other.container.textContent).toBe('hi');
    expect(receipt).toMatchObject({ status: 'acknowledged', offset: 1 });
  });

  function Texts(): ReactNode {
    return texts(useMessages('a'));
  }

  test('cut off and back: what was missed comes once, in order, without a gap', async () => {
    const heard: string[] = [];
    const gaps: unknown[] = [];
    function Chat(): ReactNode {
      const { messages, gap } = useRoom('a', {
        onMessage: ({ data }) => void heard.push(String(data)),
        onGap: (each) => void gaps.push(each),
      });
      return `${useConnection().status} ${texts(messages)} ${gap?.reason}`;
    }
    const { container } = render(<Chat />, { wrapper: under(createClient('me')) });
    await step();
    await step(() => server.publish('a', 1));
    await step(() => {
      server.cut();
      server.publish('a', 2);
      server.publish('a', 3);
    }, 2_000);
    await step(() => server.publish('a', 4));
    expect(container.textContent).toBe('open 1,2,3,4 undefined');
    expect(heard).toEqual(['1', '2', '3', '4']);
    expect(gaps).toEqual([]);
  });

  test('demand 25: what the schema refuses is not shown, is told once with its raw value, and nothing else is lost', async () => {
    const isText = (value: unknown): value is { text: string } =>
      typeof (value as { text?: unknown } | null)?.text === 'string';
    const schema: Schema<{ text: string }> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) =>
          isText(value) ? { value: { text: value.text.trim() } } : { issues: [{ message: 'no text' }] },
      },
    };
    const chat = defineRoom('chat', { message: schema });
    const invalid: unknown[] = [];
    const heard: string[] = [];
    function Chat(): ReactNode {
      useRoomEvent(chat('1'), ({ data }) => void heard.push(data.text));
      return useRoom(chat('1'), { onInvalid: ({ raw, error }) => void invalid.push([raw, error.kind]) })
        .messages.map(({ data }) => data.text)
        .join();
    }
    const { container } = render(<Chat />, { wrapper: under(createClient('me')) });
    await step();
    await step(() => {
      server.publish('chat:1', { text: ' one ' });
      server.publish('chat:1', { txet: 'two' });
      server.publish('chat:1', null);
      server.publish('chat:1', { text: 'three' });
    });
    expect(container.textContent).toBe('one,three');
    expect(heard).toEqual(['one', 'three']);
    expect(invalid).toEqual([
      [{ txet: 'two' }, 'invalid'],
      [null, 'invalid'],
    ]);
  });
});

describe('demand 26: each room has its own bound', () => {
  const shown = new Map<string, readonly RoomMessage[]>();
  function Chat({ room, history }: { readonly room: string; readonly history?: number }): ReactNode {
    shown.set(room, useRoom(room, { history }).messages);
    return null;
  }
  /** Shows no messages, and so asks for none. */
  function Others({ room }: { readonly room: string }): ReactNode {
    useSelf(room);
    usePresence(room);
    useRoomEvent(room, () => {});
    return useOthers(room).length;
  }
  const publish = (room: string, from: number, to: number): void => {
    for (let n = from; n <= to; n++) server.publish(room, n);
  };
  const kept = (room: string): string => {
    const all = shown.get(room) ?? [];
    return `${all.length}: ${String(all[0]?.data)}…${String(all.at(-1)?.data)}`;
  };

  test('of the messages that come', async () => {
    render(
      [
        <Chat key="1" room="a" />,
        <Chat key="2" room="b" history={10} />,
        <Others key="3" room="b" />,
        <Chat key="4" room="c" history={0} />,
      ],
      { wrapper: under(createClient('me')) },
    );
    await step();
    for (const room of ['a', 'b', 'c']) await step(() => publish(room, 1, 300));
    expect([kept('a'), kept('b'), kept('c')]).toEqual(['100: 201…300', '10: 291…300', '0: undefined…undefined']);
  });

  test('of what was there before, whoever joined first', async () => {
    publish('a', 1, 90);
    const { rerender } = render([<Others key="others" room="a" />], { wrapper: under(createClient('me')) });
    await step();
    // the join is long answered when somebody wants to see messages
    rerender([<Others key="others" room="a" />, <Chat key="1" room="a" history={10} />]);
    await step();
    expect(kept('a')).toBe('10: 81…90');
    rerender([<Others key="others" room="a" />, <Chat key="1" room="a" history={50} />]);
    await step();
    publish('a', 91, 91);
    await step();
    rerender([<Others key="others" room="a" />, <Chat key="1" room="a" history={10} />]);
    await step(() => publish('a', 92, 100));
    expect(kept('a')).toBe('10: 91…100');
    // nobody wants messages for a while, and what comes is not kept
    rerender([<Others key="others" room="a" />]);
    await step(() => publish('a', 101, 102));
    rerender([<Others key="others" room="a" />, <Chat key="1" room="a" history={10} />]);
    await step();
    expect(kept('a')).toBe('10: 93…102');
  });

  test('in one commit, on a connection that is open: those who mount first and want none take nothing from the others', async () => {
    publish('a', 1, 30);
    const { rerender } = render(<i />, { wrapper: under(createClient('me')) });
    await step();
    rerender([<Others key="1" room="a" />, <Chat key="2" room="a" />]);
    await step();
    expect(kept('a')).toBe('30: 1…30');
  });
});

test('after all have unmounted nothing is left: no wire, no timer, no listener, no word', async () => {
  const warn = vi.spyOn(console, 'warn');
  function All(): ReactNode {
    const { messages, send } = useRoom('a', { presence: { n: 1 } });
    useRoomEvent('a', () => {});
    void send;
    return messages.length;
  }
  const { unmount } = render(<All />, { wrapper: under(createClient('me')) });
  await step(() => server.publish('a', 1));
  unmount();
  await step(undefined, 1_000);
  expect(server.wires).toBe(0);
  await step(undefined, 60_000);
  expect([host.clock.pending, host.watchers]).toEqual([0, 0]);
  expect(warn).not.toHaveBeenCalled();
});
