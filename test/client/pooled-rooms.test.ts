// @vitest-environment node
// Several connections of one client of rooms: which room keeps to which, what the whole of them says, and what is asked once for all.

import { describe, expect, test } from 'vitest';
import { RealtimeError } from '../../src/base/error.js';
import { pooledRooms } from '../../src/client/pooled-rooms.js';
import { createRealtimeClient, type RealtimeClientOptions } from '../../src/client/realtime-client.js';
import { keyStorage } from '../../src/connection/outbox-storage.js';
import type { RoomFrame, ServerEvent } from '../../src/protocol/rooms-frames.js';
import { createManualHost } from '../../src/testing/manual-host.js';
import { createScriptedTransport, type ScriptedWire } from '../../src/testing/scripted-transport.js';
import { createSharedStore } from '../support/shared-store.js';
import { limits, ME, messageFrame, type Said } from './rooms-world.js';

const NAMES = Array.from({ length: 30 }, (_, index) => `room-${index}`);

interface Far {
  readonly wire: ScriptedWire;
  said(t?: string): readonly Said[];
  tell(...events: readonly ServerEvent[]): void;
  /** Welcomes, and answers every join there is. */
  welcome(user?: string, fields?: object): Promise<void>;
  joined(room: string, messages?: readonly RoomFrame[]): void;
}

function createWorld(options: Partial<RealtimeClientOptions> = {}, size = 3) {
  const host = createManualHost();
  const transport = Object.assign(createScriptedTransport(), { address: 'https://here/realtime' });
  const errors: RealtimeError[] = [];
  const client = createRealtimeClient({
    ...{ transport, host, flush: 'sync', heartbeat: false, pool: pooledRooms({ size }) },
    onError: (error) => void errors.push(error),
    ...options,
  });
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  /** The far end of a dial; from the end where it is below 0. */
  const far = (index: number): Far => {
    const wire = transport.dials.at(index);
    if (!wire) throw new Error(`there is no dial ${index}`);
    const said: Far['said'] = (t) =>
      wire.sent
        .flatMap((frame) => JSON.parse(String(frame)) as Said | readonly Said[])
        .filter((each) => t === undefined || each.t === t);
    const tell: Far['tell'] = (...events) => {
      for (const event of events) wire.frame(JSON.stringify(event));
    };
    const joined: Far['joined'] = (room, messages = []) => {
      const join = said('join')
        .filter((each) => each['room'] === room)
        .at(-1)?.['join'] as number;
      const offset = messages.at(-1)?.offset ?? 0;
      tell({ t: 'joined', room, join, epoch: 'e1', offset, messages, more: false });
    };
    return {
      ...{ wire, said, tell, joined },
      async welcome(user = ME, fields = {}) {
        wire.accept();
        await settle();
        const connection = `${user}/${transport.dials.indexOf(wire)}`;
        tell({ t: 'welcome', v: 1, user: { id: user }, connection, limits, heartbeatMs: 25_000, ...fields });
        await settle();
        for (const { room } of said('join')) joined(room as string);
        await settle();
      },
    };
  };
  return { host, transport, client, errors, settle, far };
}
type World = ReturnType<typeof createWorld>;

const ack = (room: string, id: string, offset: number) => ({ t: 'ack', room, id, epoch: 'e1', offset, at: 1 }) as const;
const roomsOn = (far: Far): string[] => far.said('join').map(({ room }) => room as string);
const textOf = (far: Far): unknown[] => far.said('publish').map(({ data }) => data);

/** Three connections that know us; and for each the rooms there. */
async function createOpen(options: Partial<RealtimeClientOptions> = {}, names = NAMES) {
  const world = createWorld(options);
  const rooms = names.map((name) => world.client.room<unknown>(name));
  const leave = rooms.map((room) => room.subscribe(() => {}));
  await world.settle();
  for (let index = 0; index < 3; index++) await world.far(index).welcome();
  const [a, b, c] = [world.far(0), world.far(1), world.far(2)];
  const there = [a, b, c].map(roomsOn);
  const nameOf = (connection: number): string => there[connection]?.[0] ?? '';
  return { world, rooms, leave, a, b, c, there, nameOf };
}

const statusOf = ({ client }: World): string => client.connection.getSnapshot().status;

