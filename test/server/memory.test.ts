// Rooms in memory: the contract of backplanes, and what only memory promises.

import { describe, expect, it } from 'vitest';
import { memory } from '../../src/server/memory.js';
import { createManualClock, seededRandom } from '../../src/testing.js';
import { backplaneContract } from './backplane-contract.js';
import { settled } from './sessions/session-world.js';

const draft = (id: string, from: string | null = 'anna') => ({ id, from, payload: '1', type: 'message' });
const entry = { user: 'anna', connection: 'c', data: {}, joinedAt: 0 };

describe('memory', () => {
  backplaneContract(async () => {
    const clock = createManualClock();
    const one = memory({ clock, history: { size: 5 } });
    return {
      one,
      other: one,
      async settle() {
        await settled();
        clock.advance(20);
        await settled();
      },
      close: async () => one.close(),
    };
  }, it);

  it('knows ids for the window, and for as many as it is told', async () => {
    const clock = createManualClock();
    const rooms = memory({ clock, dedupe: { windowMs: 1_000, size: 3 }, history: { ttlMs: 10 } });
    const { publish } = rooms;
    const isKnown = async (id: string) => (await publish('a', draft(id))).duplicate;
    expect(await isKnown('1')).toBe(false);
    clock.advance(999);
    expect(await isKnown('1')).toBe(true);
    clock.advance(1);
    expect(await isKnown('1')).toBe(false);
    for (const id of ['2', '3', '4']) await publish('a', draft(id));
    expect([await isKnown('2'), await isKnown('4')]).toEqual([true, true]);
    expect(await isKnown('1')).toBe(false); // the fourth pushed it out
    // a room is not forgotten as long as it knows ids
    clock.advance(990);
    expect(rooms.rooms).toBe(1);
    clock.advance(3_000);
    expect([rooms.rooms, clock.pending]).toEqual([0, 0]);
  });

  it('keeps the epoch of a room as long as somebody is shown there; a new epoch counts changes anew', async () => {
    const clock = createManualClock();
    const { enter, leave, members, position } = memory({ clock, random: seededRandom(3), history: { ttlMs: 1_000 } });
    await enter('a', { ...entry, n: 1 });
    await settled();
    const { epoch } = await position('a');
    clock.advance(60_000);
    expect((await position('a')).epoch).toBe(epoch);
    await leave('a', 'c', 2);
    clock.advance(20);
    expect((await members('a')).seq).toBe(2);
    clock.advance(60_000);
    expect((await members('a')).seq).toBe(0);
    expect((await position('a')).epoch).not.toBe(epoch);
  });

  it('tells nobody of a new room what was about to be told of an older one of its name', async () => {
    const clock = createManualClock();
    const { enter, leave, position, subscribe } = memory({ clock, maxRooms: 1 });
    await enter('a', { ...entry, n: 1 });
    await settled();
    clock.advance(1_000);
    const heard: unknown[] = [];
    void leave('a', 'c', 2);
    for (const other of ['b', 'a']) void position(other); // each takes the place of the one before, which is empty
    void subscribe('a', (event) => void heard.push(event));
    await settled();
    expect(heard).toEqual([]);
  });

  it('refuses a room too many, and bounds that make no sense', () => {
    const { publish, enter } = memory({ clock: createManualClock(), maxRooms: 1 });
    void publish('a', draft('m'));
    expect(() => publish('b', draft('m'))).toThrow(/maxRooms/);
    expect(() => enter('b', { ...entry, n: 1 })).toThrow(/maxRooms/);
    for (const options of [{ presenceTickMs: -1 }, { dedupe: { windowMs: NaN } }, { dedupe: { size: -1 } }])
      expect(() => memory(options)).toThrow(/number from 0 on/);
  });

  it('is quiet when it is closed', async () => {
    const clock = createManualClock();
    const backplane = memory({ clock });
    await backplane.enter('a', { ...entry, n: 1 });
    await settled();
    await backplane.enter('a', { ...entry, n: 2 });
    await backplane.close();
    expect(clock.pending).toBe(0);
  });
});
