// The hooks of rooms over several connections, in StrictMode. Which room keeps to which is in test/client.

import { render } from '@testing-library/react';
import { type ReactNode, StrictMode } from 'react';
import { expect, test } from 'vitest';
import {
  createRealtimeClient,
  pooledRooms,
  RealtimeProvider,
  type UseConnection,
  useConnection,
  useOthers,
  useRealtime,
  type UseRoom,
  useRoom,
  useSelf,
} from '../../../src/index.js';
import { createFakeServer, createManualClock, createManualHost } from '../../../src/testing.js';
import { createWorld, settle } from '../support.js';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

test('hooks of eight rooms over three connections: states, sends, presence; a cut of one shows in its rooms alone', async () => {
  const host = createManualHost();
  const there = createManualClock();
  const server = createFakeServer({ clock: there });
  const step = async (run?: () => unknown): Promise<void> => {
    await settle(run);
    for (let passed = 0; passed < 100; passed += 10) await settle(() => (there.advance(10), host.clock.advance(10)));
  };
  let asked = 0;
  const shared = { transport: server.transport, host, flush: 'microtask', heartbeat: false } as const;
  const client = createRealtimeClient({
    ...shared,
    auth: {
      getToken() {
        asked++;
        return 'ada';
      },
    },
    pool: pooledRooms({ size: 3 }),
  });
  const observer = createRealtimeClient({ ...shared, auth: { getToken: () => 'bob' } });

  const rooms = new Map<string, UseRoom>();
  let connection!: UseConnection;
  function Room({ name }: { readonly name: string }): ReactNode {
    const room = useRoom(name, { presence: { in: name } });
    rooms.set(name, room);
    const others = useOthers(name).map(({ id }) => id);
    const self = useSelf(name);
    return <p id={name}>{[room.status, self.user, room.messages.map(({ data }) => data), others].flat().join(' ')}</p>;
  }
  function Status(): ReactNode {
    connection = useConnection();
    const joined = useRealtime(
      ({ rooms: all }) => [...all.values()].filter(({ status }) => status === 'joined').length,
    );
    return <i>{`${connection.status} ${connection.transport} ${joined}`}</i>;
  }
  const { container, unmount } = render(
    <RealtimeProvider client={client}>
      <Status />
      {NAMES.map((name) => (
        <Room key={name} name={name} />
      ))}
    </RealtimeProvider>,
    { wrapper: StrictMode },
  );
  const shown = (name: string): string => container.querySelector(`#${name}`)?.textContent ?? '';
  const status = (): string => container.querySelector('i')?.textContent ?? '';
  await step();
  expect([status(), asked]).toEqual([`open ${server.transport.name} 8`, 1]);
  expect(new Set(NAMES.map((name) => rooms.get(name)?.self.connection)).size).toBe(3);

  const handles = NAMES.map((name) => observer.room(name));
  const leave = handles.map((handle) => handle.subscribe(() => {}));
  await step();
  for (const handle of handles) handle.enter({});
  await step(() => NAMES.forEach((name) => rooms.get(name)?.send(`from ada in ${name}`)));
  await step(() => handles.forEach((handle) => void handle.send(`from bob in ${handle.id}`)));
  for (const name of NAMES) expect(shown(name)).toBe(`joined ada from ada in ${name} from bob in ${name} bob`);
  for (const handle of handles) expect([...handle.getSnapshot().members.keys()].sort()).toEqual(['ada', 'bob']);

  const connectionOf = (name: string): unknown => rooms.get(name)?.self.connection;
  const before = new Map(NAMES.map((name) => [name, connectionOf(name)]));
  await settle(() => server.cut(1));
  await settle(() => host.clock.advance(20)); // a frame, and no time to come back
  const gone = NAMES.filter((name) => shown(name).startsWith('rejoining'));
  expect(gone).toEqual(NAMES.filter((name) => before.get(name) === before.get(gone[0] ?? '')));
  expect(status()).toBe(`open ${server.transport.name} ${8 - gone.length}`);
  await step(() => handles.forEach((handle) => void handle.send('meanwhile')));
  for (let passed = 0; passed < 1_000; passed += 100) await step();
  expect(status()).toBe(`open ${server.transport.name} 8`);
  for (const name of NAMES)
    expect(shown(name)).toBe(`joined ada from ada in ${name} from bob in ${name} meanwhile bob`);

  await step(() => connection.disconnect());
  expect(status()).toBe('closed null 0');
  await step(() => connection.reconnect());
  expect(status()).toBe(`open ${server.transport.name} 8`);
  for (const name of NAMES) expect(shown(name)).toMatch(/^joined ada .* meanwhile bob$/);

  unmount();
  for (const each of leave) each();
  client.close();
  observer.close();
  await step();
  expect([host.clock.pending, client.getSnapshot().rooms.size]).toEqual([0, 0]);
});

test('an inline pool of a provider’s own client is made once: three sockets, whatever renders', async () => {
  const { far, host, parts } = createWorld();
  function Status(): ReactNode {
    return useConnection().status;
  }
  const page = (): ReactNode => (
    <RealtimeProvider
      url="ws://localhost/realtime"
      WebSocket={parts.WebSocket}
      host={host}
      pool={pooledRooms({ size: 3 })}
    >
      <Status />
    </RealtimeProvider>
  );
  const { container, rerender, unmount } = render(page(), { wrapper: StrictMode });
  await settle();
  rerender(page());
  await settle();
  await settle(() => far.sockets.forEach((socket) => socket.accept()));
  expect([far.sockets.length, container.textContent]).toEqual([3, 'connecting']); // until they are welcomed
  unmount();
  host.clock.advance(250);
  await settle();
  expect([far.sockets.filter(({ closedWith }) => !closedWith).length, host.clock.pending]).toEqual([0, 0]);
});