describe('rooms', () => {
  test('30 keep to 3 connections, each to one, by their names', async () => {
    const { world, there, rooms } = await createOpen();
    expect(there.flat().sort()).toEqual([...NAMES].sort());
    for (const each of there) expect(each.length).toBeGreaterThan(4);
    expect(rooms.map((room) => room.getSnapshot().status)).toEqual(NAMES.map(() => 'joined'));
    // another client, which meets them in another order
    const other = createWorld();
    for (const name of [...NAMES].reverse()) other.client.room(name).subscribe(() => {});
    await other.settle();
    for (const index of [0, 1, 2]) {
      await other.far(index).welcome();
      expect(roomsOn(other.far(index)).sort()).toEqual([...(there[index] ?? [])].sort());
    }
    expect([...world.client.getSnapshot().rooms.keys()].sort()).toEqual([...NAMES].sort());
  });

  test('one connection breaks: its rooms come back with their places, what was not answered is said again, the others hear nothing', async () => {
    const { world, a, b, c, there, nameOf } = await createOpen();
    const [mine, other] = [world.client.room<unknown>(nameOf(1)), world.client.room<unknown>(nameOf(0))];
    b.tell({ t: 'message', room: mine.id, ...messageFrame(1) });
    const heard: unknown[] = [];
    mine.on('message', ({ data }) => void heard.push(data));
    const first = mine.send('first');
    await world.settle();
    b.wire.drop({ code: 1006 });
    const second = mine.send('second');
    const elsewhere = other.send('elsewhere');
    await world.settle();
    expect([mine.getSnapshot().status, other.getSnapshot().status]).toEqual(['rejoining', 'joined']);
    expect([statusOf(world), elsewhere.verdict, second.verdict]).toEqual(['open', 'sent', 'queued']);
    const before = [a, c].map((each) => each.said('join').length);

    world.host.clock.advance(600);
    expect(world.transport.dials).toHaveLength(4);
    const again = world.far(3);
    again.wire.accept();
    await world.settle();
    again.tell({ t: 'welcome', v: 1, user: { id: ME }, connection: 'x', limits, heartbeatMs: 25_000 });
    await world.settle();
    expect(again.said('hello')[0]?.['key']).toBe(b.said('hello')[0]?.['key']);
    expect(roomsOn(again).sort()).toEqual([...(there[1] ?? [])].sort());
    expect(again.said('join').find(({ room }) => room === mine.id)).toMatchObject({ since: { offset: 1 } });
    again.joined(mine.id, [messageFrame(2), messageFrame(3)]);
    await world.settle();
    expect(textOf(again)).toEqual(['first', 'second']);
    again.tell(ack(mine.id, first.id, 4), ack(mine.id, second.id, 5));
    expect([(await first.done).offset, (await second.done).offset]).toEqual([4, 5]);
    expect(heard).toEqual([2, 3]);
    expect([a, c].map((each) => each.said('join').length)).toEqual(before);
  });

  test('what we show, and whom others see, is of the room’s connection', async () => {
    const { world, b, nameOf } = await createOpen();
    const rooms = [0, 1].map((index) => world.client.room(nameOf(index)));
    rooms[1]?.enter({ name: 'Ada' });
    await world.settle();
    expect(rooms.map((room) => room.getSnapshot().self)).toEqual([
      { user: ME, connection: `${ME}/0`, presence: null },
      { user: ME, connection: `${ME}/1`, presence: { name: 'Ada' } },
    ]);
    expect(b.said('presence')).toEqual([{ t: 'presence', room: nameOf(1), data: { name: 'Ada' } }]);
  });

  test('a connection that was refused for good loses its rooms’ sends, and no other’s', async () => {
    const { world, a, b, nameOf } = await createOpen();
    const early = world.client.room<unknown>(nameOf(0)).send('early');
    await world.settle();
    b.wire.drop({ code: 4400, verdict: 'failed', why: 'refused' });
    a.tell(ack(nameOf(0), early.id, 1));
    expect((await early.done).status).toBe('acknowledged');
    const [kept, lost] = [0, 1].map((index) => world.client.room<unknown>(nameOf(index)).send('hello'));
    await world.settle();
    expect([statusOf(world), kept?.verdict, (await lost?.done)?.status]).toEqual(['open', 'sent', 'dropped']);
    expect(world.errors).toHaveLength(1);
    world.client.connect();
    await world.far(3).welcome();
    expect(world.client.room(nameOf(1)).getSnapshot().status).toBe('joined');
    expect(world.transport.dials).toHaveLength(4);
  });

  test.each([0, Number.NaN, -2, 1])('a size of %s is one', async (size) => {
    const world = createWorld({}, size);
    world.client.retain();
    await world.settle();
    expect(world.transport.dials).toHaveLength(1);
  });
});

