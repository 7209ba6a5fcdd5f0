// Whoever is sent away from one server is sent away from the others, once, also where one of them was cut off. On a manual clock.

import { expect, it } from 'vitest';
import type { Backplane } from '../../src/server/backplane.js';
import { createDismissals, type Dismissal } from '../../src/server/dismissals.js';
import { memory } from '../../src/server/memory.js';
import { createManualClock, seededRandom } from '../../src/testing.js';
import { settled } from './sessions/session-world.js';

const anna = { user: 'anna', code: 4403, reason: 'banned' };

function createWorld(size = 100) {
  const clock = createManualClock();
  const rooms = memory({ clock, random: seededRandom(1), history: { size } });
  const random = seededRandom(2);
  const join = () => {
    const heard: Dismissal[] = [];
    const errors: unknown[] = [];
    const way = { isOpen: true, isDeaf: false };
    const refuse = (): never => {
      throw new Error('out of reach');
    };
    const backplane: Backplane = {
      ...rooms,
      publish: (room, draft) => (way.isOpen ? rooms.publish(room, draft) : refuse()),
      latest: (...asked) => (way.isOpen ? rooms.latest(...asked) : refuse()),
      since: (...asked) => (way.isOpen ? rooms.since(...asked) : refuse()),
      subscribe: (room, listener) =>
        way.isOpen ? rooms.subscribe(room, (event) => void (way.isDeaf || listener(event))) : refuse(),
    };
    const server = (isOpen = true) => {
      way.isOpen = isOpen;
      return createDismissals({
        ...{ backplane, clock, random },
        dismissed: (each) => void heard.push(each),
        onError: (error) => void errors.push(error),
      });
    };
    return { heard, errors, way, server };
  };
  return { clock, join };
}

it('is told to all others, and to nobody twice', async () => {
  const { join } = createWorld();
  const [one, other, third] = [join(), join(), join()];
  const [teller] = [one.server(), other.server(), third.server()];
  await settled();
  teller.tell(anna);
  await settled();
  expect([one.heard, other.heard, third.heard]).toEqual([[], [anna], [anna]]);
});

it('who cannot say it now says it later, and who cannot listen yet listens later', async () => {
  const { clock, join } = createWorld();
  const [one, other] = [join(), join()];
  const teller = one.server();
  const late = other.server(false);
  await settled();
  one.way.isOpen = false;
  teller.tell(anna);
  for (let second = 0; second < 100; second++) {
    await settled();
    clock.advance(1_000);
  }
  other.way.isOpen = true;
  clock.advance(1_000);
  await settled();
  one.way.isOpen = true;
  clock.advance(1_000);
  await settled();
  expect([other.heard, one.errors, other.errors]).toEqual([[anna], [], []]);
  teller.close();
  late.close();
  one.way.isOpen = false;
  teller.tell(anna);
  await settled();
  expect(clock.pending).toBe(1); // that of the rooms
});

it('who serves already and cannot listen yet hears what was said meanwhile, and nothing from before it was there', async () => {
  const { clock, join } = createWorld();
  const [one, other] = [join(), join()];
  const teller = one.server();
  await settled();
  teller.tell(anna);
  await settled();
  clock.advance(1);
  other.server(false);
  await settled();
  teller.tell({ ...anna, user: 'ben' });
  await settled();
  other.way.isOpen = true;
  clock.advance(1_000);
  await settled();
  teller.tell({ ...anna, user: 'cleo' });
  await settled();
  expect(other.heard.map(({ user }) => user)).toEqual(['ben', 'cleo']);
  expect(other.errors).toEqual([]);
});

it('who was cut off hears what was missed, or is told that it cannot be known', async () => {
  const { join } = createWorld(2);
  const [one, other] = [join(), join()];
  const teller = one.server();
  other.server();
  await settled();
  for (const missed of [2, 3]) {
    other.heard.length = 0;
    other.way.isDeaf = true;
    for (let n = 0; n < missed; n++) teller.tell({ ...anna, user: `user ${n}` });
    await settled();
    expect(other.heard).toEqual([]);
    other.way.isDeaf = false;
    teller.tell(anna);
    await settled();
    const users = other.heard.map(({ user }) => user);
    if (missed === 2) continue;
    expect(users).toEqual(['user 2', 'anna']);
    expect(other.errors).toHaveLength(2);
  }
});

it('a thousand wait to be said, and no more', async () => {
  const { clock, join } = createWorld();
  const one = join();
  const teller = one.server();
  await settled();
  one.way.isOpen = false;
  for (let n = 0; n < 1_001; n++) teller.tell(anna);
  await settled();
  expect(one.errors).toHaveLength(1);
  teller.close();
  expect(clock.pending).toBe(1);
});
