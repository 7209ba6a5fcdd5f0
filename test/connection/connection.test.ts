// @vitest-environment node
// A connection as its owner sees it: verbs, outcomes, the order in which things are told, and listeners that call back in.

import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ConnectionOptions } from '../../src/connection/options.js';
import { accepts, acceptsThenDrops, refuses, sequence } from '../../src/testing/behaviours.js';
import { createManualHost } from '../../src/testing/manual-host.js';
import { catchReports } from '../support/reported.js';
import { firstSeed } from '../support/seed.js';
import { createWorld, outcomeOf } from './world.js';

afterEach(() => vi.unstubAllGlobals());

const LAST = 1 - Number.EPSILON;

describe('the way up and down', () => {
  test('status, attempt and the next attempt, in the words of users', () => {
    const host = { ...createManualHost(), random: () => LAST };
    const world = createWorld({}, { host });
    const seen: unknown[] = [];
    world.connection.subscribe(() => {
      const { status, attempt, nextAttemptAt, error } = world.connection.getSnapshot();
      seen.push([status, attempt, nextAttemptAt && nextAttemptAt - host.clock.wallNow(), error?.kind ?? null]);
    });
    world.open();
    world.far.last.drop({ code: 1006 });
    host.clock.advance(500);
    world.far.last.drop({ why: 'refused' });
    host.clock.advance(1_000);
    world.far.last.accept();
    world.connection.disconnect();
    expect(seen).toEqual([
      ['connecting', 0, null, null],
      ['open', 0, null, null],
      ['reconnecting', 1, 500, 'lost'],
      ['reconnecting', 1, null, 'lost'],
      ['reconnecting', 2, 1_000, 'refused'],
      ['reconnecting', 2, null, 'refused'],
      ['open', 0, null, null],
      ['closed', 0, null, null],
    ]);
  });

  test('what is told, in order', () => {
    const world = createWorld();
    world.open();
    world.far.last.frame('a');
    world.far.last.drop({ code: 1012, reason: 'restart' });
    world.host.clock.advance(500);
    world.far.last.accept();
    world.connection.disconnect(4000, 'bye');
    expect(world.log).toEqual([
      'open',
      'event a',
      `close lost 1012, again in ${Math.round(world.ends[0]?.retryInMs ?? NaN)}`,
      'error lost',
      'open again',
      'close disconnect 4000',
    ]);
    expect(world.ends[0]).toMatchObject({ reason: 'restart', willRetry: true });
    expect(world.ends[1]).toEqual({
      why: 'disconnect',
      code: 4000,
      reason: 'bye',
      willRetry: false,
      retryInMs: undefined,
    });
    expect(world.far.last.closed).toEqual({ code: 4000, reason: 'bye' });
  });

  test('an error says what happened, where, and never the address', () => {
    const world = createWorld({}, { onDial: refuses(401, { reason: 'token expired' }) });
    world.connection.connect();
    expect(world.errors).toHaveLength(1);
    expect(world.errors[0]).toMatchObject({ kind: 'unauthorized', code: 401, reason: 'token expired' });
    expect(world.errors[0]?.message).toBe(
      'scripted unauthorized (401): token expired. Give fresh credentials through `auth`, `headers` or a url function.',
    );
    expect(world.connection.getSnapshot().error).toBe(world.errors[0]);
  });

  test('connect twice is once; after a failure it begins anew', () => {
    const world = createWorld();
    world.connection.connect();
    world.connection.connect();
    world.far.last.accept();
    world.connection.connect();
    expect(world.far.dials).toHaveLength(1);
    world.far.last.drop({ code: 1008 });
    expect(world.status).toBe('failed');
    world.connection.connect();
    expect([world.status, world.far.dials.length]).toEqual(['connecting', 2]);
  });

  test('stop leaves nothing, in every state, and twice is once', () => {
    for (const prepare of [
      () => {},
      (world: ReturnType<typeof createWorld>) => world.connection.connect(),
      (world: ReturnType<typeof createWorld>) => world.open(),
      (world: ReturnType<typeof createWorld>) => (world.open(), world.far.last.drop()),
      (world: ReturnType<typeof createWorld>) => (world.open(), world.far.last.drop({ code: 1008 })),
      (world: ReturnType<typeof createWorld>) => world.connection.disconnect(),
    ]) {
      const world = createWorld({ heartbeat: true });
      prepare(world);
      world.connection.stop();
      world.connection.stop();
      expect([world.status, world.far.live, world.host.clock.pending, world.host.watchers]).toEqual(['idle', 0, 0, 0]);
      expect(world.log.filter((each) => each.startsWith('close'))).toHaveLength(
        world.log.filter((each) => each.startsWith('open')).length,
      );
    }
  });

  test('a wire that is given up for dead is closed with a code that says so', () => {
    const world = createWorld({ heartbeat: { intervalMs: 1_000, timeoutMs: 500 } });
    world.open();
    world.host.clock.advance(1_500);
    expect(world.sent).toEqual(['ping']);
    expect(world.far.dials[0]?.closed?.code).toBe(4408);
    expect(world.ends[0]).toMatchObject({ why: 'timeout', code: 4408, willRetry: true });
  });

  test('that our own sends went is no sign of life: where they go another way, what comes may be stuck', () => {
    const world = createWorld({ heartbeat: { intervalMs: 1_000, timeoutMs: 500 } });
    world.open();
    for (let ms = 0; ms < 1_500; ms += 100) {
      world.far.last.sink.writable();
      world.host.clock.advance(100);
    }
    expect(world.far.dials[0]?.closed?.code).toBe(4408);
  });

  test('an attempt that nobody answers ends after connectTimeoutMs, unless it says that it is trying', () => {
    const world = createWorld({ connectTimeoutMs: 1_000 });
    world.connection.connect();
    world.host.clock.advance(900);
    world.far.last.sink.pulse();
    world.host.clock.advance(999);
    expect(world.far.last.live).toBe(true);
    world.host.clock.advance(1);
    expect(world.far.last.live).toBe(false);
    expect(world.errors.map(({ kind }) => kind)).toEqual(['timeout']);
  });

  test('the platform opening again by itself: closed, and open again on the same wire', () => {
    const world = createWorld();
    world.open();
    world.far.last.sink.reopening({ why: 'lost' });
    expect(world.status).toBe('reconnecting');
    expect(world.host.clock.pending).toBe(0);
    world.far.last.sink.opened();
    expect(world.log).toEqual(['open', 'close lost, again', 'error lost', 'open again']);
    expect(world.far.dials).toHaveLength(1);
  });
});