describe('the whole', () => {
  test('is open while one is, comes back when none is, and has failed when all have', async () => {
    const world = createWorld();
    const seen: string[] = [];
    world.client.connection.subscribe(() => {
      if (seen.at(-1) !== statusOf(world)) seen.push(statusOf(world));
    });
    const release = world.client.retain();
    await world.settle();
    await world.far(1).welcome();
    expect([statusOf(world), world.client.connection.getSnapshot().transport]).toEqual(['open', 'scripted']);
    await world.far(0).welcome();
    world.far(1).wire.drop();
    world.far(2).wire.drop();
    expect(statusOf(world)).toBe('open');
    world.far(0).wire.drop();
    expect(world.client.connection.getSnapshot()).toMatchObject({
      status: 'reconnecting',
      transport: null,
      attempt: 1,
    });
    world.host.clock.advance(600);
    expect(world.transport.dials).toHaveLength(6);
    for (const index of [3, 4, 5]) world.far(index).wire.drop({ code: 4400, verdict: 'failed', why: 'refused' });
    expect(statusOf(world)).toBe('failed');
    world.client.connect();
    await world.settle();
    expect(statusOf(world)).toBe('connecting');
    release();
    world.host.clock.advance(1_000);
    expect(seen).toEqual(['connecting', 'open', 'reconnecting', 'failed', 'connecting', 'idle']);
    expect([world.host.clock.pending, world.transport.live]).toEqual([0, 0]);
  });

  test('was open, and is not by the end of the one that was: the others try to bring it back', async () => {
    const world = createWorld();
    world.client.retain();
    await world.settle();
    await world.far(0).welcome();
    world.far(0).wire.drop({ code: 4400, verdict: 'failed', why: 'refused' });
    expect(statusOf(world)).toBe('reconnecting');
    for (const index of [1, 2]) world.far(index).wire.drop({ code: 4400, verdict: 'failed', why: 'refused' });
    world.client.connect();
    expect(statusOf(world)).toBe('connecting');
  });

  test('disconnect, connect and reconnect act on all; reconnect resolves with the last, and rejects with the first that fails', async () => {
    const { world } = await createOpen();
    world.client.disconnect(1000, 'lunch');
    await world.settle();
    for (const index of [0, 1, 2]) expect(world.far(index).wire.closed).toEqual({ code: 1000, reason: 'lunch' });
    expect(statusOf(world)).toBe('closed');
    world.host.clock.advance(100_000);
    expect(world.transport.dials).toHaveLength(3);
    world.client.connect();
    await world.settle();
    for (const index of [3, 4, 5]) await world.far(index).welcome();

    let opened = false;
    const reconnected = world.client.reconnect().then(() => (opened = true));
    await world.settle();
    expect(world.transport.dials).toHaveLength(9);
    await world.far(6).welcome();
    await world.far(7).welcome();
    expect(opened).toBe(false);
    await world.far(8).welcome();
    await reconnected;

    const failed = world.client.reconnect();
    await world.settle();
    await world.far(9).welcome();
    world.far(10).wire.drop({ why: 'refused' });
    await expect(failed).rejects.toBeInstanceOf(RealtimeError);
  });

  test('close() leaves no wire and no timer, and connect() brings everything back', async () => {
    const { world, rooms, leave } = await createOpen();
    world.client.close();
    await world.settle();
    expect([world.transport.live, world.host.clock.pending]).toEqual([0, 0]);
    world.client.connect();
    await world.settle();
    for (const index of [3, 4, 5]) await world.far(index).welcome();
    expect(rooms.every((room) => room.getSnapshot().status === 'joined')).toBe(true);
    for (const each of leave) each();
    world.client.close();
    await world.settle();
    expect([world.transport.live, world.host.clock.pending, world.client.getSnapshot().rooms.size]).toEqual([0, 0, 0]);
  });

  test('drained() waits for all', async () => {
    const { world, a, b, nameOf } = await createOpen({ outbox: { limit: 4 } });
    const sends = [0, 0, 1, 1].map((index) => world.client.room<unknown>(nameOf(index)).send(index));
    let calm = false;
    const drained = world.client.drained().then(() => (calm = true));
    await world.settle();
    a.tell(ack(nameOf(0), sends[0]?.id ?? '', 1));
    await world.settle();
    expect(calm).toBe(false);
    b.tell(ack(nameOf(1), sends[2]?.id ?? '', 1));
    await drained;
  });
});

