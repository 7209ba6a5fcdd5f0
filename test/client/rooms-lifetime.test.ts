// Lives of a client and its rooms: who keeps what, what closing means, and watchers that meddle. On a manual clock.

import { expect, test } from 'vitest';
import { createRoomsWorld, messageFrame } from './rooms-world.js';

const nothing = (): void => {};

test('what changes nothing tells nobody, and the state stays the same object', async () => {
  const world = createRoomsWorld();
  world.client.room('a').subscribe(nothing);
  world.welcome();
  await world.settle();
  world.joined('a');
  const before = world.client.getSnapshot();
  let told = 0;
  world.client.subscribe(() => told++);
  for (let each = 0; each < 5; each++)
    world.tell({ t: 'ack', room: 'a', id: `unknown${each}`, epoch: 'e1', offset: 1, at: 1 });
  world.client.room('a').clear();
  expect([told, world.client.getSnapshot() === before]).toEqual([0, true]);
});

test('a room that comes is told, also where the state was read in between', () => {
  const world = createRoomsWorld({ flush: 'microtask' });
  let told = 0;
  world.client.subscribe(() => told++);
  world.client.room('a').subscribe(nothing);
  expect([...world.client.getSnapshot().rooms.keys()]).toEqual(['a']);
  return Promise.resolve().then(() => expect(told).toBe(1));
});

test('close(): nothing stands and nothing ticks; who watches still sees the room cut off; connect() brings it back', async () => {
  const world = createRoomsWorld();
  const room = world.client.room('a');
  const leave = room.subscribe(nothing);
  world.client.room('b').subscribe(nothing)(); // lingers
  world.welcome();
  await world.settle();
  world.joined('a');
  const { done } = room.send('x');
  world.client.close();
  expect((await done).status).not.toBe('acknowledged');
  expect([world.far.live, world.host.clock.pending, world.host.watchers]).toEqual([0, 0, 0]);
  expect(room.getSnapshot().status).toBe('rejoining');
  expect([...world.client.getSnapshot().rooms.keys()]).toEqual(['a']);
  expect(room.send('y').verdict).toBe('dropped');
  world.client.connect();
  world.welcome();
  await world.settle();
  expect(world.said('join')).toMatchObject([{ room: 'a', since: { epoch: 'e1', offset: 0 } }]);
  leave();
});

test('disconnect() stays, whoever leaves and comes', () => {
  const world = createRoomsWorld();
  const leave = world.client.room('a').subscribe(nothing);
  world.welcome();
  world.client.disconnect();
  leave();
  world.host.clock.advance(1_000);
  world.client.room('a').subscribe(nothing);
  expect([world.client.connection.getSnapshot().status, world.far.dials.length]).toEqual(['closed', 1]);
});

test('closed and watched anew inside a callback: closed', async () => {
  const world = createRoomsWorld();
  world.client.room('a').subscribe(nothing);
  world.client.room('a').on('message', () => {
    world.client.close();
    world.client.room('b').subscribe(nothing);
  });
  world.welcome();
  await world.settle();
  world.joined('a');
  world.tell({ t: 'message', room: 'a', ...messageFrame(1) });
  expect([world.client.connection.getSnapshot().status, world.far.live]).toEqual(['closed', 0]);
});

test('a root watcher that watches the room that is just opened gets the same one: one join', async () => {
  const world = createRoomsWorld();
  let once = true;
  world.client.subscribe(() => {
    if (!once || world.client.getSnapshot().rooms.size === 0) return;
    once = false;
    world.client.room('a').subscribe(nothing);
  });
  world.client.room('a').subscribe(nothing);
  world.welcome();
  await world.settle();
  expect(once).toBe(false);
  expect(world.said('join')).toHaveLength(1);
});

test.each(['root', 'room'])(
  'a %s watcher that opens another room when it hears the welcome: one join each',
  async (who) => {
    const world = createRoomsWorld();
    const { client } = world;
    let opened = 0;
    const open = (): void => {
      if (client.getSnapshot().user && opened++ === 0) client.room('b').subscribe(nothing);
    };
    client.room('a').subscribe(who === 'room' ? open : nothing);
    if (who === 'root') client.subscribe(open);
    world.welcome();
    await world.settle();
    expect(opened).toBeGreaterThan(0);
    const joins = world.said('join').map(({ room }) => room);
    expect([joins.length, new Set(joins)]).toEqual([2, new Set(['a', 'b'])]);
  },
);

test('closed by a watcher that sees the message on its way: dropped, and nothing is dialled again', async () => {
  const world = createRoomsWorld();
  const room = world.client.room('a');
  room.subscribe(() => {
    if (room.getSnapshot().messages.length > 0) world.client.close();
  });
  world.welcome();
  await world.settle();
  world.joined('a');
  const { verdict, done } = room.send('x');
  expect([verdict, (await done).status]).toEqual(['dropped', 'dropped']);
  world.host.clock.advance(60_000);
  expect(world.far.dials).toHaveLength(1);
});

test('with a frame of its own: no frame is left after the last user', () => {
  const world = createRoomsWorld({ flush: 'frame', lingerMs: 0 });
  const leave = world.client.room('a').subscribe(nothing);
  world.welcome();
  leave();
  world.host.clock.advance(1);
  expect([world.host.clock.pending, world.host.watchers]).toEqual([0, 0]);
});
