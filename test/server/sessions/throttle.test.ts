// How fast a session may go on: refusals, their order, and what waits its turn instead. On a manual clock.

import { describe, expect, it } from 'vitest';
import { createBuckets } from '../../../src/server/buckets.js';
import { createThrottle, type Paced } from '../../../src/server/sessions/throttle.js';
import { createTokenBucket, type RateLimit } from '../../../src/base/token-bucket.js';
import { createManualClock, seededRandom } from '../../../src/testing.js';
import { type Actor, createWorld, settled } from './session-world.js';

const publish = (id: string, room = 'a') => ({ t: 'publish', room, id, data: id }) as const;
const many = (count: number, from = 0) => Array.from({ length: count }, (_, index) => publish(`m${from + index}`));
const acked = (actor: Actor): string[] => actor.of('ack').map(({ id }) => id);
const refusals = (actor: Actor) =>
  actor.of('error').map(({ code, id, retryAfterMs }) => [code, id, retryAfterMs] as const);

/** Frames of thousands of events too. */
async function allDone(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await settled();
}

describe('too many messages', () => {
  it('are refused with the time after which they are taken, each its own', async () => {
    const world = createWorld({ rates: { limit: { perSecond: 10, burst: 13 } } });
    const anna = await world.joined('anna'); // which counted for ten
    await anna.say(...many(6));
    expect(acked(anna)).toEqual(['m0', 'm1', 'm2']);
    expect(refusals(anna)).toEqual([
      ['rate-limited', 'm3', 100],
      ['rate-limited', 'm4', 200],
      ['rate-limited', 'm5', 300],
    ]);
    for (const id of ['m3', 'm4', 'm5']) {
      await world.advance(100);
      await anna.say(publish(id));
    }
    expect(acked(anna)).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'm5']);
    expect(anna.of('error')).toHaveLength(3);
  });

  it('leave others alone, and do not begin anew on another wire', async () => {
    const world = createWorld({ rates: { limit: { perSecond: 1, burst: 20 } } });
    const [anna, ben] = [await world.joined('anna'), await world.joined('ben')];
    await anna.say(...many(30));
    await ben.say(...many(5, 100));
    expect([acked(anna).length, acked(ben).length]).toEqual([10, 5]);
    anna.session.lost();
    const again = await world.enter('anna');
    await again.say({ t: 'join', room: 'a', join: 2 });
    expect(again.of('joined')).toEqual([]); // it waits for its turn
    await world.advance(1_000);
    expect(again.of('joined')).toHaveLength(1);
    await again.say(publish('m29'));
    expect(refusals(again)).toHaveLength(1);
  });

  it('in one room are refused there, whoever says them, and nowhere else', async () => {
    const told: unknown[] = [];
    const world = createWorld({
      rates: { room: { perSecond: 1, burst: 3 } },
      onRefused: (...what) => void told.push(what),
    });
    const [anna, ben] = [await world.joined('anna'), await world.joined('ben')];
    await anna.say({ t: 'join', room: 'b', join: 2 });
    await anna.say(...many(2));
    await ben.say(...many(2, 100));
    await anna.say(publish('in-b', 'b'));
    expect([acked(anna), acked(ben)]).toEqual([['m0', 'm1', 'in-b'], ['m100']]);
    expect(refusals(ben)).toEqual([['rate-limited', 'm101', 1_000]]);
    expect(told).toEqual([['rate-limited', 'Too fast (roomRateLimit).', 'a']]);
  });

  it('reports a flood ten times a second', async () => {
    let told = 0;
    const world = createWorld({ rates: { limit: { perSecond: 1, burst: 11 } }, onRefused: () => void told++ });
    const anna = await world.joined('anna');
    await anna.say(...many(1_000));
    await allDone();
    expect([refusals(anna).length, told]).toEqual([999, 10]);
  });

  it('close the client that does not wait, with a code after which it may come back', async () => {
    const world = createWorld({ rates: { limit: { perSecond: 1, burst: 11 }, maxRefusals: 50 } });
    const anna = await world.joined('anna');
    for (let n = 0; n < 49; n++) await anna.say(publish('the same'), publish('the same'));
    expect(anna.closed).toEqual([4429]);
    const ben = await world.joined('ben');
    await ben.say(...many(100));
    await allDone();
    expect([ben.closed, refusals(ben).length]).toEqual([[4429], 49]);
  });

  it('of a client that waits as it is told never close it, however long', async () => {
    const world = createWorld({ rates: { limit: { perSecond: 10, burst: 11 }, maxRefusals: 20 } });
    const anna = await world.joined('anna');
    for (let n = 0; n < 200; n++) {
      await anna.say(publish(`m${n}`));
      for (let last = refusals(anna).at(-1); last?.[1] === `m${n}`;) {
        await world.advance(last[2] ?? 0);
        const before = refusals(anna).length;
        await anna.say(publish(`m${n}`));
        if (refusals(anna).length === before) break;
        last = refusals(anna).at(-1);
      }
    }
    expect([anna.closed, acked(anna).length]).toEqual([[], 200]);
  });
});

