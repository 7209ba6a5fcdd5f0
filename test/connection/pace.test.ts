// @vitest-environment node
// The pace of what leaves: groups, a rate, a least time per key, a budget for what the wire holds, and a signal for producers.

import { describe, expect, test } from 'vitest';
import { createLink, type LinkOptions } from '../../src/feed/link.js';
import type { ConnectionOptions } from '../../src/connection/options.js';
import { createManualHost } from '../../src/testing/manual-host.js';
import { createScriptedTransport } from '../../src/testing/scripted-transport.js';
import type { Data, Wire } from '../../src/transport/transport.js';
import { overSeeds } from '../support/seed.js';
import { createWorld, outcomeOf, type World } from './world.js';

const opened = (options: ConnectionOptions): World => {
  const world = createWorld(options);
  world.open();
  return world;
};
const send = (world: World, texts: string, options = {}) =>
  texts.split('').map((text) => world.connection.send(text, options));

describe('batch', () => {
  test('what is sent in one tick leaves as one frame', async () => {
    const world = opened({ batch: {} });
    const deliveries = send(world, 'abc');
    expect([world.sent, deliveries.map(({ verdict }) => verdict)]).toEqual([[], ['queued', 'queued', 'queued']]);
    await Promise.resolve();
    expect(world.sent).toEqual(['a+b+c']);
    expect(await deliveries[2]?.done).toEqual({ status: 'sent' });
  });

  test('at most `maxSize` in a frame, and a full one leaves at once', async () => {
    const world = opened({ batch: { maxSize: 2 } });
    send(world, 'abcde');
    expect(world.sent).toEqual(['a+b', 'c+d']);
    await Promise.resolve();
    expect(world.sent).toEqual(['a+b', 'c+d', 'e']);
  });

  test('they wait for others up to `maxDelayMs`, from the first one', () => {
    const world = opened({ batch: { maxDelayMs: 100 } });
    send(world, 'a');
    world.host.clock.advance(60);
    send(world, 'b');
    world.host.clock.advance(39);
    expect(world.sent).toEqual([]);
    world.host.clock.advance(1);
    expect(world.sent).toEqual(['a+b']);
    send(world, 'c');
    world.host.clock.advance(100);
    expect(world.sent).toEqual(['a+b', 'c']);
  });

  test('a frame of several stays under 64 KiB', async () => {
    const world = opened({ batch: {} });
    for (let each = 0; each < 5; each++) world.connection.send(`${each}`.repeat(30_000));
    await Promise.resolve();
    expect(world.sent.map((frame) => frame.split('+').length)).toEqual([2, 2, 1]);
  });

  test('what waited while it was offline leaves in groups, after what was said on open', async () => {
    const world = createWorld({ batch: { maxSize: 10 } });
    world.connection.connect();
    send(world, 'abcdefghijkl');
    world.connection.notices.on(({ type }) => type === 'open' && void world.connection.send('hello'));
    world.far.last.accept();
    await Promise.resolve();
    expect(world.sent).toEqual(['hello+a+b+c+d+e+f+g+h+i', 'j+k+l']);
  });

  test('10,000 small sends in one task: at most 1 % as many frames', async () => {
    const world = opened({ batch: { maxSize: 1_000 }, outbox: { limit: 10_000 } });
    for (let each = 0; each < 10_000; each++) world.connection.send(String(each));
    await Promise.resolve();
    expect(world.sent.length).toBeLessThanOrEqual(100);
    expect(world.sent.join('+')).toBe(Array.from({ length: 10_000 }, (_each, at) => at).join('+'));
  });

  test('where nobody can say many as one, it is an option that makes no sense; one’s own way to say it is used', async () => {
    const failing = createLinked({ codec: 'text', batch: {} });
    expect(failing.connection.getSnapshot()).toMatchObject({ status: 'failed', error: { kind: 'config' } });
    const lines = createLinked({ codec: 'text', batch: {}, encodeBatch: (frames) => frames.join('\n') });
    lines.connection.send('a');
    lines.connection.send('b');
    await Promise.resolve();
    expect(lines.far.last.sent).toEqual(['a\nb']);
    const json = createLinked({ batch: {} });
    json.connection.send({ a: 1 });
    await Promise.resolve();
    expect(json.far.last.sent).toEqual(['[{"a":1}]']);
  });

  test('an `encodeBatch` that throws costs that group, and says so', async () => {
    let bad = true;
    const { connection, far } = createLinked({
      batch: {},
      encodeBatch(frames) {
        if (bad) throw new TypeError('no');
        return frames.join();
      },
    });
    const { done } = connection.send('a');
    expect(await done).toMatchObject({ status: 'dropped', error: { kind: 'invalid' } });
    bad = false;
    connection.send('b');
    await Promise.resolve();
    expect(far.last.sent).toEqual(['"b"']);
  });

  test('a group of none is one of one', () => {
    const world = opened({ batch: { maxSize: 0 } });
    send(world, 'ab');
    world.host.clock.advance(1_000);
    expect(world.sent).toEqual(['a', 'b']);
  });

  test('an `encodeBatch` that forgets to answer costs that group, and says so', async () => {
    const { connection } = createLinked({ batch: {}, encodeBatch: () => undefined as unknown as string });
    const { done } = connection.send('a');
    expect(await done).toMatchObject({ status: 'dropped', error: { kind: 'invalid' } });
    expect(connection.getSnapshot().queued).toBe(0);
  });
});

