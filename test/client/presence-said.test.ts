// What is said of our presence when it cannot be said: no JSON, too large, a wire that is busy.

import { expect, test } from 'vitest';
import { createRoomsWorld, limits, type RoomsWorld } from './rooms-world.js';

async function joinedWorld(rooms: readonly string[] = ['a']): Promise<RoomsWorld> {
  const world = createRoomsWorld();
  for (const room of rooms) world.client.room(room).subscribe(() => {});
  world.welcome();
  await world.settle();
  for (const room of rooms) world.joined(room);
  await world.settle();
  return world;
}
async function comeBack(world: RoomsWorld): Promise<void> {
  world.cut();
  world.welcome();
  await world.settle();
}
const large = 'x'.repeat(limits.maxPresenceBytes);
const cycle: unknown[] = [];
cycle.push(cycle);

test('what JSON cannot carry is thrown at the caller, and changes nothing; every room is joined again', async () => {
  const world = await joinedWorld(['a', 'b']);
  const room = world.client.room('a');
  for (const x of [1n, cycle]) expect(() => room.enter({ x })).toThrow(expect.objectContaining({ kind: 'invalid' }));
  expect(room.getSnapshot().self.presence).toBeNull();
  const exit = room.enter({ x: 0 });
  await world.settle();
  for (const x of [1n, cycle])
    expect(() => room.updatePresence({ x })).toThrow(expect.objectContaining({ kind: 'invalid' }));
  expect(room.getSnapshot().self.presence).toEqual({ x: 0 });
  await comeBack(world);
  expect(world.said('join').map((each) => [each['room'], each['presence']])).toEqual([
    ['a', { x: 0 }],
    ['b', undefined],
  ]);
  exit();
  expect(room.getSnapshot().self.presence).toBeNull();
});

test('an entry that was refused keeps no room', async () => {
  const world = createRoomsWorld();
  expect(() => world.client.room('a').enter({ x: 1n })).toThrow('JSON');
  world.host.clock.advance(1_000);
  expect([...world.client.getSnapshot().rooms.keys()]).toEqual([]);
});

test('what turns bad later keeps its own room out, and no other', async () => {
  const world = await joinedWorld(['a', 'b']);
  const grows: unknown[] = [];
  world.client.room('a').enter({ grows });
  await world.settle();
  grows.push(grows);
  const reports: unknown[] = [];
  const before = globalThis.reportError;
  globalThis.reportError = (error) => void reports.push(error);
  try {
    await comeBack(world);
  } finally {
    globalThis.reportError = before;
  }
  expect(world.said('join').map(({ room }) => room)).toEqual(['b']);
  expect(reports).toHaveLength(1);
});

test('too large: told once, and not said; the others keep what they were shown last', async () => {
  const world = await joinedWorld();
  const room = world.client.room('a');
  room.enter({ x: 0 });
  await world.settle();
  world.host.clock.advance(50);
  room.updatePresence({ large });
  await world.settle();
  world.host.clock.advance(1_000);
  expect(world.said('presence').map(({ data }) => data)).toEqual([{ x: 0 }]);
  expect(world.errors).toMatchObject([{ kind: 'too-large' }]);
  room.updatePresence({ large: '' });
  await world.settle();
  expect(world.said('presence').at(-1)).toMatchObject({ data: { x: 0, large: '' } });
});

test('too large for a join: joined without it, on each wire, and told once', async () => {
  const world = createRoomsWorld();
  const room = world.client.room('a');
  room.enter({ large });
  world.welcome();
  await world.settle();
  world.joined('a');
  await comeBack(world);
  world.joined('a');
  await world.settle();
  expect(world.saidEver('join').map(({ presence }) => presence)).toEqual([undefined, undefined]);
  expect(world.saidEver('presence')).toEqual([]);
  expect(world.errors.filter(({ kind }) => kind !== 'lost')).toMatchObject([{ kind: 'too-large' }]);
  room.updatePresence({ large: 'no more' });
  await world.settle();
  expect(world.said('presence')).toMatchObject([{ data: { large: 'no more' } }]);
});

test('bytes count, not characters; and the join that carries it has to fit into a message', async () => {
  const world = await joinedWorld();
  world.client.room('a').enter({ x: 'é'.repeat(limits.maxPresenceBytes * 0.6) });
  await world.settle();
  expect([world.said('presence'), world.errors.length]).toEqual([[], 1]);
});

test('a busy wire gathers no past: the last value goes out, once', async () => {
  const world = await joinedWorld();
  const room = world.client.room('a');
  room.enter({ x: 0 });
  await world.settle();
  world.far.last.block(true);
  for (let x = 1; x <= 200; x++) {
    room.updatePresence({ x });
    world.host.clock.advance(50);
    await world.settle();
  }
  world.far.last.block(false);
  await world.settle();
  // the first of them was the frame that waited
  expect(world.said('presence').map(({ data }) => data)).toEqual([{ x: 0 }, { x: 1 }, { x: 200 }]);
});