describe('what asks for something', () => {
  it('waits its turn, and what is said after it waits behind it', async () => {
    const world = createWorld({ rates: { limit: { perSecond: 10, burst: 11 } } });
    const anna = await world.joined('anna');
    await anna.say({ t: 'members', room: 'a' }, { t: 'members', room: 'a' }, publish('after'));
    await world.advance(0);
    expect(anna.of('members')).toHaveLength(2); // with the join, and the first
    await anna.raw('{"t":"ping"}');
    expect(anna.of('pong')).toHaveLength(1); // it is alive meanwhile
    await world.advance(999);
    expect(anna.of('members')).toHaveLength(2);
    await world.advance(1);
    expect(anna.of('members')).toHaveLength(3);
    expect(anna.session).toMatchObject({ turn: undefined }); // which would hold its timer
    expect(refusals(anna).map(([, id]) => id)).toEqual(['after']);
  });

  it('HC4: joins without end are not done, and leave little behind', async () => {
    const world = createWorld({ rates: { limit: { perSecond: 1_000, burst: 20_000 } } });
    const anna = await world.enter('anna');
    const join = (n: number) => ({ t: 'join', room: `room-${n}`, join: n + 1 }) as const;
    for (let frame = 0; frame < 20; frame++)
      anna.session.receive(JSON.stringify(Array.from({ length: 500 }, (_, n) => join(frame * 500 + n))));
    await allDone();
    expect(anna.of('joined')).toHaveLength(100);
    expect(anna.of('error').length).toBeLessThan(2_000);
    expect(world.server.rooms).toBeLessThanOrEqual(100);
  });

  it('is forgotten with its wire: nothing waits any more', async () => {
    const world = createWorld({ rates: { limit: { perSecond: 1, burst: 1 } }, graceMs: 0 });
    const anna = await world.enter('anna');
    await anna.say({ t: 'join', room: 'a', join: 1 }, { t: 'join', room: 'b', join: 2 });
    anna.session.lost();
    await world.advance(1);
    expect(world.server.rooms).toBeLessThanOrEqual(1);
  });
});