/** A plain link that is open, where its options make sense. */
function createLinked(options: LinkOptions<unknown, unknown>) {
  const far = createScriptedTransport({ onDial: (wire) => wire.accept() });
  const { connection } = createLink(
    createManualHost(),
    () => far,
    () => options,
  );
  connection.connect();
  return { connection, far };
}

describe('rateLimit', () => {
  test('so many at once, then so many per second, in order', () => {
    const world = opened({ rateLimit: { perSecond: 10, burst: 3 } });
    const deliveries = send(world, 'abcdef');
    expect(deliveries.map(({ verdict }) => verdict)).toEqual(['sent', 'sent', 'sent', 'queued', 'queued', 'queued']);
    expect(world.sent).toEqual(['a', 'b', 'c']);
    world.host.clock.advance(99);
    expect(world.sent).toHaveLength(3);
    world.host.clock.advance(1);
    expect(world.sent).toEqual(['a', 'b', 'c', 'd']);
    world.host.clock.advance(200);
    expect(world.sent.join('')).toBe('abcdef');
    expect(world.connection.getSnapshot().queued).toBe(0);
  });

  test('a volatile one that would have to wait is dropped', () => {
    const world = opened({ rateLimit: { perSecond: 1 } });
    expect(send(world, 'ab', { volatile: true }).map(({ verdict }) => verdict)).toEqual(['sent', 'dropped']);
  });

  test('within any window never more than the burst and what came back in it', () => {
    overSeeds(50, ({ below, random }) => {
      const [perSecond, burst] = [1 + below(50), 1 + below(20)];
      const times: number[] = [];
      const host = createManualHost();
      const around = (wire: Wire): Wire => ({
        ...wire,
        send(data) {
          times.push(host.clock.now());
          return wire.send(data);
        },
      });
      const world = createWorld({ rateLimit: { perSecond, burst } }, { host, around });
      world.open();
      for (let step = 0; step < 100; step++) {
        for (let each = below(6); each > 0; each--) send(world, 'x');
        host.clock.advance(random() < 0.1 ? 3_000 : below(50));
      }
      host.clock.advance(1_000_000);
      expect(world.connection.getSnapshot().queued).toBe(0);
      times.forEach((at, index) => {
        const within = times.slice(index).filter((other) => other < at + 1_000).length;
        expect(within).toBeLessThanOrEqual(burst + perSecond);
      });
    });
  });
});

describe('throttleMs', () => {
  test('per key, at most one in that time, and the last value wins', async () => {
    const world = opened({ throttleMs: 100 });
    const [first, second, third] = ['1', '2', '3'].map((text) => world.connection.send(text, { key: 'x' }));
    world.connection.send('other', { key: 'y' });
    world.connection.send('plain');
    expect([first?.verdict, second?.verdict, third?.verdict]).toEqual(['sent', 'queued', 'queued']);
    expect(world.sent).toEqual(['1', 'other', 'plain']);
    world.host.clock.advance(100);
    expect(world.sent).toEqual(['1', 'other', 'plain', '3']);
    expect([await second?.done, await third?.done]).toEqual([{ status: 'cancelled' }, { status: 'sent' }]);
    world.host.clock.advance(1_000);
    expect(world.connection.send('4', { key: 'x' }).verdict).toBe('sent');
  });

  test('thousands of keys at once cost what they cost one by one', () => {
    const world = opened({ throttleMs: 60_000, outbox: { limit: 20_000, maxBytes: 2 ** 30 } });
    for (let each = 0; each < 20_000; each++) world.connection.send('x', { key: String(each) });
    expect(world.sent).toHaveLength(20_000);
    for (let each = 0; each < 20_000; each++) world.connection.send('y', { key: String(each) });
    expect(world.connection.getSnapshot().queued).toBe(20_000);
    world.host.clock.advance(60_000);
    expect(world.connection.getSnapshot().queued).toBe(0);
  }, 10_000);
});

describe('options that make no sense, while the link is open,', () => {
  test.each([
    ['throttleMs', { throttleMs: NaN }],
    ['rateLimit.perSecond', { rateLimit: { perSecond: NaN } }],
    ['rateLimit.burst', { rateLimit: { perSecond: 10, burst: NaN } }],
    ['maxBufferedBytes', { maxBufferedBytes: NaN }],
    ['batch.maxSize', { batch: { maxSize: NaN } }],
    ['batch.maxDelayMs', { batch: { maxDelayMs: NaN } }],
    ['outbox', { outbox: { limit: NaN, maxBytes: -1 } }],
  ])('are read as if nothing had been said: %s', async (_name, wrong) => {
    const options: ConnectionOptions = { throttleMs: 10 };
    const world = opened(options);
    world.connection.send('0', { key: 'k' });
    Object.assign(options, wrong);
    for (const text of ['a', 'b']) world.connection.send(text);
    world.connection.send('1', { key: 'k' });
    await Promise.resolve();
    world.host.clock.advance(10);
    expect(world.sent.join('+')).toBe('0+a+b+1');
    expect(await outcomeOf(world.connection.drained())).toBe('resolved');
    expect(world.host.clock.pending).toBe(0);
  });
});

