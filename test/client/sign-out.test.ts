// Who signs out leaves nothing, and of one user nothing is shown to, or sent for, another.

import { describe, expect, test } from 'vitest';
import { createRealtimeClient, type RealtimeClientOptions } from '../../src/client/realtime-client.js';
import type { RoomReceipt } from '../../src/client/room-handle.js';
import { keyStorage } from '../../src/connection/outbox-storage.js';
import { createManualHost } from '../../src/testing/manual-host.js';
import { createScriptedTransport } from '../../src/testing/scripted-transport.js';
import { createSharedStore } from '../support/shared-store.js';
import { createRoomsWorld, limits, ME, messageFrame, type RoomsWorld } from './rooms-world.js';

const entryOf = (user: string) => ({ user, connection: `${user}/1`, n: 1, data: { of: user }, joinedAt: 0 });

/** `me`, in room a with two messages, another member, a presence of one's own, and three sends in all states. */
async function createBusy(options: Partial<RealtimeClientOptions> = {}) {
  const world = createRoomsWorld(options);
  const room = world.client.room('a');
  const heard: unknown[] = [];
  room.on('message', ({ data }) => void heard.push(data));
  room.subscribe(() => {});
  const exit = room.enter({ name: 'Ada' });
  await world.settle();
  world.welcome();
  await world.settle();
  world.joined('a', { offset: 2, messages: [messageFrame(1), messageFrame(2)], more: true });
  world.tell({ t: 'members', room: 'a', seq: 1, members: [entryOf(ME), entryOf('you')] });
  const said = room.send('said');
  await world.settle();
  world.far.last.block(true);
  const blocked = room.send('blocked');
  await world.settle();
  const queued = room.send('queued');
  await world.settle();
  expect(room.getSnapshot()).toMatchObject({ status: 'joined', count: 2, cursor: { offset: 2 } });
  expect(room.getSnapshot().members.size).toBe(2);
  expect(room.getSnapshot().messages).toHaveLength(5);
  return { world, room, heard, exit, deliveries: [said, blocked, queued] };
}

/** Everything that a client shows, as text. */
function shown({ client }: RoomsWorld): string {
  const { connection, user, connectionId, rooms } = client.getSnapshot();
  const all = [...rooms.values()].map((room) => ({
    ...room,
    messages: room.messages,
    members: [...room.members.values()],
  }));
  return JSON.stringify({ connection, user, connectionId, all });
}

const receiptsOf = (deliveries: readonly { readonly done: Promise<RoomReceipt> }[]): Promise<RoomReceipt[]> =>
  Promise.all(deliveries.map(({ done }) => done));

