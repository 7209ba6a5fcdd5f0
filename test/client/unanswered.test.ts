// What we say is swallowed, and what the server says still comes: an unanswered question makes the ping due, and an unanswered ping ends the wire.

import { describe, expect, test } from 'vitest';
import type { RealtimeClientOptions } from '../../src/client/realtime-client.js';
import { createThrottledHost } from '../support/throttled-host.js';
import { createRoomsWorld, messageFrame, type RoomsWorld, type Said } from './rooms-world.js';

const heartbeat = { intervalMs: 25_000, timeoutMs: 10_000 };

interface BusyWorld extends RoomsWorld {
  /** Time passes, and every second somebody else says something in the room; `each` comes after it. */
  pass(seconds: number, each?: (second: number) => void): Promise<void>;
  /** When pings were said, over all wires, in whole seconds since the room was joined. */
  readonly pings: readonly number[];
  readonly wires: number;
}

async function busyWorld(options: Partial<RealtimeClientOptions> = {}): Promise<BusyWorld> {
  const world = createRoomsWorld({ heartbeat, ...options });
  world.client.room('a').subscribe(() => {});
  world.welcome();
  await world.settle();
  world.joined('a');
  await world.settle();
  const from = world.host.clock.now();
  const pings: number[] = [];
  let offset = 0;
  const second = (): void => {
    for (let tenth = 0; tenth < 10; tenth++) {
      world.host.clock.advance(100);
      while (pings.length < world.saidEver('ping').length)
        pings.push(Math.floor((world.host.clock.now() - from) / 1_000));
    }
  };
  return {
    ...world,
    pings,
    get wires() {
      return world.far.dials.length;
    },
    async pass(seconds, each) {
      await world.settle(); // what was said in this tick leaves at its end
      for (let count = 1; count <= seconds; count++) {
        second();
        if (world.client.connection.getSnapshot().status === 'open')
          world.tell({ t: 'message', room: 'a', ...messageFrame(++offset) });
        each?.(count);
        await world.settle();
      }
    },
  };
}
const ackOf = ({ room, id }: Said, offset = 1_000) =>
  ({ t: 'ack', room: room as string, id: id as string, epoch: 'e1', offset, at: 1 }) as const;

/** Whatever the protocol answers. */
const questions: Readonly<Record<string, (world: BusyWorld) => void>> = {
  publish: ({ client }) => void client.room('a').send('?', { timeoutMs: 60_000 }),
  join: ({ client }) => void client.room('b').subscribe(() => {}),
  history: ({ client }) =>
    void client
      .room('a')
      .loadOlder()
      .catch(() => {}),
  members(world) {
    world.tell({ t: 'members', room: 'a', seq: 1, members: [] });
    world.tell({ t: 'presence', room: 'a', seq: 5, changes: [] });
    world.client.room('a').getSnapshot();
  },
};

describe('in a busy room', () => {
  test.each(Object.keys(questions))('%s unanswered: a ping after 10 s, the end after 20 s', async (name) => {
    const world = await busyWorld();
    await world.pass(3);
    questions[name]?.(world);
    await world.settle();
    expect(world.said(name)).toHaveLength(name === 'join' ? 2 : 1);
    await world.pass(20);
    expect(world.pings).toEqual([13]);
    expect([world.wires, world.client.connection.getSnapshot().status]).toEqual([1, 'open']);
    await world.pass(1);
    expect(world.far.dials[0]?.closed).toMatchObject({ code: 4408 });
    expect(world.errors.at(-1)).toMatchObject({ kind: 'timeout' });
    await world.pass(1);
    expect(world.wires).toBe(2);
  });

  test('what was not acknowledged goes out again under its id, and is acknowledged', async () => {
    const world = await busyWorld();
    const { id, done } = world.client.room('a').send('x');
    await world.pass(22);
    world.welcome();
    await world.settle();
    world.joined('a', { offset: 22 });
    await world.settle();
    expect(world.said('publish')).toMatchObject([{ id, data: 'x' }]);
    world.tell(ackOf({ t: 'publish', room: 'a', id }, 23));
    expect(await done).toMatchObject({ status: 'acknowledged', offset: 23 });
  });

  test('of two that left together the last one is missing: it is asked about, though nobody says anything more', async () => {
    const world = await busyWorld();
    const [first] = [world.client.room('a').send(1), world.client.room('a').send(2)];
    await world.pass(1);
    world.tell(ackOf({ t: 'publish', room: 'a', id: first.id }));
    await world.pass(11);
    expect(world.pings).toEqual([11]);
    await world.pass(10);
    expect(world.far.dials[0]?.closed).toMatchObject({ code: 4408 });
  });

  test('who never stops talking finds out as soon', async () => {
    const world = await busyWorld();
    await world.pass(21, () => void world.client.room('a').send('again'));
    expect([world.pings, world.wires, world.far.last.closed]).toEqual([[11], 1, null]);
    await world.pass(1);
    expect(world.far.dials[0]?.closed).toMatchObject({ code: 4408 });
  });

  test('the hole opens after many answers: none of them hides it', async () => {
    const world = await busyWorld();
    const room = world.client.room('a');
    // each answer takes five seconds, and those on their way still come when the way up is gone
    let answers = 0;
    const talk = (through: number): void => {
      const said = world.said('publish')[answers];
      if (said && world.said('publish').length - answers >= 5 && answers < through) {
        answers++;
        world.tell(ackOf(said));
      }
      room.send('x');
    };
    await world.pass(60, () => talk(60));
    expect([world.pings, world.wires]).toEqual([[], 1]);
    await world.pass(24, () => talk(60));
    expect([answers, world.pings, world.far.last.closed]).toEqual([60, [75], null]);
    await world.pass(1);
    expect(world.far.dials[0]?.closed).toMatchObject({ code: 4408 });
  });
});

