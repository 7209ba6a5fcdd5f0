// What an operator is told: every wire, message, gap and failure, once, with what a number or a log line needs.

import { expect, it, onTestFinished, vi } from 'vitest';
import { memory, type RealtimeServerOptions, type ServerEvent } from '../../../src/server.js';
import { greet, overSocket } from './rooms-peer.js';
import { ask, connect, listenTo, placeAt, start, type Started } from './support.js';

type Of<T extends ServerEvent['type']> = Extract<ServerEvent, { readonly type: T }>;

async function told(options: RealtimeServerOptions = {}): Promise<
  Started & {
    all<T extends ServerEvent['type']>(type: T): Of<T>[];
    /** Waits for so many of a type. */
    until<T extends ServerEvent['type']>(type: T, count: number): Promise<Of<T>[]>;
  }
> {
  const events: ServerEvent[] = [];
  const server = await start({ ...options, onEvent: (event) => events.push(event) });
  const all = <T extends ServerEvent['type']>(type: T): Of<T>[] =>
    events.filter((event): event is Of<T> => event.type === type);
  const until = async <T extends ServerEvent['type']>(type: T, count: number): Promise<Of<T>[]> => {
    await vi.waitFor(() => expect(all(type).length).toBeGreaterThanOrEqual(count));
    return all(type);
  };
  return { ...server, all, until };
}

it('each wire begins and ends once, with the code that it was closed with', async () => {
  const server = await told();
  const { socket } = await connect(server.at('room=x'));
  const sse = await listenTo(server.at('room=x'));
  const place = await placeAt(server.at('room=x'));
  const held = ask(server.at(`room=x&wait=20&cursor=${place}`));
  const anna = await overSocket(server);
  const byPoll = server.at('session=a-client-that-polls');
  await ask(byPoll);
  await server.until('connected', 5);
  expect(new Set(server.all('connected').map(({ transport }) => transport))).toEqual(
    new Set(['long-poll', 'poll', 'sse', 'websocket']),
  );
  expect(server.all('connected')).toHaveLength(5);
  expect(server.all('disconnected')).toEqual([]);
  server.realtime.publish('x', 1);
  await held;
  await server.until('disconnected', 1);
  socket.close(4321);
  anna.leave();
  sse.response.destroy();
  await server.until('disconnected', 4);
  await server.realtime.close();
  const ends = server.all('disconnected').map(({ transport, code }) => `${transport} ${code}`);
  expect(ends).toHaveLength(5);
  expect(new Set(ends)).toEqual(
    new Set(['long-poll null', 'poll 1012', 'sse null', 'websocket 1000', 'websocket 4321']),
  );
});

it('a message is told once where it is said, and once for all who are handed it', async () => {
  const server = await told();
  const peers = [await connect(server.at('room=x')), await connect(server.at('room=x'))];
  const anna = await overSocket(server);
  await greet(anna, 'anna');
  await anna.say({ t: 'join', room: 'x', join: 1, presence: {} });
  await anna.next('joined');
  await anna.say({ t: 'publish', room: 'x', id: 'one', data: 'é' });
  await anna.say({ t: 'publish', room: 'x', id: 'one', data: 'é' }); // it was said before
  await anna.settled();
  await server.until('delivered', 1);
  expect(server.all('published')).toEqual([{ type: 'published', room: 'x', bytes: 4 }]);
  expect(server.all('delivered')).toEqual([{ type: 'delivered', room: 'x', count: 3, afterMs: expect.any(Number) }]);
  expect(server.all('delivered')[0]!.afterMs).toBeGreaterThanOrEqual(0);
  // ten in one turn of the event loop are one number
  for (let i = 0; i < 10; i++) server.realtime.publish('x', new Uint8Array(5));
  await server.until('delivered', 2);
  expect(server.all('delivered').map(({ count }) => count)).toEqual([3, 30]);
  expect(server.all('published')).toHaveLength(11);
  expect(server.all('published').at(-1)?.bytes).toBe(5);
  await ask(server.at('room=x'), { method: 'POST', headers: { 'content-type': 'application/json' } }, '1');
  peers[0]!.socket.send('2');
  await server.until('published', 13);
});

