// What one server makes of what it hears of a room in Redis, and of what it finds when it looks: in order, once, or told as lost.

import { describe, expect, it } from 'vitest';
import type { RoomEvent } from '../../src/server/backplane.js';
import type { RedisRecord } from '../../src/server/node/redis/redis-record.js';
import { createRedisRoom, type Look, type Standing } from '../../src/server/node/redis/redis-room.js';
import { overSeeds } from '../support/seed.js';
import { settled } from './sessions/session-world.js';

const message = (offset: number, epoch: string, at: number) => ({
  ...{ epoch, offset, at, id: `${epoch}${offset}`, from: null, payload: '1', type: 'message' },
});

/** A Redis of one room, and what one server hears of it. */
function createWorld(kept = 100) {
  let truth: { epoch: string; offset: number; seq: number } = { epoch: 'a', offset: 0, seq: 0 };
  let now = 1_000;
  let said: ReturnType<typeof message>[] = [];
  const heard: string[] = [];
  const asked: (Standing | undefined)[] = [];
  const waiting: (() => void)[] = [];
  let isSlow = false;
  const look = async (standing: Standing | undefined): Promise<Look> => {
    asked.push(standing);
    if (standing?.epoch === truth.epoch && (standing.offset > truth.offset || standing.seq > truth.seq)) begin();
    const { epoch, offset } = truth;
    const wanted = standing?.epoch === epoch ? offset - standing.offset : 0;
    const gap =
      !standing || standing.epoch === epoch ? (wanted > kept ? ('expired' as const) : undefined) : ('epoch' as const);
    const messages = gap || !standing ? [] : said.filter((each) => each.offset > standing.offset);
    const found = { ...truth, now, messages, more: false, ...(gap ? { gap: { reason: gap, missed: null } } : {}) };
    if (isSlow) await new Promise<void>((resolve) => waiting.push(resolve));
    return found;
  };
  const begin = (epoch = `${truth.epoch}'`): void => {
    truth = { epoch, offset: 0, seq: 0 };
    said = [];
  };
  const room = createRedisRoom({ look, barrier: () => Promise.resolve() });
  room.on((event: RoomEvent) => {
    heard.push(event.kind === 'message' ? event.message.id : event.kind === 'presence' ? `p${event.seq}` : event.kind);
  });
  return {
    room,
    heard,
    asked,
    get truth() {
      return truth;
    },
    begin,
    goBack(offset: number) {
      truth = { ...truth, offset };
      said = said.filter((each) => each.offset <= offset);
    },
    /** A message, as it would be told. */
    say(): RedisRecord {
      truth = { ...truth, offset: truth.offset + 1 };
      const one = message(truth.offset, truth.epoch, ++now);
      said.push(one);
      return { kind: 'message', epoch: truth.epoch, message: one };
    },
    change(): RedisRecord {
      truth = { ...truth, seq: truth.seq + 1 };
      return { kind: 'presence', epoch: truth.epoch, seq: truth.seq, at: ++now, changes: [] };
    },
    slow: () => void (isSlow = true),
    async answer() {
      isSlow = false;
      for (const each of waiting.splice(0)) each();
      await settled();
    },
  };
}
type World = ReturnType<typeof createWorld>;
const begun = async (world: World): Promise<World> => {
  await world.room.sync();
  return world;
};

