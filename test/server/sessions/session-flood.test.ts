// Whatever comes how fast, and whoever goes in the middle of it: all is done once and in order, and nobody is left waiting.

import { expect, it } from 'vitest';
import type { ServerEvent } from '../../../src/protocol/rooms-frames.js';
import { createSessions } from '../../../src/server/sessions/sessions.js';
import { seededRandom } from '../../../src/testing.js';
import { createWorld, keyOf, settled } from './session-world.js';

/** Some of what rooms stand on takes its time, and the event loop goes round when it is told to. */
function createFlood(random: () => number) {
  const hanging: (() => void)[] = [];
  const { clock, services } = createWorld({
    settings: { maxMessageBytes: 2_000 + 20_000 * random() },
    wrap: (rooms) => ({
      ...rooms,
      publish: (room, draft) =>
        random() < 0.9
          ? rooms.publish(room, draft)
          : new Promise((resolve) => hanging.push(() => resolve(rooms.publish(room, draft)))),
    }),
  });
  let next: (() => void)[] = [];
  const sessions = createSessions({ ...services, soon: (run) => void next.push(run) });
  const join = async (name: string) => {
    const heard: ServerEvent[] = [];
    const sent: string[] = [];
    const seen = { isOn: true, isRead: true, pauses: 0 };
    const session = sessions.open(
      {
        send: (frame) => void heard.push(...[JSON.parse(frame) as ServerEvent | ServerEvent[]].flat()),
        close: () => void (seen.isOn = false),
        pause: () => void (seen.pauses++, (seen.isRead = false)),
        resume: () => void (seen.isRead = true),
      },
      undefined,
    );
    const say = (count: number): void => {
      const ids = Array.from({ length: count }, (_, n) => `${name}-${sent.length + n}`);
      if (seen.isOn) sent.push(...ids);
      session.receive(JSON.stringify(ids.map((id) => ({ t: 'publish', room: 'a', id, data: 1 }))));
    };
    const go = (how: 'lost' | 'bye' | 'close'): void => {
      seen.isOn = false;
      if (how === 'close') session.close(4000, '');
      else session[how]();
    };
    session.receive(JSON.stringify({ t: 'hello', v: 1, key: keyOf(name) }));
    session.receive(JSON.stringify({ t: 'join', room: 'a', join: 1 }));
    await settled();
    return { name, heard, sent, seen, say, go };
  };
  const act = {
    async turn() {
      const due = next;
      next = [];
      for (const run of due) run();
      await settled();
    },
    async pass(ms: number) {
      clock.advance(ms);
      await settled();
    },
    answer: () => hanging.shift()?.(),
  };
  return { join, act, isBusy: () => hanging.length + next.length > 0 };
}

it('a flood is handled once and in order; who stays is read, and who goes keeps nobody waiting', async () => {
  let [stayed, pauses] = [0, 0];
  for (let seed = 1; seed <= 60; seed++) {
    const random = seededRandom(seed);
    const upTo = (most: number): number => Math.floor(most * random());
    const { join, act, isBusy } = createFlood(random);
    const clients = await Promise.all(['ada', 'ben', 'cleo', 'dora'].map(join));
    for (let step = 0; step < 150; step++) {
      const chance = random();
      const client = clients[upTo(4)];
      if (chance < 0.6) for (let n = upTo(12); n > 0; n--) client?.say(random() < 0.1 ? 40 : 1 + upTo(2));
      else if (chance < 0.8) await act.turn();
      else if (chance < 0.9) act.answer();
      else if (chance < 0.995) await act.pass(upTo(20));
      else client?.go((['lost', 'bye', 'close'] as const)[upTo(3)] ?? 'lost');
    }
    for (let idle = 0; idle < 10; idle++) {
      if (isBusy()) idle = 0;
      act.answer();
      await act.turn();
      await act.pass(1);
    }
    for (const { name, heard, sent, seen } of clients) {
      const what = `seed ${seed}, ${name}`;
      const offsets = heard.flatMap((event) => (event.t === 'message' ? [event.offset] : []));
      const acks = heard.flatMap((event) => (event.t === 'ack' ? [event.id] : []));
      expect(seen.isRead, what).toBe(true);
      expect(offsets, what).toEqual([...new Set(offsets)].sort((one, other) => one - other));
      expect(acks, what).toEqual(seen.isOn ? sent : sent.slice(0, acks.length));
      if (seen.isOn) stayed++;
      pauses += seen.pauses;
    }
    expect(isBusy()).toBe(false);
  }
  expect(stayed).toBeGreaterThan(20);
  expect(pauses).toBeGreaterThan(100);
});
