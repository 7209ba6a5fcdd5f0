// Rooms, history and places, on a manual clock.

import { describe, expect, it } from 'vitest';
import type { HubOptions } from '../../src/server/hub.js';
import { createManualClock, seededRandom } from '../../src/testing.js';
import { createHub } from './hub-in-memory.js';

const world = (options: HubOptions = {}) => {
  const clock = createManualClock();
  return { clock, hub: createHub({ clock, random: seededRandom(1), ...options }) };
};
const payloads = (messages: readonly { payload: unknown }[]): unknown[] => messages.map(({ payload }) => payload);

describe('hub', () => {
  it('tells those in the room, and nobody else', () => {
    const { hub } = world();
    const heard: string[] = [];
    const leave = hub.subscribe('a', ({ payload }) => heard.push(`a:${String(payload)}`));
    hub.subscribe('b', ({ payload }) => heard.push(`b:${String(payload)}`));
    hub.publish('a', '1');
    hub.publish('b', '2');
    leave();
    leave();
    hub.publish('a', '3');
    expect(heard).toEqual(['a:1', 'b:2']);
  });

  it('goes on from a place, and says when it cannot', () => {
    const { hub } = world({ history: { size: 3 } });
    const ids = ['1', '2', '3', '4', '5'].map((payload) => hub.publish('a', payload).id);
    expect(hub.since('a', ids[4]!)).toEqual({ messages: [], resumed: true });
    expect(payloads(hub.since('a', ids[3]!).messages)).toEqual(['5']);
    expect(hub.since('a', ids[1]!).resumed).toBe(true);
    expect(payloads(hub.since('a', ids[1]!).messages)).toEqual(['3', '4', '5']);
    // 2 is gone: what is kept, and the word that something is missing
    expect(hub.since('a', ids[0]!).resumed).toBe(false);
    expect(payloads(hub.since('a', ids[0]!).messages)).toEqual(['3', '4', '5']);
  });

  it.each(['', '-', 'nonsense', '0-0', '00000000-1', '-1', '1e308', 'x-NaN', 'x-1.5', '__proto__-1'])(
    'takes %j for a place that it does not know',
    (place) => {
      const { hub } = world();
      hub.publish('a', '1');
      expect(hub.since('a', place)).toMatchObject({ resumed: false, messages: [{ payload: '1' }] });
    },
  );

  it('does not know a place of the future, or below zero', () => {
    const { hub } = world();
    const { id } = hub.publish('a', '1');
    const epoch = id.slice(0, id.lastIndexOf('-'));
    for (const offset of ['2', '-1', '1e308', '9007199254740993'])
      expect(hub.since('a', `${epoch}-${offset}`).resumed).toBe(false);
    expect(hub.since('a', `${epoch}-0`)).toMatchObject({ resumed: true, messages: [{ payload: '1' }] });
  });

  it('keeps no more than its size, whatever is asked for', () => {
    const { hub } = world({ history: { size: 10 } });
    for (let index = 0; index < 1_000; index++) hub.publish('a', String(index));
    expect(payloads(hub.latest('a', Infinity))).toEqual(Array.from({ length: 10 }, (_, index) => String(990 + index)));
    expect(payloads(hub.latest('a', 2))).toEqual(['998', '999']);
    expect(hub.latest('a', 0)).toEqual([]);
  });

  it('keeps nothing at size 0, and still knows where it is', () => {
    const { hub } = world({ history: { size: 0 } });
    const { id } = hub.publish('a', '1');
    expect(hub.since('a', id).resumed).toBe(true);
    hub.publish('a', '2');
    expect(hub.since('a', id)).toEqual({ messages: [], resumed: false });
  });

  it('forgets messages after their time, and rooms that nobody is in', () => {
    const { hub, clock } = world({ history: { ttlMs: 1_000 } });
    const { id } = hub.publish('a', '1');
    clock.advance(999);
    expect(hub.latest('a', 10)).toHaveLength(1);
    clock.advance(1);
    expect(hub.latest('a', 10)).toHaveLength(0);
    expect(hub.since('a', id).resumed).toBe(true);
    clock.advance(4_000);
    expect(hub.rooms).toBe(0);
    expect(clock.pending).toBe(0);
    // the same name is another stream now
    hub.publish('a', '2');
    expect(hub.since('a', id).resumed).toBe(false);
  });

  it('keeps a room that somebody is in', () => {
    const { hub, clock } = world({ history: { ttlMs: 1_000 } });
    const leave = hub.subscribe('a', () => {});
    clock.advance(10_000);
    expect(hub.rooms).toBe(1);
    const place = hub.position('a');
    leave();
    clock.advance(1_500);
    // whoever just left and comes back has missed nothing
    expect(hub.since('a', place).resumed).toBe(true);
    clock.advance(4_000);
    expect(hub.rooms).toBe(0);
  });

  it('refuses one room too many', () => {
    const { hub } = world({ maxRooms: 2 });
    hub.publish('a', '1');
    hub.publish('b', '1');
    expect(() => hub.publish('c', '1')).toThrow(/maxRooms/);
    expect(() => hub.publish('a', '2')).not.toThrow();
  });

  it('holds no timer after close', () => {
    const { hub, clock } = world();
    hub.publish('a', '1');
    hub.close();
    expect(clock.pending).toBe(0);
  });

  it.each(['__proto__', 'constructor', 'toString', '../x', '*', '💬'])('takes %j as any other room', (room) => {
    const { hub } = world();
    hub.publish(room, '1');
    expect(payloads(hub.latest(room, 1))).toEqual(['1']);
    expect(hub.rooms).toBe(1);
  });
});