describe('is not cut', () => {
  test('who is answered: not even asked', async () => {
    const world = await busyWorld();
    await world.pass(300, () => {
      for (const said of world.said('publish').slice(-1)) world.tell(ackOf(said));
      world.client.room('a').send('x');
    });
    expect([world.pings, world.wires]).toEqual([[], 1]);
  });

  test('a server that takes 40 s for everything but a ping: one question, one ping', async () => {
    const world = await busyWorld();
    const { done } = world.client.room('a').send('x', { timeoutMs: 60_000 });
    await world.pass(40, () => {
      if (world.pings.length > 0) world.tell({ t: 'pong' });
    });
    for (const said of world.said('publish')) world.tell(ackOf(said));
    expect(await done).toMatchObject({ status: 'acknowledged' });
    await world.pass(60);
    expect([world.pings, world.wires]).toEqual([[10], 1]);
  });

  test('a server that does one thing after the other, pings too, each of them for 9 s', async () => {
    const world = await busyWorld();
    let done = 0;
    const sent = Array.from({ length: 30 }, () => world.client.room('a').send('x', { timeoutMs: 1e6 }));
    await world.pass(400, (second) => {
      if (second % 9 !== 0) return;
      const next = world.saidEver().filter(({ t }) => t === 'publish' || t === 'ping')[done++];
      if (next) world.tell(next.t === 'ping' ? { t: 'pong' } : ackOf(next));
    });
    expect(world.wires).toBe(1);
    for (const { done: receipt } of sent) expect((await receipt).status).toBe('acknowledged');
  });

  test('a slow uplink: a question has a millisecond more for each character', async () => {
    const world = await busyWorld();
    world.client.room('a').send('x'.repeat(900));
    await world.pass(10);
    expect(world.pings).toEqual([]);
    world.host.clock.advance(800);
    expect(world.said('ping')).toEqual([]);
    await world.pass(1);
    expect(world.said('ping')).toHaveLength(1);
    await world.pass(8);
    expect(world.far.last.closed).toBe(null);
    await world.pass(2);
    expect(world.far.dials[0]?.closed).toMatchObject({ code: 4408 });
  });

  test('who was refused has an answer too', async () => {
    const world = await busyWorld();
    const { id } = world.client.room('a').send('x');
    await world.settle();
    world.tell({ t: 'error', code: 'forbidden', message: 'no', room: 'a', id });
    await world.pass(60);
    expect([world.pings, world.wires]).toEqual([[], 1]);
  });

  test('what is said and not answered by the protocol is no question', async () => {
    const world = await busyWorld();
    world.client.room('a').enter({ here: true });
    await world.settle();
    expect(world.said('presence')).toHaveLength(1);
    await world.pass(60);
    expect([world.pings, world.wires]).toEqual([[], 1]);
  });

  test('without a heartbeat', async () => {
    const world = await busyWorld({ heartbeat: false });
    world.client.room('a').send('x');
    await world.pass(120);
    expect([world.pings, world.wires]).toEqual([[], 1]);
  });

  test('a process that slept with the answer in its queue', async () => {
    const world = await busyWorld();
    world.client.room('a').send('x', { timeoutMs: 1e9 });
    await world.pass(11);
    expect(world.pings).toEqual([10]);
    const { advance, now } = world.host.clock;
    // asleep: nothing runs, and then everything that was due, late
    Object.assign(world.host.clock, { now: () => now() + 3_600_000 });
    advance(10_000);
    expect(world.far.last.closed).toBe(null);
    world.tell({ t: 'message', room: 'a', ...messageFrame(12) }, { t: 'pong' });
    advance(5_000);
    await world.settle();
    expect([world.wires, world.far.last.closed, world.saidEver('ping').length]).toEqual([1, null, 1]);
  });
});