describe('a token', () => {
  /** Answers in the order in which they were asked for. */
  function createDoor(isLate: boolean) {
    const asked: string[] = [];
    const getToken = (reason: string): string | Promise<string> => {
      const token = `token-${asked.push(reason)}`;
      return isLate ? Promise.resolve(token) : token;
    };
    return { asked, auth: { getToken } };
  }
  const tokens = (world: World, from: number): unknown[] =>
    [from, from + 1, from + 2].map((index) => world.far(index).said('hello')[0]?.['token']);

  test.each([true, false])(
    'is asked for once: to connect, after a cut of all, before it expires (late: %s)',
    async (late) => {
      const { asked, auth } = createDoor(late);
      const world = createWorld({ auth });
      world.client.retain();
      await world.settle();
      for (const index of [0, 1, 2]) await world.far(index).welcome(ME, { expiresInMs: 600_000 });
      expect([asked, tokens(world, 0)]).toEqual([['connect'], ['token-1', 'token-1', 'token-1']]);

      world.host.clock.advance(570_000);
      await world.settle();
      expect(asked).toEqual(['connect', 'refresh']);
      for (const index of [0, 1, 2]) expect(world.far(index).said('auth')).toEqual([{ t: 'auth', token: 'token-2' }]);

      for (const index of [0, 1, 2]) world.far(index).wire.drop();
      world.host.clock.advance(500);
      await world.settle();
      for (const index of [3, 4, 5]) await world.far(index).welcome();
      expect([asked, tokens(world, 3)]).toEqual([
        ['connect', 'refresh', 'refresh'],
        ['token-3', 'token-3', 'token-3'],
      ]);

      // one alone needs one of its own
      world.far(4).wire.drop();
      world.host.clock.advance(5_000);
      await world.settle();
      expect([asked.length, world.transport.dials.length]).toEqual([4, 7]);
      // and so does another, later
      await world.far(6).welcome();
      world.host.clock.advance(2_000);
      world.far(3).wire.drop();
      world.host.clock.advance(5_000);
      await world.settle();
      expect([asked.length, world.transport.dials.length]).toEqual([5, 8]);
    },
  );

  test.each([true, false])(
    'that the server says no to is asked for anew once, and what it said no to helps nobody (late: %s)',
    async (late) => {
      const { asked, auth } = createDoor(late);
      const world = createWorld({ auth });
      world.client.retain();
      await world.settle();
      for (const index of [0, 1, 2]) world.far(index).wire.accept();
      for (const index of [0, 1, 2]) world.far(index).wire.drop({ code: 4401, why: 'refused' });
      world.host.clock.advance(0);
      await world.settle();
      for (const index of [3, 4, 5]) await world.far(index).welcome();
      expect([asked, tokens(world, 3)]).toEqual([
        ['connect', 'expired'],
        ['token-2', 'token-2', 'token-2'],
      ]);
      expect(statusOf(world)).toBe('open');
    },
  );

  test('that was asked for before the server said no to the last one helps nobody to whom it said so', async () => {
    const answers: { readonly reason: string; readonly give: (token: string) => void }[] = [];
    const getToken = (reason: string): Promise<string> => new Promise((give) => void answers.push({ reason, give }));
    const world = createWorld({ auth: { getToken } });
    world.client.retain();
    await world.settle();
    answers[0]?.give('old');
    await world.settle();
    for (const index of [0, 1, 2]) await world.far(index).welcome();
    world.host.clock.advance(10_000);
    world.far(0).wire.drop();
    world.host.clock.advance(600);
    world.far(1).wire.drop({ code: 4401, why: 'refused' });
    world.host.clock.advance(0);
    expect(answers.map(({ reason }) => reason)).toEqual(['connect', 'refresh', 'expired']);
    answers[1]?.give('old');
    answers[2]?.give('new');
    await world.settle();
    for (const index of [3, 4]) await world.far(index).welcome();
    const said = [3, 4].map((index) => world.far(index).said('hello')[0]?.['token']);
    expect(new Set(said)).toEqual(new Set(['new', 'old']));
  });

  test('of who was here before is shown by nobody who comes after disconnect() or signOut()', async () => {
    const { asked, auth } = createDoor(false);
    const { world } = await createOpen({ auth });
    world.host.clock.advance(10_000);
    world.far(1).wire.drop();
    world.host.clock.advance(600);
    await world.settle();
    expect(asked).toHaveLength(2); // and two have not had that
    world.client.signOut();
    world.client.connect();
    await world.settle();
    for (const index of [-1, -2, -3]) await world.far(index).welcome('ben');
    expect(tokens(world, -3)).toEqual(['token-3', 'token-3', 'token-3']);
  });

  test('a refusal by getToken is one for all; after it others are asked for', async () => {
    let asked = 0;
    const world = createWorld({
      auth: {
        getToken() {
          asked++;
          throw Object.assign(new Error('no'), { name: 'NotAllowedError' });
        },
      },
    });
    world.client.retain();
    await world.settle();
    expect([asked, statusOf(world)]).toEqual([1, 'failed']);
    world.client.connect();
    await world.settle();
    expect(asked).toBe(2);
  });

  test('an answer that does not come keeps nobody waiting for ever', async () => {
    const asked: string[] = [];
    const never = new Promise<string>(() => {});
    const getToken = (reason: string) => (asked.push(reason) === 1 ? never : Promise.resolve('late'));
    const world = createWorld({ auth: { getToken }, connectTimeoutMs: 12_000 });
    world.client.retain();
    await world.settle();
    world.host.clock.advance(12_000);
    await world.settle();
    world.host.clock.advance(1_000);
    await world.settle();
    expect(asked).toEqual(['connect', 'refresh']);
    expect(world.transport.live).toBe(3);
  });
});