describe('a room in Redis, as one server hears it', () => {
  it('tells what it hears, in order', async () => {
    const { room, say, change, heard } = await begun(createWorld());
    for (const record of [say(), change(), say(), change()]) room.hear(record);
    expect(heard).toEqual(['a1', 'p1', 'a2', 'p2']);
  });

  it('fetches a message that was withheld, and holds back those that came after it', async () => {
    const { room, say, heard } = await begun(createWorld());
    say();
    const [second, third] = [say(), say()];
    room.hear(second);
    room.hear(third);
    expect(heard).toEqual([]);
    await settled();
    room.hear(say());
    expect(heard).toEqual(['a1', 'a2', 'a3', 'a4']);
  });

  it('tells what was found once, when it is told late as well', async () => {
    const world = await begun(createWorld());
    const { room, say, heard } = world;
    const late = [say(), say(), say()];
    await room.sync();
    expect(heard).toEqual(['a1', 'a2', 'a3']);
    for (const each of late) room.hear(each);
    room.hear(say());
    expect([heard, world.truth.epoch]).toEqual([['a1', 'a2', 'a3', 'a4'], 'a']);
  });

  it('says that it lost its place where what is missing is not kept, and goes on', async () => {
    const { room, say, heard } = await begun(createWorld(2));
    for (let n = 0; n < 4; n++) say();
    room.hear(say());
    await settled();
    room.hear(say());
    expect(heard).toEqual(['resync', 'a6']);
  });

  it('says so of changes: they are kept nowhere', async () => {
    const { room, change, say, heard } = await begun(createWorld());
    change();
    room.hear(change());
    room.hear(change());
    room.hear(say());
    expect(heard).toEqual(['resync', 'p3', 'a1']);
  });

  it('finds the last one missing by comparing', async () => {
    const world = await begun(createWorld());
    const { room, change, say, heard } = world;
    room.hear(say());
    say();
    room.compare(world.truth);
    await settled();
    expect(heard).toEqual(['a1', 'a2']);
    change();
    room.compare(world.truth);
    room.compare(world.truth);
    expect(heard).toEqual(['a1', 'a2', 'resync']);
  });

  it('takes an epoch that it does not know for a new life', async () => {
    const world = await begun(createWorld());
    const { room, say, heard } = world;
    room.hear(say());
    const old = say();
    world.begin('b');
    room.hear({ kind: 'epoch', epoch: 'b' });
    await settled();
    room.hear(old); // on its way for too long
    await settled();
    room.hear(say());
    expect(heard).toEqual(['a1', 'resync', 'b1']);
  });

  it('begins another epoch when a place is told a second time', async () => {
    const world = await begun(createWorld());
    const { room, say, heard } = world;
    for (let n = 0; n < 3; n++) room.hear(say());
    world.goBack(1);
    room.hear(say());
    await settled();
    expect(world.truth.epoch).toBe("a'");
    expect(heard).toEqual(['a1', 'a2', 'a3', 'resync']);
  });

  it('holds back what comes while it looks, and looks again where that is of another life', async () => {
    const world = await begun(createWorld());
    const { room, say, heard } = world;
    world.slow();
    const syncing = room.sync();
    say();
    world.begin('b');
    room.hear(say());
    expect(heard).toEqual([]);
    await world.answer();
    await syncing;
    expect(heard.at(-1)).toBe('resync');
    room.hear(say());
    expect(heard.at(-1)).toBe('b2');
  });

  it('whatever is withheld, repeated by a look or lost: in order, once each, no hole without a word', () => {
    const walks: Promise<void>[] = [];
    overSeeds(300, (chance, seed) => {
      const walk = async (): Promise<void> => {
        const world = await begun(createWorld(5));
        const { room, heard } = world;
        let wire: RedisRecord[] = [];
        for (let step = 0; step < 60; step++) {
          const dice = chance.random();
          if (dice < 0.5) wire.push(world.say());
          else if (dice < 0.6) wire.push(world.change());
          else if (dice < 0.85) {
            const some = wire.splice(0, chance.below(4));
            for (const each of some) room.hear(each);
          } else if (dice < 0.9) wire = []; // the connection broke
          else if (dice < 0.95) world.slow();
          else await world.answer();
        }
        for (const each of wire) room.hear(each);
        await world.answer();
        room.compare(world.truth);
        await world.answer();
        await settled();
        let last = 0;
        for (const each of heard) {
          if (each === 'resync') last = -1;
          if (!each.startsWith('a')) continue;
          const offset = Number(each.slice(1));
          const follows = last < 0 ? offset > 0 : offset === last + 1;
          if (!follows) throw new Error(`seed ${seed}: ${heard.join(' ')}`);
          last = offset;
        }
        expect(room.standing, `seed ${seed}`).toEqual(world.truth);
      };
      walks.push(walk());
    });
    return Promise.all(walks).then(() => {});
  });
});
