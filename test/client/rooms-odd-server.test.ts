// A client of rooms against servers that are unlucky, older, newer, or not honest. On a manual clock.

import { expect, test } from 'vitest';
import type { ServerEvent } from '../../src/protocol/rooms-frames.js';
import { createRoomsWorld, messageFrame, type RoomsWorld } from './rooms-world.js';

const nothing = (): void => {};

async function joinedWorld(options = {}): Promise<RoomsWorld> {
  const world = createRoomsWorld(options);
  world.client.room('a').subscribe(nothing);
  world.welcome();
  await world.settle();
  world.joined('a');
  return world;
}
const frames = (...offsets: readonly number[]) => offsets.map((offset) => messageFrame(offset));
const raw = (world: RoomsWorld, event: object): void => world.far.last.frame(JSON.stringify(event));
const joins = (world: RoomsWorld): number => world.saidEver('join').length;

test('paging back after a change of epoch asks within the new one', async () => {
  const world = await joinedWorld();
  world.tell({ t: 'message', room: 'a', ...messageFrame(1) });
  world.cut();
  world.welcome();
  await world.settle();
  world.joined('a', { epoch: 'e2', offset: 502, messages: frames(501, 502), more: true });
  void world.client.room('a').loadOlder().catch(nothing);
  await world.settle();
  expect(world.said('history')).toMatchObject([{ before: 501 }]);
});

test('resync again and again: joined again, the fourth time when ten seconds are over', async () => {
  const world = await joinedWorld();
  for (let round = 0; round < 4; round++) {
    world.tell({ t: 'resync', room: 'a' });
    await world.settle();
    if (round < 3) world.joined('a');
  }
  expect(joins(world)).toBe(4);
  world.host.clock.advance(10_000);
  await world.settle();
  expect(joins(world)).toBe(5);
});

test('null is as absent: a refusal with nulls is the refusal of the join', async () => {
  const world = createRoomsWorld();
  world.client.room('a').subscribe(nothing);
  world.welcome();
  await world.settle();
  raw(world, { t: 'error', code: 'forbidden', message: 'no', room: 'a', join: 1, id: null, request: null });
  expect(world.client.room('a').getSnapshot().status).toBe('denied');
  raw(world, { t: 'error', code: 'unsupported', message: 'no', room: null });
  expect(world.errors.map(({ kind }) => kind)).toEqual(['unsupported']);
});

test('denied, then watched anew: asked again', async () => {
  const world = createRoomsWorld();
  const room = world.client.room('a');
  const leave = room.subscribe(nothing);
  world.welcome();
  await world.settle();
  world.tell({ t: 'error', code: 'forbidden', message: 'no', room: 'a', join: 1 });
  leave();
  world.client.room('a').subscribe(nothing);
  await world.settle();
  world.joined('a');
  expect([joins(world), room.getSnapshot().status]).toEqual([2, 'joined']);
});

test('"not now" to a joined room: rejoining, sends wait, and one timer that the room takes along', async () => {
  const world = await joinedWorld();
  const room = world.client.room('a');
  const leave = room.subscribe(nothing);
  const refusal: ServerEvent = { t: 'error', code: 'unavailable', message: 'wait', room: 'a', join: 1 };
  world.tell(refusal);
  world.tell(refusal);
  expect([room.getSnapshot().status, room.send('x').verdict]).toEqual(['rejoining', 'queued']);
  world.host.clock.advance(2_000);
  await world.settle();
  world.joined('a');
  await world.settle();
  expect([joins(world), world.said('publish').length]).toEqual([2, 1]);
  leave();
});

test('a roster that stays incomplete is asked for three times in ten seconds, and again later', async () => {
  const world = await joinedWorld();
  const hole = async (seq: number): Promise<void> => {
    world.tell({ t: 'members', room: 'a', seq: 0, members: [] });
    world.tell({ t: 'presence', room: 'a', seq, changes: [] });
    await world.settle();
  };
  for (let round = 0; round < 50; round++) await hole(100 + 10 * round);
  expect(world.said('members')).toHaveLength(3);
  world.host.clock.advance(10_000);
  await hole(10_000);
  expect(world.said('members').length).toBeGreaterThan(3);
});