it('who comes back has recovered, or has a gap with its reason; who goes on polling is not told of', async () => {
  const server = await told({ history: { size: 2 } });
  const ids = [1, 2, 3, 4].map((each) => server.realtime.publish('x', each).id);
  await connect(server.at(`room=x&since=${ids[2]}`));
  await ask(server.at(`room=x&cursor=${ids[2]}`));
  expect(await server.until('recovered', 1)).toEqual([{ type: 'recovered', room: 'x', messages: 1 }]);
  await ask(server.at(`room=x&cursor=${ids[0]}`));
  await listenTo(server.at('room=x&lastEventId=another0-7'));
  expect(server.all('gap').map(({ reason, missed }) => [reason, missed])).toEqual([
    ['expired', 1],
    ['epoch', null],
  ]);
  const anna = await overSocket(server);
  await greet(anna, 'anna');
  const epoch = ids[0]!.split('-')[0]!;
  await anna.say(
    { t: 'join', room: 'x', join: 1, since: { epoch, offset: 3 } },
    { t: 'leave', room: 'x', join: 1 },
    { t: 'join', room: 'x', join: 2, since: { epoch, offset: 0 } },
  );
  await anna.settled();
  expect(server.all('recovered')).toHaveLength(2);
  expect(server.all('gap').at(-1)).toEqual({ type: 'gap', room: 'x', reason: 'expired', missed: 4 });
});

it('a refusal has its status or code, and a failure its cause', async () => {
  const cause = new Error('no database');
  const server = await told({
    authenticate({ token }) {
      if (token === 'broken') throw cause;
      return token === 'nobody' ? null : { id: 'anna' };
    },
    authorize({ action }) {
      if (action === 'publish') throw cause;
      return true;
    },
  });
  const anna = await overSocket(server);
  await greet(anna, 'anna');
  await anna.say({ t: 'join', room: 'x', join: 1 }, { t: 'publish', room: 'x', id: 'm', data: 1 });
  expect((await anna.next('error')).code).toBe('forbidden');
  for (const token of ['nobody', 'broken']) {
    const peer = await overSocket(server);
    await peer.say({ t: 'hello', v: 1, key: `key-of-${token}-----`, token });
    expect(await peer.closed).toBe(token === 'nobody' ? 4401 : 1013);
  }
  expect(server.all('refused').map(({ status, room }) => [status, room])).toEqual([
    ['forbidden', 'x'],
    [4401, undefined],
  ]);
  expect(server.all('error')).toEqual([
    { type: 'error', room: 'x', reason: 'no database', cause },
    { type: 'error', room: null, reason: 'no database', cause },
  ]);
});

it('a backplane that lost its place is a gap of the room, once however many are there', async () => {
  let resync = (): void => {};
  const backplane = memory();
  onTestFinished(() => void backplane.close());
  const listeners = new Set<() => void>();
  const server = await told({
    backplane: {
      ...backplane,
      subscribe(room, listener) {
        listeners.add(() => listener({ kind: 'resync' }));
        resync = () => listeners.forEach((run) => run());
        return backplane.subscribe(room, listener);
      },
    },
  });
  for (const name of ['anna', 'ben']) {
    const peer = await overSocket(server);
    await greet(peer, name);
    await peer.say({ t: 'join', room: 'x', join: 1 });
    await peer.next('joined');
  }
  resync();
  await server.until('gap', 1);
  expect(server.all('gap')).toEqual([{ type: 'gap', room: 'x', reason: 'backplane', missed: null }]);
});

it('a listener that throws harms nobody', async () => {
  const thrown: unknown[] = [];
  const onUncaught = (error: unknown): void => void thrown.push(error);
  process.prependOnceListener('uncaughtException', onUncaught);
  const known = process.listeners('uncaughtException').filter((each) => each !== onUncaught);
  for (const each of known) process.off('uncaughtException', each);
  onTestFinished(() => {
    process.off('uncaughtException', onUncaught);
    for (const each of known) process.on('uncaughtException', each);
  });
  const server = await start({
    onEvent(event) {
      if (event.type === 'published' && thrown.length === 0) throw new Error('a bad listener');
    },
  });
  const peer = await connect(server.at('room=x'));
  server.realtime.publish('x', 1);
  expect(await peer.next()).toBe('1');
  await vi.waitFor(() => expect(thrown).toEqual([new Error('a bad listener')]));
});