describe('disconnect', () => {
  test('stays down, whatever page and network do', () => {
    const world = createWorld({ pauseWhenHidden: true });
    world.open();
    world.connection.disconnect();
    for (let round = 0; round < 2; round++) {
      world.host.setOnline(false);
      world.host.setOnline(true);
      for (const focus of ['hidden', 'suspended', 'visible'] as const) world.host.setFocus(focus);
      world.host.clock.advance(3_600_000);
    }
    expect([world.status, world.far.dials.length]).toEqual(['closed', 1]);
    world.connection.connect();
    expect(world.far.dials).toHaveLength(2);
  });

  test.each<[string, (world: ReturnType<typeof createWorld>) => void]>([
    ['while it connects', (world) => world.connection.connect()],
    ['while it waits', (world) => (world.open(), world.far.last.drop())],
    ['before it began', () => {}],
  ])('%s', (_name, prepare) => {
    const world = createWorld();
    prepare(world);
    world.connection.disconnect();
    expect([world.status, world.far.live, world.host.clock.pending]).toEqual(['closed', 0, 0]);
    expect(world.connection.getSnapshot()).toMatchObject({ error: null, attempt: 0, nextAttemptAt: null });
  });
});

describe('reconnect settles', () => {
  const wanted = [
    ['idle', () => {}],
    ['connecting', (world) => world.connection.connect()],
    ['open', (world) => world.open()],
    ['reconnecting', (world) => (world.open(), world.far.last.drop())],
    ['closed', (world) => world.connection.disconnect()],
    ['failed', (world) => (world.open(), world.far.last.drop({ code: 1008 }))],
  ] as const satisfies readonly (readonly [string, (world: ReturnType<typeof createWorld>) => void])[];

  describe.each(wanted)('asked while %s', (status, prepare) => {
    function asked() {
      const world = createWorld();
      prepare(world);
      expect(world.status).toBe(status);
      const promise = world.connection.reconnect();
      return { world, promise };
    }

    test('and it opens', async () => {
      const { world, promise } = asked();
      expect(world.far.live).toBe(1);
      expect(await outcomeOf(promise)).toBe('pending');
      world.far.last.accept();
      expect(await outcomeOf(promise)).toBe('resolved');
    });

    test('and it is refused', async () => {
      const { world, promise } = asked();
      world.far.last.drop({ why: 'refused', code: 503 });
      expect(await outcomeOf(promise)).toBe('rejected refused');
    });

    test('and fails for good', async () => {
      const { world, promise } = asked();
      world.far.last.drop({ why: 'refused', code: 404 });
      expect(await outcomeOf(promise)).toBe('rejected not-found');
    });

    test('and nobody answers', async () => {
      const { world, promise } = asked();
      world.host.clock.advance(10_000);
      expect(await outcomeOf(promise)).toBe('rejected timeout');
    });

    test('and it is disconnected', async () => {
      const { world, promise } = asked();
      world.connection.disconnect();
      expect(await outcomeOf(promise)).toBe('rejected lost');
    });

    test('and it is stopped', async () => {
      const { world, promise } = asked();
      world.connection.stop();
      expect(await outcomeOf(promise)).toBe('rejected lost');
    });

    test('and the page is frozen', async () => {
      const { world, promise } = asked();
      world.host.setFocus('suspended');
      expect(await outcomeOf(promise)).toBe('rejected lost');
    });
  });

  test('open: the wire is replaced, and what is told says so', () => {
    const world = createWorld();
    world.open();
    void world.connection.reconnect();
    expect(world.far.dials.map(({ live }) => live)).toEqual([false, true]);
    world.far.last.accept();
    expect(world.log).toEqual(['open', 'close replaced, again', 'open again']);
  });

  test('waiting: dials at once, and the failures are forgotten', () => {
    const world = createWorld();
    world.connection.connect();
    world.far.last.drop({ why: 'refused', retryAfterMs: 60_000 });
    void world.connection.reconnect();
    expect(world.far.dials).toHaveLength(2);
    expect(world.connection.getSnapshot().attempt).toBe(0);
  });

  test('connecting: the attempt on its way is the one', async () => {
    const world = createWorld();
    world.connection.connect();
    const both = [world.connection.reconnect(), world.connection.reconnect()];
    expect(world.far.dials).toHaveLength(1);
    world.far.last.accept();
    expect(await Promise.all(both.map(outcomeOf))).toEqual(['resolved', 'resolved']);
  });

  test.each<[string, (world: ReturnType<typeof createWorld>) => void]>([
    ['with a link that is wanted', (world) => world.connection.connect()],
    ['with none', () => {}],
  ])('frozen, %s: there is none now, and one when the page is back', async (_name, prepare) => {
    const world = createWorld({}, { onDial: accepts });
    prepare(world);
    world.host.setFocus('suspended');
    expect(await outcomeOf(world.connection.reconnect())).toBe('rejected lost');
    world.host.setFocus('visible');
    expect(world.status).toBe('open');
  });

  test('refused by the same words twice: rejected twice', async () => {
    const end = { why: 'refused', code: 503 } as const;
    const world = createWorld();
    world.connection.connect();
    world.far.last.sink.ended(end);
    const promise = world.connection.reconnect();
    world.far.last.sink.ended(end);
    expect(await outcomeOf(promise)).toBe('rejected refused');
    expect(world.errors).toHaveLength(2);
  });

  test('a rejection that nobody waits for troubles nobody', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const world = createWorld();
    void world.connection.reconnect();
    world.far.last.drop({ why: 'refused' });
    await new Promise((resolve) => void setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe('a place to resume from', () => {
  test('the newest is handed to the next dial; the empty one forgets', () => {
    const world = createWorld();
    world.open();
    expect(world.far.last.dial.cursor).toBeUndefined();
    for (const place of ['5', '6']) world.far.last.sink.cursor(place);
    void world.connection.reconnect();
    expect(world.far.last.dial.cursor).toBe('6');
    world.far.last.accept();
    world.far.last.sink.cursor('');
    void world.connection.reconnect();
    expect(world.far.last.dial.cursor).toBeUndefined();
  });

  test('a gap is told before any later message, with the place that we had', () => {
    const world = createWorld();
    world.open();
    world.far.last.sink.cursor('5');
    expect(world.connection.getSnapshot().resumed).toBeNull();
    void world.connection.reconnect();
    world.far.last.accept();
    world.far.last.sink.continuity(false);
    world.far.last.sink.cursor('9');
    world.far.last.frame('later');
    expect(world.log.slice(-3)).toEqual(['open again', 'gap after 5', 'event later']);
    expect(world.connection.getSnapshot().resumed).toBe(false);
  });

  test('continued: no gap, and it says so until the next opening', () => {
    const world = createWorld();
    world.open();
    void world.connection.reconnect();
    world.far.last.accept();
    world.far.last.sink.continuity(true);
    expect(world.connection.getSnapshot().resumed).toBe(true);
    expect(world.log.filter((each) => each.startsWith('gap'))).toEqual([]);
    void world.connection.reconnect();
    world.far.last.accept();
    expect(world.connection.getSnapshot().resumed).toBeNull();
  });

  test('replaced inside the gap: what is said of the old link is not said of the new one', () => {
    const world = createWorld({}, { onDial: accepts });
    world.connection.connect();
    world.connection.notices.on((notice) => {
      if (notice.type === 'gap') void world.connection.reconnect();
    });
    world.far.last.sink.continuity(false);
    expect(world.far.dials).toHaveLength(2);
    expect(world.connection.getSnapshot()).toMatchObject({ status: 'open', resumed: null });
  });
});

describe('credentials', () => {
  test('why they are asked for', () => {
    const world = createWorld({}, { renewable: true });
    world.open();
    world.far.last.drop({ code: 4401 });
    world.far.last.accept();
    world.host.clock.advance(5_000);
    world.far.last.drop({ code: 1006 });
    world.host.clock.advance(500);
    expect(world.far.dials.map(({ dial }) => dial.credentials)).toEqual(['connect', 'expired', 'refresh']);
    expect(world.status).toBe('reconnecting');
  });

  test('refused again right after they were renewed: failed', () => {
    const world = createWorld({}, { renewable: true, onDial: refuses(401) });
    world.connection.connect();
    expect([world.status, world.far.dials.length]).toEqual(['failed', 2]);
  });

  test('nobody to ask: failed at once', () => {
    const world = createWorld({}, { onDial: refuses(403) });
    world.connection.connect();
    expect([world.status, world.far.dials.length]).toEqual(['failed', 1]);
    expect(world.errors[0]?.kind).toBe('forbidden');
  });
});

describe('options that make no sense', () => {
  test.each<[string, ConnectionOptions]>([
    ['connectTimeoutMs', { connectTimeoutMs: -1 }],
    ['stableMs', { stableMs: NaN }],
    ['idleTimeoutMs', { idleTimeoutMs: '5' as unknown as number }],
    ['pauseWhenHidden', { pauseWhenHidden: -5 }],
    ['maxMessageBytes', { maxMessageBytes: -1 }],
    ['intervalMs', { heartbeat: { intervalMs: -25_000 } }],
    ['maxDelayMs', { retry: { maxDelayMs: NaN } }],
    ['maxAttempts', { retry: { maxAttempts: -1 } }],
    ['limit', { outbox: { limit: -1 } }],
    ['ttlMs', { outbox: { ttlMs: null as unknown as number } }],
  ])('%s: failed, by its name, without a dial', (name, options) => {
    const world = createWorld(options);
    world.connection.connect();
    expect([world.status, world.far.dials.length]).toEqual(['failed', 0]);
    expect(world.errors[0]).toMatchObject({
      kind: 'config',
      message: expect.stringContaining(`\`${name}\``) as string,
    });
    expect([world.host.clock.pending, world.host.watchers]).toEqual([0, 0]);
  });

  test('cured, it goes on', async () => {
    const options: { connectTimeoutMs: number } = { connectTimeoutMs: -1 };
    const world = createWorld(options);
    expect(await outcomeOf(world.connection.reconnect())).toBe('rejected config');
    options.connectTimeoutMs = 1_000;
    const promise = world.connection.reconnect();
    world.far.last.accept();
    expect(await outcomeOf(promise)).toBe('resolved');
  });

  test('that come while it is open are read as if nothing had been said', () => {
    const options: { heartbeat: { intervalMs: number; timeoutMs: number }; retry: object; pauseWhenHidden?: number } = {
      heartbeat: { intervalMs: 1_000, timeoutMs: 500 },
      retry: {},
    };
    const world = createWorld(options);
    world.open();
    options.heartbeat = { intervalMs: NaN, timeoutMs: -1 };
    options.retry = { minDelayMs: NaN, initialDelayMs: -1, maxDelayMs: NaN, maxServerDelayMs: NaN };
    options.pauseWhenHidden = NaN;
    world.connection.review();
    world.host.clock.advance(24_999);
    expect(world.sent).toEqual([]);
    world.host.clock.advance(1);
    expect(world.sent).toEqual(['ping']);
    world.host.clock.advance(10_000);
    expect(world.ends).toMatchObject([{ why: 'timeout' }]);
    expect(world.ends[0]?.retryInMs).toBeLessThanOrEqual(500);
    world.far.last.drop();
    expect(world.host.clock.pending).toBeLessThanOrEqual(1);
  });

  test('zeros and infinities make sense', () => {
    const world = createWorld({
      connectTimeoutMs: Infinity,
      stableMs: 0,
      retry: { minDelayMs: 0, initialDelayMs: 0, maxAttempts: Infinity },
      outbox: { limit: 0, ttlMs: 0 },
      heartbeat: { intervalMs: 0, timeoutMs: 100 },
    });
    world.open();
    expect(world.status).toBe('open');
  });
});

describe('a wire that is superseded', () => {
  const everything = ({ sink }: ReturnType<typeof createWorld>['far']['last']): void => {
    sink.opened();
    sink.frame('from beyond');
    sink.pulse();
    sink.cursor('beyond');
    sink.retryDelay(60_000);
    sink.continuity(false);
    sink.writable();
    sink.fault({ kind: 'parse' } as never);
    sink.reopening({ why: 'lost' });
    sink.ended({ why: 'lost', code: 1008 });
  };

  test.each<[string, (world: ReturnType<typeof createWorld>) => void]>([
    ['by reconnect', (world) => void world.connection.reconnect()],
    ['by its own end', (world) => world.far.last.drop({ code: 1006 })],
    ['by disconnect', (world) => world.connection.disconnect()],
    ['by stop', (world) => world.connection.stop()],
    ['by a frozen page', (world) => world.host.setFocus('suspended')],
  ])('%s, changes nothing', (_name, supersede) => {
    const world = createWorld();
    world.open();
    const old = world.far.last;
    supersede(world);
    const before = [world.connection.getSnapshot(), world.log.length, world.far.dials.length, world.host.clock.pending];
    everything(old);
    expect([
      world.connection.getSnapshot(),
      world.log.length,
      world.far.dials.length,
      world.host.clock.pending,
    ]).toEqual(before);
    if (world.status === 'closed' || world.status === 'idle') void world.connection.reconnect();
    world.host.setFocus('visible');
    world.host.clock.advance(1_000);
    expect(world.far.last.dial.cursor).toBeUndefined();
    expect(world.far.last.live).toBe(true);
  });

  test('is no sign of life of its successor', () => {
    const world = createWorld({ heartbeat: { intervalMs: 1_000, timeoutMs: 500 } }, { onDial: accepts });
    world.connection.connect();
    const old = world.far.last;
    void world.connection.reconnect();
    world.host.clock.advance(1_400);
    everything(old);
    world.host.clock.advance(100);
    expect(world.ends.at(-1)).toMatchObject({ why: 'timeout' });
  });

  test('a transport that hands over its wire too late finds it closed', () => {
    const world = createWorld(
      {},
      {
        onDial(wire, index) {
          // the url function of a user, called while it dials
          if (index === 0) world.connection.disconnect();
          wire.accept();
        },
      },
    );
    world.connection.connect();
    expect([world.status, world.far.live]).toEqual(['closed', 0]);
    expect(world.log.filter((each) => each === 'open')).toHaveLength(world.ends.length);
  });
});

describe('a far end that does everything inside the dial', () => {
  test('open is told first, then its frames, then its end', () => {
    const world = createWorld(
      { retry: false },
      {
        onDial(wire) {
          wire.accept();
          wire.sink.continuity(false);
          wire.frame('a+b');
          wire.frame('c');
          wire.drop({ code: 1001 });
        },
      },
    );
    world.connection.connect();
    expect(world.log).toEqual([
      'open',
      'gap after undefined',
      'event a',
      'event b',
      'event c',
      'close lost 1001',
      'error lost',
    ]);
    expect(world.status).toBe('failed');
  });

  test('what waits is sent on a wire that opens inside the dial', () => {
    const world = createWorld({}, { onDial: accepts });
    world.connection.send('a');
    world.connection.connect();
    expect(world.sent).toEqual(['a']);
  });

  test('refused a thousand times inside the dial: a thousand waits, and no deeper stack', () => {
    const retry = { minDelayMs: 1, maxDelayMs: 1, maxAttempts: 1_000 };
    const world = createWorld({ retry }, { onDial: refuses() });
    world.connection.connect();
    world.host.clock.advance(999);
    expect([world.status, world.far.dials.length]).toEqual(['connecting', 1_000]);
    world.host.clock.advance(1);
    expect([world.status, world.far.dials.length, world.host.clock.pending]).toEqual(['failed', 1_001, 0]);
  });
});

describe('a listener that calls back in', () => {
  test('disconnect inside onMessage: the rest of the frame is not heard', () => {
    const world = createWorld();
    world.connection.events.on((event) => {
      if (event === 'b') world.connection.disconnect();
    });
    world.open();
    world.far.last.frame('a+b+c');
    expect(world.log).toEqual(['open', 'event a', 'event b', 'close disconnect']);
  });

  test('and all hear that message before they hear of the close', () => {
    const world = createWorld();
    const told: string[] = [];
    world.open();
    world.connection.events.on(() => world.connection.disconnect());
    world.connection.events.on((event) => told.push(event));
    world.connection.notices.on((notice) => told.push(notice.type));
    world.far.last.frame('a+b');
    expect(told).toEqual(['a', 'close']);
  });

  test('the same for a frame that means nothing', () => {
    const world = createWorld();
    const told: string[] = [];
    world.open();
    world.connection.notices.on((notice) => void (notice.type === 'fault' && world.connection.disconnect()));
    world.connection.notices.on((notice) => told.push(notice.type));
    world.far.last.frame('noise');
    world.far.last.sink.fault({ kind: 'too-large' } as never);
    expect(told).toEqual(['fault', 'close']);
  });

  test('reconnect inside onMessage: the rest of the frame belongs to the old link', () => {
    const world = createWorld({}, { onDial: accepts });
    world.connection.connect();
    world.connection.events.on((event) => {
      if (event === 'a') void world.connection.reconnect();
    });
    world.far.last.frame('a+b');
    expect(world.log).toEqual(['open', 'event a', 'close replaced, again', 'open again']);
  });

  test('reconnect inside onClose: no wait', async () => {
    const world = createWorld();
    let promise: Promise<void> | undefined;
    world.connection.notices.on((notice) => {
      if (notice.type === 'close') promise ??= world.connection.reconnect();
    });
    world.open();
    world.far.last.drop({ code: 1006 });
    expect(world.far.dials).toHaveLength(2);
    world.far.last.accept();
    expect(await outcomeOf(promise!)).toBe('resolved');
  });

  test('reconnect inside the close of a disconnect: up again', async () => {
    const world = createWorld({}, { onDial: accepts });
    let promise: Promise<void> | undefined;
    world.connection.notices.on((notice) => {
      if (notice.type === 'close') promise ??= world.connection.reconnect();
    });
    world.connection.connect();
    world.connection.disconnect();
    expect(world.status).toBe('open');
    expect(await outcomeOf(promise!)).toBe('resolved');
  });

  test('reconnect behind a stop that another one asked for: it is of the attempt that follows', async () => {
    const world = createWorld();
    let promise: Promise<void> | undefined;
    world.open();
    world.connection.events.on(() => world.connection.stop());
    world.connection.events.on(() => void (promise = world.connection.reconnect()));
    world.far.last.frame('a');
    world.far.last.accept();
    expect(await outcomeOf(promise!)).toBe('resolved');
  });

  test('disconnect inside onOpen: later listeners hear open, then close', () => {
    const world = createWorld();
    const told: string[] = [];
    world.connection.notices.on((notice) => void (notice.type === 'open' && world.connection.disconnect()));
    world.connection.notices.on((notice) => told.push(notice.type));
    world.connection.send('waits');
    world.open();
    expect(told).toEqual(['open', 'close']);
    expect(world.far.live).toBe(0);
  });

  test('stop inside onError, connect inside a change of status', () => {
    const world = createWorld();
    world.connection.notices.on((notice) => void (notice.type === 'error' && world.connection.stop()));
    world.connection.subscribe(() => void (world.status === 'closed' && world.connection.connect()));
    world.connection.connect();
    world.far.last.drop({ why: 'refused' });
    expect([world.status, world.host.clock.pending]).toEqual(['idle', 0]);
    world.open();
    world.connection.disconnect();
    expect([world.status, world.far.dials.length]).toEqual(['connecting', 3]);
  });

  test('one that throws breaks nothing', () => {
    const reported = catchReports();
    const world = createWorld();
    for (const signal of [world.connection.events, world.connection.notices])
      signal.on(() => {
        throw new Error('bad listener');
      });
    world.connection.subscribe(() => {
      throw new Error('bad watcher');
    });
    world.open();
    world.far.last.frame('a');
    world.connection.stop();
    expect(world.log).toEqual(['open', 'event a', 'close unmount']);
    expect(reported.length).toBeGreaterThan(4);
  });
});

describe('the heartbeat', () => {
  test('how long the answer took', () => {
    const world = createWorld({ heartbeat: { intervalMs: 1_000, timeoutMs: 500 } });
    world.open();
    expect(world.connection.getSnapshot().latencyMs).toBeNull();
    world.host.clock.advance(1_040);
    world.far.last.frame('pong');
    expect(world.connection.getSnapshot().latencyMs).toBe(40);
    expect(world.log).toEqual(['open']);
    world.host.clock.advance(1_000);
    expect(world.sent).toEqual(['ping', 'ping']);
  });

  test('a question that throws is reported, and the silence is judged as ever', () => {
    const reported = catchReports();
    const world = createWorld(
      { heartbeat: { intervalMs: 1_000, timeoutMs: 500 } },
      {
        onDial: accepts,
        ping() {
          throw new Error('bad question');
        },
      },
    );
    world.connection.connect();
    world.host.clock.advance(1_500);
    expect(reported).toEqual([new Error('bad question')]);
    expect(world.ends).toMatchObject([{ why: 'timeout' }]);
    world.host.clock.advance(1_000);
    expect(world.status).toBe('open');
  });
});

describe('backing off', () => {
  test('a server that accepts and closes after 50 ms sees growing waits, up to the cap', () => {
    const host = { ...createManualHost(), random: () => LAST };
    const world = createWorld({ retry: { maxDelayMs: 5_000 } }, { host, onDial: accepts });
    world.connection.connect();
    const waits: number[] = [];
    for (let round = 1; round <= 7; round++) {
      host.clock.advance(50);
      world.far.last.drop({ code: 1001 });
      const at = host.clock.now();
      while (world.far.dials.length === round) host.clock.advance(1);
      waits.push(host.clock.now() - at);
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
  });

  test('the counter is reset by a link that lasted stableMs, and by nothing shorter', () => {
    const world = createWorld({ stableMs: 3_000 }, { onDial: accepts });
    world.connection.connect();
    const attempts = [10, 10, 2_999, 3_000, 10].map((lastsMs) => {
      world.host.clock.advance(lastsMs);
      world.far.last.drop({ code: 1006 });
      const { attempt } = world.connection.getSnapshot();
      const dials = world.far.dials.length;
      while (world.far.dials.length === dials) world.host.clock.advance(1);
      return attempt;
    });
    expect(attempts).toEqual([1, 2, 3, 1, 2]);
  });

  test('gives up after maxAttempts', () => {
    const world = createWorld({ retry: { maxAttempts: 3 } }, { onDial: refuses(503) });
    world.connection.connect();
    world.host.clock.advance(60_000);
    expect([world.status, world.far.dials.length]).toEqual(['failed', 4]);
    expect(world.host.clock.pending).toBe(0);
  });

  test('what the stream asked for is a floor from then on', () => {
    const world = createWorld({}, { onDial: accepts });
    world.connection.connect();
    world.far.last.sink.retryDelay(10_000);
    world.far.last.drop({ code: 1006 });
    world.host.clock.advance(10_000);
    expect(world.far.dials).toHaveLength(1);
    world.host.clock.advance(500);
    expect(world.far.dials).toHaveLength(2);
  });

  test('a policy that gives nonsense rings no bell for ever', () => {
    const world = createWorld({ retry: () => NaN }, { onDial: sequence(refuses(), accepts) });
    world.connection.connect();
    world.host.clock.advance(500);
    expect(world.status).toBe('open');
  });

  test('a wait without end is none: it has failed', () => {
    const world = createWorld({ retry: () => Infinity }, { onDial: refuses() });
    world.connection.connect();
    expect([world.status, world.host.clock.pending]).toEqual(['failed', 0]);
  });

  test('tried again inside onError of a dial that fails at once: one dial a turn', () => {
    for (const verb of ['reconnect', 'connect'] as const) {
      const world = createWorld({ retry: false }, { onDial: refuses() });
      world.connection.notices.on((notice) => {
        if (notice.type === 'error') void world.connection[verb]();
      });
      world.connection.connect();
      expect(world.far.dials).toHaveLength(1);
      expect([world.status, world.host.clock.pending]).toEqual(['connecting', 1]);
      world.connection.stop();
      expect(world.host.clock.pending).toBe(0);
    }
  });

  test('replaced inside onOpen of a dial that opens at once: one dial a turn', () => {
    const world = createWorld({}, { onDial: accepts });
    world.connection.notices.on((notice) => {
      if (notice.type === 'open' && world.far.dials.length < 50) void world.connection.reconnect();
    });
    world.connection.connect();
    expect(world.far.dials).toHaveLength(1);
    world.host.clock.advance(1);
    expect([world.far.dials.length, world.far.live, world.status]).toEqual([50, 1, 'open']);
  });

  test('accepted and dropped inside the dial, for ever: at most one alarm, and the waits still grow', () => {
    const world = createWorld({}, { onDial: acceptsThenDrops() });
    world.connection.connect();
    world.host.clock.advance(60_000);
    expect(world.far.dials.length).toBeLessThan(20);
    expect(world.host.clock.pending).toBe(1);
  });

  test('a thousand clients that lose one server at once come back spread over the window', () => {
    const seed = firstSeed();
    const host = createManualHost({ seed });
    const worlds = Array.from({ length: 1_000 }, () =>
      createWorld({ retry: { initialDelayMs: 2_000 } }, { host, onDial: accepts }),
    );
    for (const world of worlds) world.connection.connect();
    for (const world of worlds) world.far.last.drop({ code: 1012 });
    let before = 0;
    const buckets: number[] = [];
    for (let at = 0; at < 2_000; at += 100) {
      host.clock.advance(100);
      const back = worlds.filter(({ far }) => far.dials.length === 2).length;
      buckets.push(back - before);
      before = back;
    }
    expect(before, `WALK_SEED=${seed}`).toBe(1_000);
    expect(buckets[0], 'nobody within the shortest wait').toBe(0);
    expect(Math.max(...buckets), `WALK_SEED=${seed}`).toBeLessThan(2 * (1_000 / 19));
  });
});
