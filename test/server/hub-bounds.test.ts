// What the hub may cost, and what its listeners may do in the middle of a round. On a manual clock.

import { describe, expect, it } from 'vitest';
import { isRoomName } from '../../src/protocol/read-frames.js';
import { createManualClock } from '../../src/testing.js';
import { createHub } from './hub-in-memory.js';

const clock = createManualClock();
const payloads = (messages: readonly { payload: unknown }[]): unknown[] => messages.map(({ payload }) => payload);

describe('bytes', () => {
  it('of all rooms together are bounded; those silent for longest forget first', () => {
    const hub = createHub({ clock, history: { maxBytes: 40 } });
    const kept = (room: string): number => hub.latest(room, Infinity).length;
    for (const room of ['old', 'middle', 'new']) for (let i = 0; i < 4; i++) hub.publish(room, '123');
    hub.publish('old', '123'); // heard of again: 39 bytes in all
    expect([kept('old'), kept('middle'), kept('new')]).toEqual([5, 4, 4]);
    hub.publish('new', '12345678');
    expect([kept('old'), kept('middle'), kept('new')]).toEqual([5, 1, 5]);
    const place = hub.position('middle');
    expect(hub.since('middle', place)).toEqual({ messages: [], resumed: true });
  });

  it('that one message has too many of are published and not kept, which is said', () => {
    const hub = createHub({ clock, history: { maxBytes: 10 } });
    const heard: unknown[] = [];
    hub.subscribe('a', ({ payload }) => heard.push(payload));
    const { id } = hub.publish('a', '1');
    hub.publish('a', new Uint8Array(11));
    expect(heard).toHaveLength(2);
    expect(hub.since('a', id)).toEqual({ messages: [], resumed: false });
    hub.publish('a', '2');
    expect(payloads(hub.latest('a', 9))).toEqual(['2']);
  });

  it('are given back when messages expire, are pushed out, or the hub closes', () => {
    const own = createManualClock();
    const hub = createHub({ clock: own, history: { maxBytes: 100, size: 2, ttlMs: 1_000 } });
    for (let round = 0; round < 50; round++) {
      for (let i = 0; i < 10; i++) hub.publish('a', '1234567890');
      expect(payloads(hub.latest('a', 9))).toHaveLength(2);
      own.advance(1_000);
      expect(hub.latest('a', 9)).toEqual([]);
    }
    // all hundred are there for another room
    for (let i = 0; i < 2; i++) hub.publish('b', 'x'.repeat(50));
    expect(hub.latest('b', 9)).toHaveLength(2);
  });
});

describe('rooms', () => {
  it('that nobody ever wrote to and nobody is in give way to new ones', () => {
    const hub = createHub({ clock, maxRooms: 3 });
    hub.subscribe('watched', () => {});
    hub.publish('written', '1');
    for (let i = 0; i < 100; i++) hub.position(`looked at ${i}`);
    expect(hub.rooms).toBe(3);
    expect(() => hub.publish('new', '1')).not.toThrow();
    expect(() => hub.position('one more')).toThrow(/maxRooms/);
    expect(payloads(hub.latest('written', 1))).toEqual(['1']);
  });

  it('keep their place for a reader who asks now and then', () => {
    const own = createManualClock();
    const hub = createHub({ clock: own, history: { ttlMs: 1_000 } });
    const place = hub.publish('a', '1').id;
    for (let i = 0; i < 20; i++) {
      own.advance(900);
      expect(hub.since('a', place).resumed).toBe(true);
    }
  });

  it.each([
    ['a', true],
    ['x'.repeat(128), true],
    ['💬'.repeat(128), true],
    [' ', true],
    ['', false],
    ['x'.repeat(129), false],
    ['a\n', false],
    ['\u0000', false],
    ['\u007f', false],
    ['\u0085', false],
  ])('may be called %j: %s', (name, allowed) => expect(isRoomName(name)).toBe(allowed));

  it('get another epoch in another life, and in another hub', () => {
    const [a, b] = [createHub({ clock }), createHub({ clock })];
    expect(a.position('a')).toMatch(/^[0-9a-z]{8}-0$/);
    expect(a.position('a')).not.toBe(b.position('a'));
  });
});

describe('a listener', () => {
  it('that publishes is heard after the round, by all in the same order', () => {
    const hub = createHub({ clock });
    const heard: string[] = [];
    hub.subscribe('a', ({ payload, offset }) => {
      heard.push(`first ${offset}`);
      if (payload === '1') hub.publish('a', '2');
    });
    hub.subscribe('a', ({ offset }) => heard.push(`second ${offset}`));
    hub.publish('a', '1');
    expect(heard).toEqual(['first 1', 'second 1', 'first 2', 'second 2']);
  });

  it('that comes in the middle of a round finds in the history what it does not hear', () => {
    const hub = createHub({ clock });
    const heard: unknown[] = [];
    const leave = hub.subscribe('a', ({ payload }) => {
      if (payload !== '1') return;
      hub.publish('a', '2');
      leave();
      heard.push(...payloads(hub.latest('a', 9)));
      hub.subscribe('a', ({ payload: later }) => heard.push(later));
    });
    hub.publish('a', '1');
    hub.publish('a', '3');
    expect(heard).toEqual(['1', '2', '3']);
  });
});

describe('after close', () => {
  it('nothing is kept and nobody is told', () => {
    const own = createManualClock();
    const hub = createHub({ clock: own });
    const heard: unknown[] = [];
    hub.subscribe('a', (message) => heard.push(message));
    hub.close();
    expect(hub.publish('a', '1').id).toMatch(/-1$/);
    expect([hub.rooms, own.pending, heard]).toEqual([0, 0, []]);
    expect(hub.latest('a', 9)).toEqual([]);
  });
});

it.each([{ history: { size: -1 } }, { history: { size: NaN } }, { history: { ttlMs: 0 } }, { maxRooms: 0 }])(
  'refuses %j',
  (options) => expect(() => createHub(options)).toThrow(expect.objectContaining({ kind: 'config' })),
);
