// Presence for those who read slowly: held back, and told whole when they have caught up. On a manual clock.

import { expect, it } from 'vitest';
import type { Backplane } from '../../../src/server/backplane.js';
import { createWorld, settled } from './session-world.js';

/** A reader with much before it, until it has read that. */
function createGate() {
  let open: (() => void) | undefined;
  let shut: Promise<void> | undefined;
  return {
    calm: () => shut,
    shut: () => void (shut = new Promise((resolve) => (open = resolve))),
    async open() {
      shut = undefined;
      open?.();
      await settled();
    },
  };
}

it('hears nothing of a thousand changes, and then once who is there; messages go on', async () => {
  const gate = createGate();
  const world = createWorld({ calm: gate.calm });
  const [anna, ben] = [await world.joined('anna'), await world.joined('ben', 'a', { at: -1 })];
  await world.advance(20);
  const before = anna.of('presence').length;
  gate.shut();
  for (let at = 0; at < 1_000; at++) {
    await ben.say({ t: 'presence', room: 'a', data: { at } });
    await world.advance(20);
  }
  await ben.say({ t: 'publish', room: 'a', id: 'm', data: 1 });
  expect([anna.of('presence').length, anna.of('members').length]).toEqual([before, 1]);
  expect(anna.of('message').map(({ id }) => id)).toEqual(['m']);
  await gate.open();
  expect(anna.of('members')).toHaveLength(2);
  const { seq, members } = anna.last('members');
  expect(members.map(({ data }) => data)).toEqual([{ at: 999 }]);
  // and from then on each change, without a hole
  await ben.say({ t: 'presence', room: 'a', data: { at: 'after' } });
  await world.advance(20);
  expect(anna.last('presence').seq).toBe(seq + 1);
});

it('is told of nothing where it left the room, or was cut, meanwhile', async () => {
  const gate = createGate();
  const world = createWorld({ calm: gate.calm });
  const [anna, ben, cleo] = [await world.joined('anna'), await world.joined('ben'), await world.joined('cleo')];
  gate.shut();
  await cleo.say({ t: 'presence', room: 'a', data: {} });
  await world.advance(20);
  await anna.say({ t: 'leave', room: 'a', join: 1 });
  ben.session.lost();
  await gate.open();
  expect([anna.of('members').length, ben.of('members').length]).toEqual([1, 1]);
});

it('joins again where nobody can say who is there; two lists at once leave no message out', async () => {
  const gate = createGate();
  let fails = false;
  let answers: (() => void)[] | undefined;
  const world = createWorld({
    calm: gate.calm,
    wrap: (backplane): Backplane => ({
      ...backplane,
      members(room) {
        if (fails) throw new Error('out of reach');
        if (!answers) return backplane.members(room);
        return new Promise((resolve) => void answers?.push(() => resolve(backplane.members(room))));
      },
    }),
  });
  const [anna, ben] = [await world.joined('anna'), await world.joined('ben')];
  const change = async (at: number): Promise<void> => {
    await ben.say({ t: 'presence', room: 'a', data: { at } });
    await world.advance(20);
  };
  gate.shut();
  await change(1);
  answers = [];
  await gate.open();
  await anna.say({ t: 'members', room: 'a' });
  await ben.say({ t: 'publish', room: 'a', id: 'between', data: 1 });
  for (let answer = answers.shift(); answer; answer = answers.shift()) {
    answer();
    await settled();
  }
  expect(anna.of('message').map(({ id }) => id)).toEqual(['between']);
  answers = undefined;
  gate.shut();
  await change(2);
  fails = true;
  await gate.open();
  expect(anna.of('resync')).toEqual([{ t: 'resync', room: 'a' }]);
});