describe('what the wire holds', () => {
  interface Held extends World {
    held: number;
    most: number;
  }
  /** A wire that holds what it is given until somebody empties it. */
  function holding(options: ConnectionOptions): Held {
    const state = { held: 0, most: 0 };
    const world = createWorld(options, {
      around: (wire) => ({
        ...wire,
        get bufferedAmount() {
          return state.held;
        },
        send(data: Data) {
          state.held += data.length;
          state.most = Math.max(state.most, state.held);
          return wire.send(data);
        },
      }),
    });
    world.open();
    return Object.defineProperties(world as Held, {
      held: {
        get: () => state.held,
        set(held: number) {
          state.held = held;
        },
      },
      most: { get: () => state.most },
    });
  }

  test('never goes over the budget: the rest waits in the outbox, and follows', () => {
    const world = holding({ maxBufferedBytes: 100 });
    for (let each = 0; each < 50; each++) world.connection.send('0123456789');
    expect([world.sent.length, world.connection.getSnapshot().queued]).toEqual([10, 40]);
    for (let round = 0; round < 50; round++) {
      world.held = Math.max(0, world.held - 30);
      world.host.clock.advance(20);
    }
    expect([world.sent.length, world.connection.getSnapshot().queued, world.most]).toEqual([50, 0, 100]);
  });

  test('one that is larger than the budget goes alone', () => {
    const world = holding({ maxBufferedBytes: 100 });
    send(world, 'a');
    world.connection.send('b'.repeat(500));
    expect(world.sent).toEqual(['a']);
    world.held = 0;
    world.host.clock.advance(20);
    expect(world.sent).toHaveLength(2);
  });

  test('`drained` resolves when nothing waits and the wire holds little', async () => {
    const world = holding({ maxBufferedBytes: 100 });
    const empty = world.connection.drained();
    expect(await outcomeOf(empty)).toBe('resolved');
    for (let each = 0; each < 20; each++) world.connection.send('0123456789');
    const full = world.connection.drained();
    world.held = 0;
    world.host.clock.advance(20);
    expect([await outcomeOf(full), world.connection.getSnapshot().queued]).toEqual(['pending', 0]);
    world.held = 50;
    world.host.clock.advance(20);
    expect(await outcomeOf(full)).toBe('resolved');
    expect(world.host.clock.pending).toBe(0);
  });

  test.each([{ batch: { maxSize: 2 } }, {}])(
    '`drained` waits until all that the rate holds back has left, and no longer (%o)',
    async (options) => {
      const world = opened({ ...options, rateLimit: { perSecond: 0.1, burst: 2 } });
      for (const text of ['a', 'b', 'c', 'd']) world.connection.send(text);
      const [first, second] = [world.connection.drained(), world.connection.drained()];
      await Promise.resolve();
      expect(world.sent.join('+')).toBe('a+b');
      world.host.clock.advance(19_999);
      expect([world.sent.join('+'), await outcomeOf(first)]).toEqual(['a+b+c', 'pending']);
      world.host.clock.advance(1);
      expect(world.sent.join('+')).toBe('a+b+c+d');
      expect([await outcomeOf(first), await outcomeOf(second)]).toEqual(['resolved', 'resolved']);
      expect(world.host.clock.pending).toBe(0);
      // nothing waits: the empty bucket is nobody's affair
      expect(await outcomeOf(world.connection.drained())).toBe('resolved');
    },
  );

  test.each([0, 0.001])(
    '`drained` looks at the wire, and not at the bucket, when all has left (%d per second)',
    async (perSecond) => {
      const world = holding({ maxBufferedBytes: 100, rateLimit: { perSecond, burst: 6 } });
      for (let each = 0; each < 6; each++) world.connection.send('0123456789');
      expect(world.connection.getSnapshot().queued).toBe(0);
      const drained = world.connection.drained();
      world.host.clock.advance(100);
      expect(await outcomeOf(drained)).toBe('pending');
      world.held = 50;
      world.host.clock.advance(20);
      expect(await outcomeOf(drained)).toBe('resolved');
      expect(world.host.clock.pending).toBe(0);
    },
  );

  test('`drained` waits for the link, and resolves when what waits is given up', async () => {
    const world = createWorld({});
    world.connection.connect();
    send(world, 'a');
    const drained = world.connection.drained();
    expect(await outcomeOf(drained)).toBe('pending');
    world.connection.disconnect();
    expect(await outcomeOf(drained)).toBe('resolved');
  });
});