describe('signOut', () => {
  test('says good-bye, settles every send, and keeps nothing', async () => {
    const { world, room, deliveries } = await createBusy();
    world.client.signOut();
    expect(world.far.last.closed).toMatchObject({ code: 1000 });
    // what has left may have arrived; nothing else is promised of it
    const receipts = await receiptsOf(deliveries);
    expect(receipts.map(({ status, error }) => [status, error?.kind])).toEqual([
      ['timed-out', 'lost'],
      ['timed-out', 'lost'], // in a frame that the wire had not taken yet: counted as left
      ['dropped', 'lost'],
    ]);
    expect(world.client.getSnapshot()).toMatchObject({ user: null, connectionId: undefined });
    expect(room.getSnapshot()).toMatchObject({
      ...{ status: 'idle', messages: [], count: 0, more: false, cursor: null, gap: null, error: null, synced: false },
      self: { user: null, connection: null, presence: null },
    });
    expect(room.getSnapshot().members.size).toBe(0);
    for (const trace of [ME, 'me/1', 'you', 'said', 'blocked', 'Ada']) expect(shown(world)).not.toContain(`"${trace}"`);
  });

  test('stays closed, whatever page, network and users do, until connect(); then nobody recognises us', async () => {
    const { world, room, heard } = await createBusy();
    const [hello] = world.said('hello');
    world.client.signOut();
    world.host.setOnline(false);
    world.host.setOnline(true);
    world.host.setFocus('hidden');
    world.host.setFocus('visible');
    room.subscribe(() => {})();
    world.host.clock.advance(1_000_000);
    await world.settle();
    expect([world.far.dials.length, world.host.clock.pending]).toEqual([1, 0]);
    expect((await room.send('refused').done).status).toBe('dropped');

    world.client.connect();
    await world.settle();
    world.welcome('ben');
    await world.settle();
    const { key } = world.said('hello')[0] as { key?: unknown };
    expect(key).not.toBe(hello?.['key']);
    expect(world.said('join')).toEqual([{ t: 'join', room: 'a', join: 2, history: 100 }]);
    world.joined('a', { offset: 3, messages: [messageFrame(3)] });
    await world.settle();
    expect(world.said('publish')).toEqual([]);
    expect(world.said('presence')).toEqual([]);
    // history for the new user: it is no news
    expect([room.getSnapshot().messages.map(({ data }) => data), heard]).toEqual([[3], []]);
  });

  test('inside a callback, in the middle of a frame: what comes behind in it is heard by nobody', async () => {
    const { world, room, heard } = await createBusy();
    room.on('message', () => world.client.signOut());
    world.tell(
      { t: 'message', room: 'a', ...messageFrame(3) },
      { t: 'message', room: 'a', ...messageFrame(4) },
      { t: 'members', room: 'a', seq: 2, members: [entryOf('you')] },
    );
    await world.settle();
    expect(heard).toEqual([3]);
    expect(room.getSnapshot()).toMatchObject({ status: 'idle', messages: [], count: 0, cursor: null });
    expect(world.far.last.closed).toMatchObject({ code: 1000 });
    world.host.clock.advance(1_000_000);
    expect(world.far.dials).toHaveLength(1);
  });

  test('as soon as one hears who one is: the rest of the welcome is for nobody', async () => {
    const world = createRoomsWorld();
    const rooms = ['a', 'b'].map((id) => world.client.room(id));
    for (const room of rooms) room.subscribe(() => {});
    world.client.subscribe(() => void (world.client.getSnapshot().user && world.client.signOut()));
    await world.settle();
    world.welcome();
    await world.settle();
    for (const room of rooms)
      expect(room.getSnapshot()).toMatchObject({ status: 'idle', self: { user: null, connection: null } });
    expect(world.client.getSnapshot()).toMatchObject({ user: null, connectionId: undefined });
    expect([world.said('join'), world.host.clock.pending]).toEqual([[], 0]);
  });

  test('what is asked for at that moment ends, and its late answers are nobody’s', async () => {
    const tokens: ((token: string) => void)[] = [];
    const getToken = (): Promise<string> => new Promise((give) => void tokens.push(give));
    const world = createRoomsWorld({ auth: { getToken } });
    const room = world.client.room('a');
    room.subscribe(() => {});
    world.client.signOut();
    world.client.connect();
    await world.settle();
    expect(tokens).toHaveLength(2);
    tokens[0]?.('SECRET-of-ada');
    await world.settle();
    expect(world.far.dials).toHaveLength(0);
    tokens[1]?.('SECRET-of-ben');
    await world.settle();
    world.welcome('ben');
    expect(world.saidEver('hello').map(({ token }) => token)).toEqual(['SECRET-of-ben']);

    world.joined('a');
    const older = room.loadOlder();
    world.client.signOut();
    await expect(older).rejects.toMatchObject({ kind: 'lost' });
  });

  test('nor what a probe had asked for: the next user is not taken for the one before', async () => {
    const host = { ...createManualHost(), random: () => 0.5 };
    const ws = createScriptedTransport({ name: 'websocket' });
    const sse = createScriptedTransport({ name: 'sse' });
    const tokens: ((token: string) => void)[] = [];
    const getToken = (): Promise<string> => new Promise((give) => void tokens.push(give));
    const client = createRealtimeClient({ transport: [ws, sse], host, heartbeat: false, auth: { getToken } });
    const turns = (): Promise<void> => new Promise((done) => setImmediate(done));
    const answer = (index: number, token: string): Promise<void> => (tokens[index]?.(token), turns());
    client.retain();
    await answer(0, 'SECRET-of-ada');
    ws.last.drop({ why: 'refused', code: 1006 });
    await turns();
    sse.last.accept();
    sse.last.frame(
      JSON.stringify({ t: 'welcome', v: 1, user: { id: ME }, connection: 'c', limits, heartbeatMs: 25_000 }),
    );
    host.clock.advance(30_000); // the probe asks
    expect(tokens).toHaveLength(2);
    client.signOut();
    client.connect();
    await answer(2, 'SECRET-of-ben');
    await answer(1, 'SECRET-of-ada, late');
    sse.last.drop({ why: 'refused', code: 404 });
    await turns();
    ws.last.accept(); // the next one of this attempt shows the same token
    expect(JSON.parse(String(ws.last.sent[0]))).toMatchObject({ t: 'hello', token: 'SECRET-of-ben' });
  });

  test('who is still mounted shows nothing until it says so again', async () => {
    const { world, room, exit } = await createBusy();
    world.client.signOut();
    world.client.connect();
    await world.settle();
    world.welcome('ben');
    world.joined('a');
    await world.settle();
    expect(world.said('presence')).toEqual([]);
    expect(room.getSnapshot().self).toMatchObject({ user: 'ben', presence: null });
    room.updatePresence({ name: 'Ben' });
    await world.settle();
    expect(world.said('presence')).toMatchObject([{ data: { name: 'Ben' } }]);
    exit();
    await world.settle();
    expect(world.said('presence').at(-1)).toMatchObject({ data: null });
  });

  test('also what outlives the page: nothing is left in the store, of none of the rooms, and no token ever was in it', async () => {
    const store = createSharedStore();
    const { storage } = store.page();
    const texts: string[] = [];
    const world = createRoomsWorld({
      auth: { getToken: () => 'SECRET-of-ada' },
      outbox: {
        storage: keyStorage({
          ...storage,
          save: (key, text) => (texts.push(`${key} ${text}`), storage.save(key, text)),
        }),
      },
    });
    for (const id of ['a', 'b']) world.client.room(id).subscribe(() => {});
    await new Promise((done) => setImmediate(done));
    world.welcome();
    await world.settle();
    world.joined('a');
    for (const id of ['a', 'b']) world.client.room(id).send(`in ${id}`);
    await new Promise((done) => setImmediate(done));
    expect([...store.texts].join()).toMatch(/in a.*in b|in b.*in a/s);
    world.client.signOut();
    await new Promise((done) => setImmediate(done));
    expect([...store.texts]).toEqual([]);
    expect(texts.join()).not.toContain('SECRET');
  });

  test('twice, before the first connect and after the end: nothing breaks', async () => {
    const world = createRoomsWorld();
    world.client.signOut();
    world.client.signOut();
    expect(world.client.connection.getSnapshot().status).toBe('closed');
    const room = world.client.room('a');
    room.subscribe(() => {});
    world.client.connect();
    await world.settle();
    world.welcome('ben');
    await world.settle();
    expect(world.said('join')).toHaveLength(1);
    world.client.close();
    world.client.signOut();
    expect(world.errors).toEqual([]);
  });
});

