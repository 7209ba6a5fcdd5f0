// One reader's ear, on rooms whose every answer the test gives: no message is lost between looking and listening, none comes twice.

import { describe, expect, it } from 'vitest';
import type { Backplane, Past, RoomEvent, RoomMessage } from '../../src/server/backplane.js';
import { hear } from '../../src/server/hear.js';
import { memory } from '../../src/server/memory.js';
import { settled } from './sessions/session-world.js';

const message = (offset: number, epoch = 'e'): RoomMessage => ({
  ...{ epoch, offset, id: `${epoch}${offset}`, from: null, payload: '1', type: 'message', at: 0 },
});
const past = (offset: number, from = offset + 1, epoch = 'e'): Past => ({
  ...{ epoch, offset, more: false },
  messages: Array.from({ length: offset - from + 1 }, (_, n) => message(from + n, epoch)),
});

/** Looks are answered by hand. */
function createWorld(read?: (backplane: Backplane) => Past | Promise<Past>) {
  const looks: { readonly place: string; answer(past: Past): Promise<void>; fail(): Promise<void> }[] = [];
  const heard: string[] = [];
  const gaps: unknown[] = [];
  let listener: (event: RoomEvent) => void = () => {};
  let listeners = 0;
  const look = (place: string): Promise<Past> =>
    new Promise((resolve, reject) => {
      looks.push({
        place,
        answer: (found) => (resolve(found), settled()),
        fail: () => (reject(new Error('away')), settled()),
      });
    });
  const backplane: Backplane = {
    ...memory(),
    subscribe(_, each) {
      listener = each;
      listeners++;
      return () => void listeners--;
    },
    since: (_, { epoch, offset }) => look(`${epoch}-${offset}`),
    position: () => look(''),
  };
  const say = (...all: readonly RoomMessage[]): void =>
    all.forEach((each) => listener({ kind: 'message', message: each }));
  const stop = Promise.resolve(
    hear(
      backplane,
      'a',
      { onMessage: ({ id }) => void heard.push(id), onGap: ({ reason }) => void gaps.push(reason) },
      read && (() => read(backplane)),
    ),
  );
  stop.catch(() => {});
  return {
    ...{ looks, heard, gaps, say, stop },
    resync: () => listener({ kind: 'resync' }),
    get listeners() {
      return listeners;
    },
  };
}

describe('hear', () => {
  it('tells what came while it looked for its place, but for what was there already', async () => {
    const { looks, heard, say, stop } = createWorld();
    await settled();
    say(message(3), message(4), message(5));
    await looks[0]!.answer(past(4));
    await stop;
    say(message(6));
    expect([heard, looks.length]).toEqual([['e5', 'e6'], 1]);
  });

  it('asks for what is missing, once, and tells it before what followed', async () => {
    const { looks, heard, gaps, say } = createWorld(() => past(1));
    await settled();
    say(message(2), message(5), message(6));
    expect(looks.map(({ place }) => place)).toEqual(['e-2']);
    say(message(7));
    await looks[0]!.answer(past(6, 3));
    say(message(7), message(8));
    expect(heard).toEqual(['e2', 'e3', 'e4', 'e5', 'e6', 'e7', 'e8']);
    expect([gaps, looks.length]).toEqual([[], 1]);
  });

  it('tells a gap where that is all that can be had, and goes on behind it', async () => {
    const { looks, heard, gaps, say } = createWorld(() => past(1));
    await settled();
    say(message(1, 'f'));
    await looks[0]!.answer({ ...past(2, 2, 'f'), gap: { reason: 'epoch', missed: null } });
    say(message(1, 'f'), message(2, 'f'), message(3, 'f'));
    expect([heard, gaps]).toEqual([['f2', 'f3'], ['epoch']]);
  });

  it('asks again with the next sign of life where what is missing is out of reach', async () => {
    const { looks, heard, say, resync } = createWorld(() => past(1));
    await settled();
    resync();
    await looks[0]!.fail();
    expect([heard, looks.length]).toEqual([[], 1]);
    say(message(3));
    expect(looks.map(({ place }) => place)).toEqual(['e-1', 'e-1']);
    await looks[1]!.answer(past(3, 2));
    expect(heard).toEqual(['e2', 'e3']);
  });

  it.each<[string, (world: ReturnType<typeof createWorld>) => void]>([
    ['a message', ({ say }) => say(message(2))],
    ['a lost place', ({ resync }) => resync()],
  ])('asks again at once where %s came while it asked in vain', async (_, happen) => {
    const world = createWorld(() => past(1));
    await settled();
    world.resync();
    happen(world);
    await world.looks[0]!.fail();
    await world.looks[1]!.answer(past(2, 2));
    expect([world.heard, world.looks.length]).toEqual([['e2'], 2]);
  });

  it('asks for more than it would hold back, and holds no more than that', async () => {
    const { looks, heard, say } = createWorld();
    await settled();
    for (let n = 1; n <= 10_002; n++) say(message(n));
    await looks[0]!.answer(past(0));
    expect([heard, looks.map(({ place }) => place)]).toEqual([[], ['', 'e-0']]);
    await looks[1]!.answer(past(10_002, 1));
    expect([heard.length, heard.at(-1)]).toEqual([10_002, 'e10002']);
  });

  it('hears nothing after it was stopped, and stops where its place cannot be had', async () => {
    const world = createWorld();
    await settled();
    await world.looks[0]!.fail();
    await expect(world.stop).rejects.toThrow('away');
    expect(world.listeners).toBe(0);
    const other = createWorld(() => past(0));
    (await other.stop)();
    other.say(message(1));
    expect([other.heard, other.listeners]).toEqual([[], 0]);
  });

  it('takes no turn of the event loop in memory, and each message once where one is said in the middle of another', () => {
    const rooms = memory();
    const heard: unknown[] = [];
    const say = (payload: string): void => void rooms.publish('a', { id: '', from: null, payload, type: 'message' });
    const stop = hear(
      rooms,
      'a',
      {
        onMessage({ payload }) {
          heard.push(payload);
          if (payload === '2') say('3');
        },
        onGap: () => {},
      },
      () => {
        say('1'); // as a hook that greets who is let in
        const place = rooms.position('a');
        say('2');
        return place;
      },
    );
    expect([typeof stop, heard]).toEqual(['function', ['2', '3']]);
  });
});