describe('a user', () => {
  test('who signs out is gone from all connections, and comes back to none of them', async () => {
    const asked: string[] = [];
    const getToken = (): string => `token-${asked.push('')}`;
    const { world, rooms, nameOf } = await createOpen({ auth: { getToken } });
    const keys = [0, 1, 2].map((index) => world.far(index).said('hello')[0]?.['key']);
    expect(new Set(keys).size).toBe(3);
    const sends = [0, 1, 2].map((index) => world.client.room<unknown>(nameOf(index)).send('mine'));
    await world.settle();
    world.client.signOut();
    expect(await Promise.all(sends.map(async ({ done }) => (await done).status))).toEqual(sends.map(() => 'timed-out'));
    for (const index of [0, 1, 2]) expect(world.far(index).wire.closed).toMatchObject({ code: 1000 });
    expect(world.client.getSnapshot()).toMatchObject({ user: null, connection: { status: 'closed', queued: 0 } });
    for (const room of rooms)
      expect(room.getSnapshot()).toMatchObject({
        status: 'idle',
        messages: [],
        self: { user: null, connection: null },
      });

    world.client.connect();
    await world.settle();
    for (const index of [3, 4, 5]) await world.far(index).welcome('ben');
    const hellos = [3, 4, 5].map((index) => world.far(index).said('hello')[0]);
    expect(hellos.map((hello) => hello?.['token'])).toEqual(['token-2', 'token-2', 'token-2']);
    for (const hello of hellos) expect(keys).not.toContain(hello?.['key']);
    for (const index of [3, 4, 5]) expect(world.far(index).said('publish')).toEqual([]);
    for (const room of rooms) expect(room.getSnapshot().self).toMatchObject({ user: 'ben' });
  });

  test('who is another on one connection is another on all: nothing of the one before is shown beside them', async () => {
    const { world, rooms, b, nameOf } = await createOpen();
    for (const index of [0, 1, 2]) {
      const room = nameOf(index);
      world.far(index).tell({ t: 'message', room, ...messageFrame(1) });
    }
    const unsent = world.client.room<unknown>(nameOf(0)).send('of ada');
    b.wire.drop();
    world.host.clock.advance(600);
    await world.far(3).welcome('ben');
    for (const room of rooms) expect(room.getSnapshot().messages).toEqual([]);
    expect((await unsent.done).status).toBe('timed-out');
    const early = world.client.room<unknown>(nameOf(0)).send('of ben');
    expect(world.transport.dials).toHaveLength(6);
    for (const index of [4, 5]) await world.far(index).welcome('ben');
    for (const room of rooms) expect(room.getSnapshot().self.user).toBe('ben');
    expect([4, 5].flatMap((index) => textOf(world.far(index)))).toEqual(['of ben']);
    expect([early.verdict, world.transport.live]).toEqual(['queued', 3]);
  });

  test('who is another brings no connection back that is over', async () => {
    const { world, rooms, a, b } = await createOpen();
    a.wire.drop({ code: 4400, verdict: 'failed', why: 'refused' });
    b.wire.drop();
    world.host.clock.advance(600);
    await world.far(3).welcome('ben');
    expect([world.transport.dials.length, world.transport.live]).toEqual([5, 2]);
    expect(rooms.filter((room) => room.getSnapshot().self.user === ME)).toEqual([]);
    await world.far(4).welcome('ben');
    world.client.connect();
    await world.far(5).welcome('ben');
    for (const room of rooms) expect(room.getSnapshot()).toMatchObject({ status: 'joined', self: { user: 'ben' } });
  });

  test('whom the server names anew for each connection is left in peace', async () => {
    const world = createWorld();
    for (const name of NAMES) world.client.room<unknown>(name).subscribe(() => {});
    await world.settle();
    for (const index of [0, 1, 2]) await world.far(index).welcome(`anonymous-${index}`);
    const name = roomsOn(world.far(2))[0] ?? '';
    const sent = world.client.room<unknown>(name).send('mine');
    await world.settle();
    world.far(0).wire.drop();
    world.host.clock.advance(600);
    await world.far(3).welcome('anonymous-3');
    world.far(2).wire.drop();
    world.host.clock.advance(600);
    await world.far(4).welcome('anonymous-2');
    world.far(4).tell(ack(name, sent.id, 1));
    expect([textOf(world.far(4)), (await sent.done).status]).toEqual([['mine'], 'acknowledged']);
    // a server that names them anew each time has them come no oftener
    world.host.clock.advance(60_000);
    expect(world.transport.dials).toHaveLength(5);
  });
});