test('what a listener sends while the missed ones are told is published once', async () => {
  const world = await joinedWorld();
  const room = world.client.room('a');
  room.on('message', () => void room.send('again'));
  world.cut();
  world.welcome();
  await world.settle();
  world.joined('a', { offset: 1, messages: frames(1) });
  await world.settle();
  expect(world.said('publish')).toHaveLength(1);
});

test.each([
  ['a place behind ours', { offset: 1, messages: [] }],
  ['messages beyond its own place', { offset: 2, messages: frames(3) }],
])('%s: nothing is heard twice', async (_name, answer) => {
  const world = await joinedWorld();
  const heard: unknown[] = [];
  world.client.room('a').on('message', ({ offset }) => void heard.push(offset));
  for (const offset of [1, 2]) world.tell({ t: 'message', room: 'a', ...messageFrame(offset) });
  world.cut();
  world.welcome();
  await world.settle();
  world.joined('a', answer);
  for (const offset of [2, 3]) world.tell({ t: 'message', room: 'a', ...messageFrame(offset) });
  expect(heard).toEqual([1, 2, 3]);
});

test('after a denial nothing joins the room but a join', async () => {
  const world = createRoomsWorld();
  const heard: unknown[] = [];
  world.client.room('a').on('message', (message) => void heard.push(message));
  world.client.room('a').subscribe(nothing);
  world.welcome();
  await world.settle();
  world.tell({ t: 'error', code: 'forbidden', message: 'no', room: 'a', join: 1 });
  world.tell({ t: 'joined', room: 'a', join: 0, epoch: 'e', offset: 0, messages: [], more: false });
  world.tell({ t: 'message', room: 'a', ...messageFrame(1) });
  expect([world.client.room('a').getSnapshot().status, heard]).toEqual(['denied', []]);
});

test('a code with an odd name is a refusal like any other', async () => {
  const world = await joinedWorld();
  const { id, done } = world.client.room('a').send('x');
  raw(world, { t: 'error', code: 'constructor', message: 'no', room: 'a', id });
  expect((await done).error?.kind).toBe('refused');
});

test('a wait that is no number is not waited: the event is reported, and the message goes on', async () => {
  const world = await joinedWorld();
  const { id } = world.client.room('a').send('x');
  raw(world, { t: 'error', code: 'rate-limited', message: 'no', room: 'a', id, retryAfterMs: 'soon' });
  expect(world.errors.map(({ kind }) => kind)).toEqual(['protocol']);
});

test.each([
  [Infinity, 1_000_000],
  [1.5, 1],
  [-1, 0],
  [NaN, 0],
])('history %s asks for %s', async (history, asked) => {
  const world = createRoomsWorld();
  world.client.room('a', { history }).subscribe(nothing);
  world.welcome();
  await world.settle();
  expect(world.said('join')).toMatchObject([{ history: asked }]);
});

test('names that no server takes are refused here, at once', () => {
  const world = createRoomsWorld();
  for (const name of ['', 'x'.repeat(129), 'a\nb'])
    expect(() => world.client.room(name)).toThrow(/1 to 128 characters/);
  expect(() => world.client.room('a').send('x', { id: 'x'.repeat(129) })).toThrow(/1 to 128 characters/);
});

test('another user: what the first one wrote is not published as the second one’s', async () => {
  const world = await joinedWorld();
  world.far.last.drop({ code: 1006 });
  const { done } = world.client.room('a').send('mine');
  world.host.clock.advance(600);
  world.welcome('somebody else');
  await world.settle();
  world.joined('a');
  await world.settle();
  expect([(await done).status, world.said('publish')]).toEqual(['dropped', []]);
});

test('a volatile message keeps no room', async () => {
  const world = createRoomsWorld();
  const leave = world.client.room('a').subscribe(nothing);
  world.welcome();
  world.client.room('a').send('x', { volatile: true });
  leave();
  world.host.clock.advance(1_000);
  expect([[...world.client.getSnapshot().rooms.keys()], world.far.live]).toEqual([[], 0]);
});