describe('another user on the same client', () => {
  test('messages, places and members go before the joins are said; what the app shows is still its wish', async () => {
    const { world, room, heard, deliveries } = await createBusy();
    world.cut();
    world.welcome('ben');
    await world.settle();
    expect(world.said('join')).toEqual([
      { t: 'join', room: 'a', join: 2, history: 100, presence: { name: 'Ada' } }, // no `since`
    ]);
    expect(room.getSnapshot()).toMatchObject({ status: 'joining', messages: [], count: 0, cursor: null });
    expect(room.getSnapshot().self).toEqual({ user: 'ben', connection: 'ben/1', presence: { name: 'Ada' } });
    expect(room.getSnapshot().members.size).toBe(0);
    world.joined('a', { offset: 9, messages: [messageFrame(9)], epoch: 'e1' });
    await world.settle();
    expect(world.said('publish')).toEqual([]);
    expect([room.getSnapshot().gap, heard]).toEqual([null, []]);
    const receipts = await receiptsOf(deliveries);
    expect(receipts.map(({ status, error }) => [status, error?.kind])).toEqual([
      ['timed-out', 'lost'],
      ['timed-out', 'lost'], // in a frame that the wire had not taken yet: counted as left
      ['dropped', 'lost'],
    ]);
  });

  test('a denial was the other one’s: the new one asks', async () => {
    const world = createRoomsWorld();
    const room = world.client.room('a');
    room.subscribe(() => {});
    world.welcome();
    await world.settle();
    world.tell({ t: 'error', code: 'forbidden', message: 'no', room: 'a', join: 1 });
    expect(room.getSnapshot().status).toBe('denied');
    world.cut();
    world.welcome();
    await world.settle();
    expect(world.said('join')).toEqual([]);
    world.cut();
    world.welcome('ben');
    await world.settle();
    expect(world.said('join')).toHaveLength(1);
    expect(room.getSnapshot()).toMatchObject({ status: 'joining', error: null });
  });

  test('the same user again: everything stays', async () => {
    const { world, room } = await createBusy();
    world.cut();
    world.welcome();
    await world.settle();
    expect(world.said('join')).toMatchObject([{ since: { epoch: 'e1', offset: 2 } }]);
    world.joined('a', { offset: 2 });
    await world.settle();
    expect(world.said('publish').map(({ data }) => data)).toEqual(['said', 'blocked', 'queued']);
    expect(room.getSnapshot().messages).toHaveLength(5);
  });

  test('also where the connection had failed, or was closed, in between', async () => {
    for (const end of ['failed', 'closed'] as const) {
      const { world, room } = await createBusy();
      if (end === 'failed') world.tell({ t: 'close', code: 4403, reason: 'banned' });
      else world.client.disconnect();
      expect(world.client.connection.getSnapshot().status).toBe(end);
      expect(room.getSnapshot().messages.length).toBeGreaterThan(0);
      world.client.connect();
      await world.settle();
      world.welcome('ben');
      await world.settle();
      expect(world.said('join')[0]).not.toHaveProperty('since');
      expect(room.getSnapshot().messages).toEqual([]);
    }
  });
});