describe('the outbox', () => {
  test('is one: its bound is of all rooms together, and so is what `queued` says', async () => {
    const { world, nameOf } = await createOpen({ outbox: { limit: 4 } });
    const sends = [0, 1, 2, 0, 1, 2].map((index) => world.client.room<unknown>(nameOf(index)).send(index));
    await world.settle();
    expect(sends.map(({ verdict }) => verdict)).toEqual(['sent', 'sent', 'sent', 'sent', 'dropped', 'dropped']);
    expect(world.client.connection.getSnapshot().queued).toBe(4);
  });

  test('is kept in one place, and after a reload each room’s goes over its own connection, in order', async () => {
    const store = createSharedStore();
    const page = store.page();
    const first = createWorld({ outbox: { storage: keyStorage(page.storage), user: ME } });
    await first.settle();
    for (let round = 0; round < 3; round++)
      for (const name of NAMES) void first.client.room<unknown>(name).send(`${name} ${round}`);
    await first.settle();
    page.crash();
    expect(new Set([...store.texts.keys()].map((key) => key.split('/')[1]))).toEqual(new Set(['0']));

    const world = createWorld({ outbox: { storage: keyStorage(store.page().storage), user: ME } });
    const rooms = NAMES.map((name) => world.client.room<unknown>(name));
    for (const room of rooms) room.subscribe(() => {});
    for (let turn = 0; turn < 50; turn++) await world.settle();
    for (const index of [0, 1, 2]) await world.far(index).welcome();
    const said = [0, 1, 2].flatMap((index) =>
      world
        .far(index)
        .said('publish')
        .map((each) => ({ room: each['room'], data: each['data'], index })),
    );
    expect(said).toHaveLength(90);
    for (const name of NAMES) {
      const mine = said.filter(({ room }) => room === name);
      expect(mine.map(({ data }) => data)).toEqual([0, 1, 2].map((round) => `${name} ${round}`));
      expect(new Set(mine.map(({ index }) => index)).size).toBe(1);
      expect(roomsOn(world.far(mine[0]?.index ?? 0))).toContain(name);
    }
  });
});