describe('in a page that is hidden for minutes', () => {
  const hiddenRoom = async () => {
    const time = createThrottledHost();
    const world = createRoomsWorld({ heartbeat, host: time.host });
    world.client.room('a').subscribe(() => {});
    world.welcome();
    await world.settle();
    world.joined('a');
    await world.settle();
    time.hide();
    let offset = 0;
    const pass = async (seconds: number, each = (): void => {}): Promise<void> => {
      for (let second = 0; second < seconds; second++) {
        time.advance(1_000);
        if (world.far.last.live && world.far.dials.length === 1)
          world.tell({ t: 'message', room: 'a', ...messageFrame(++offset) });
        each();
        await world.settle();
      }
    };
    return { ...world, ...time, pass };
  };

  test('each of the two looks comes a minute late at most', async () => {
    for (const asked of [1, 20, 45, 49, 50, 51, 59]) {
      const world = await hiddenRoom();
      await world.pass(asked);
      world.client.room('a').send('x', { timeoutMs: 1e9 });
      await world.settle();
      const at = { ping: 0, end: 0 };
      await world.pass(200, () => {
        if (world.said('ping').length > 0) at.ping ||= world.now() / 1_000;
        if (world.far.dials[0]?.closed) at.end ||= world.now() / 1_000;
      });
      expect(at.ping - asked).toBeGreaterThanOrEqual(10);
      expect(at.ping - asked).toBeLessThanOrEqual(10 + 61);
      expect(at.end - at.ping).toBeGreaterThanOrEqual(10);
      expect(at.end - at.ping).toBeLessThanOrEqual(60);
    }
  });

  test('who is answered, or has a pong, is not cut', async () => {
    const world = await hiddenRoom();
    const { id } = world.client.room('a').send('slow', { timeoutMs: 1e9 });
    let pongs = 0;
    await world.pass(30 * 60, () => {
      const pings = world.said('ping').length;
      if (pings > pongs) world.tell({ t: 'pong' });
      pongs = pings;
    });
    world.tell(ackOf({ t: 'publish', room: 'a', id }));
    expect([world.far.dials.length, pongs]).toEqual([1, 1]);
  });
});

test('an old wire’s questions are not asked of the new one', async () => {
  const world = await busyWorld();
  world.client.room('a').send('x', { timeoutMs: 5_000 });
  await world.pass(9);
  world.cut();
  world.welcome();
  await world.settle();
  world.joined('a', { offset: 9 });
  await world.pass(60);
  expect(world.wires).toBe(2);
  expect(world.pings).toEqual([]);
});

describe('a join that nobody answers, on a wire that lives', () => {
  const joins = (world: BusyWorld) => world.saidEver('join').filter(({ room }) => room === 'b').length;
  /** Pings are answered, and in `a` people talk. */
  const pass = (world: BusyWorld, seconds: number): Promise<void> => {
    let answered = world.saidEver('ping').length;
    return world.pass(seconds, () => {
      for (; answered < world.saidEver('ping').length; answered++) world.tell({ t: 'pong' });
    });
  };
  const asking = async (): Promise<BusyWorld> => {
    const world = await busyWorld();
    world.client.room('b').subscribe(() => {});
    await world.settle();
    expect(joins(world)).toBe(1);
    return world;
  };

  test('is said again after 15 s, 30 s, and then each minute', async () => {
    const world = await asking();
    const times: number[] = [];
    for (let second = 1; second <= 240; second++) {
      const before = joins(world);
      await pass(world, 1);
      if (joins(world) > before) times.push(second);
    }
    expect(world.wires).toBe(1);
    expect(times.slice(0, 4)).toEqual([15, 45, 105, 165]);
  });

  test('is joined by the answer to the newest, and then asks no more', async () => {
    const world = await asking();
    await pass(world, 16);
    const [first, second] = world.saidEver('join').filter(({ room }) => room === 'b');
    const answer = { t: 'joined', room: 'b', epoch: 'e1', offset: 0, messages: [], more: false } as const;
    world.tell({ ...answer, join: first?.join as number });
    await world.settle();
    expect(world.client.room('b').getSnapshot().status).toBe('joining');
    world.tell({ ...answer, join: second?.join as number });
    await pass(world, 120);
    expect(world.client.room('b').getSnapshot().status).toBe('joined');
    expect(joins(world)).toBe(2);
  });

  test('is said no more once it was refused, or nobody wants the room', async () => {
    const world = await asking();
    const [asked] = world.saidEver('join').filter(({ room }) => room === 'b');
    world.tell({ t: 'error', code: 'forbidden', message: 'no', room: 'b', join: asked?.join as number });
    const leave = world.client.room('c').subscribe(() => {});
    await world.settle();
    leave();
    await pass(world, 120);
    expect(joins(world)).toBe(1);
    expect(world.saidEver('join').filter(({ room }) => room === 'c').length).toBeLessThanOrEqual(4);
    expect(world.wires).toBe(1);
  });
});