describe('order', () => {
  const limit: RateLimit = { perSecond: 50, burst: 40 };
  /** A client by docs/protocol.md §5: says in order, keeps what was refused, and says nothing behind it before its time. */
  const talk = (seed: number): { readonly placed: string[]; readonly meant: string[]; readonly gone: Set<string> } => {
    const clock = createManualClock();
    const random = seededRandom(seed);
    const own = createTokenBucket(clock, () => limit);
    const rates = { limit, rooms: createBuckets(clock, { perSecond: 40, burst: 30 }), maxRefusals: 10_000 };
    const session: Paced = { pace: undefined, turn: undefined };
    const throttle = createThrottle({
      clock,
      bucketOf: () => own,
      rates,
      limited: () => {},
      tooMuch: () => expect.fail('closed'),
    });
    const line: { id: string; said: boolean; notBefore: number }[] = [];
    const placed: string[] = [];
    const meant: string[] = [];
    const gone = new Set<string>();
    const up: { at: number; id: string }[] = [];
    const down: { at: number; id: string; retryAfterMs: number | undefined }[] = [];
    // each way has its own delay, and keeps its order
    const later = (queue: readonly { at: number }[]): number =>
      Math.max(queue.at(-1)?.at ?? 0, clock.now() + Math.floor(random() * 300));
    const sayAll = (): void => {
      for (const each of line) {
        if (each.said) continue;
        if (each.notBefore > clock.now()) return;
        each.said = true;
        up.push({ at: later(up), id: each.id });
      }
    };
    for (let ms = 0; ms < 60_000 && (ms < 10_000 || line.length > 0); ms += 10) {
      clock.advance(10);
      if (ms < 10_000 && random() < 0.3)
        for (let n = Math.floor(random() * 5); n >= 0; n--) {
          const id = `m${meant.length}`;
          meant.push(id);
          line.push({ id, said: false, notBefore: 0 });
        }
      // and may give something up that waits
      if (random() < 0.01) {
        const index = line.findIndex(({ said }) => !said);
        if (index >= 0) for (const { id } of line.splice(index, 1)) gone.add(id);
      }
      while ((up[0]?.at ?? Infinity) <= clock.now()) {
        const { id } = up.shift()!;
        let retryAfterMs = throttle.publish(session, 'a', id);
        if (retryAfterMs === undefined && random() < 0.01) {
          // what rooms stand on is not there just now, and may be for the next one
          throttle.failed(session, 'a', id);
          retryAfterMs = 500;
        } else if (retryAfterMs === undefined) placed.push(id);
        down.push({ at: later(down), id, retryAfterMs });
      }
      while ((down[0]?.at ?? Infinity) <= clock.now()) {
        const { id, retryAfterMs } = down.shift()!;
        const index = line.findIndex((each) => each.id === id);
        if (index < 0) continue;
        if (retryAfterMs === undefined) line.splice(index, 1);
        else Object.assign(line[index]!, { said: false, notBefore: clock.now() + retryAfterMs });
      }
      sayAll();
    }
    return { placed, meant, gone };
  };

  it('holds where the backplane fails for one message and not for the next', async () => {
    let fails = 1;
    const world = createWorld({
      wrap: (plain) => ({
        ...plain,
        publish(room, draft) {
          if (draft.id === 'm1' && fails-- > 0) throw new Error('not now');
          return plain.publish(room, draft);
        },
      }),
    });
    const anna = await world.joined('anna');
    await anna.say(...many(4));
    expect(anna.of('error').map(({ code, id }) => [code, id])).toEqual([
      ['unavailable', 'm1'],
      ['rate-limited', 'm2'],
      ['rate-limited', 'm3'],
    ]);
    await anna.say(...many(3, 1));
    expect(acked(anna)).toEqual(['m0', 'm1', 'm2', 'm3']);
  });

  it('holds, whatever is on its way behind a refused one, and nothing is left behind', () => {
    let refusedRuns = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const { placed, meant, gone } = talk(seed);
      const kept = meant.filter((id) => !gone.has(id));
      expect(
        placed.filter((id) => !gone.has(id)),
        `seed ${seed}`,
      ).toEqual(kept);
      if (gone.size > 0) refusedRuns++;
    }
    expect(refusedRuns).toBeGreaterThan(30);
  });
});

it('buckets of names that are silent are forgotten', () => {
  const clock = createManualClock();
  const buckets = createBuckets(clock, { perSecond: 1, burst: 2 });
  for (let n = 0; n < 100_000; n++) {
    buckets.of(`room-${n}`).spend(1);
    clock.advance(1);
  }
  expect(buckets.size).toBeLessThan(3_000);
  expect(buckets.of('room-99999').tokens).toBe(1);
});
