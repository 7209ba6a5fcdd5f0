// @vitest-environment node
// What page and network do to a connection: nothing open where nothing may be, and one dial when it may again.

import { describe, expect, test } from 'vitest';
import type { ConnectionOptions } from '../../src/connection/options.js';
import { accepts } from '../../src/testing/behaviours.js';
import { createWorld, type WorldParts } from './world.js';

const HOUR = 3_600_000;

function opened(options: ConnectionOptions = {}, parts: WorldParts = {}) {
  const world = createWorld(options, { onDial: accepts, ...parts });
  world.connection.connect();
  return world;
}

describe('the network', () => {
  test('goes and comes while it waits: one dial, at once', () => {
    const world = createWorld();
    world.open();
    world.far.last.drop({ code: 1006 });
    expect(world.status).toBe('reconnecting');
    world.host.setOnline(false);
    expect(world.status).toBe('offline');
    expect(world.connection.getSnapshot().nextAttemptAt).toBeNull();
    world.host.clock.advance(HOUR);
    expect(world.far.dials).toHaveLength(1);
    world.host.setOnline(true);
    expect(world.far.dials).toHaveLength(2);
  });

  test('is away at the beginning: it is tried all the same, and the failure waits for the network', () => {
    const world = createWorld();
    world.host.setOnline(false);
    world.connection.connect();
    expect(world.far.dials).toHaveLength(1);
    world.far.last.drop({ why: 'refused' });
    expect(world.status).toBe('offline');
    world.host.clock.advance(HOUR);
    expect(world.far.dials).toHaveLength(1);
    world.host.setOnline(true);
    world.far.last.accept();
    expect(world.status).toBe('open');
  });

  test('goes while it is open: a rumour, and with a heartbeat a question', () => {
    const world = opened({ heartbeat: { intervalMs: 25_000, timeoutMs: 2_000 } });
    world.host.setOnline(false);
    expect(world.status).toBe('open');
    expect(world.sent).toEqual(['ping']);
    world.far.last.frame('pong');
    world.host.clock.advance(10_000);
    expect(world.status).toBe('open');
    world.host.setOnline(true);
    expect(world.sent).toEqual(['ping', 'ping']);
    world.host.clock.advance(2_000);
    expect(world.ends).toMatchObject([{ why: 'timeout', code: 4408, willRetry: true }]);
    expect(world.far.dials[0]?.closed?.code).toBe(4408);
  });

  test('a floor that the server asked for holds also when the network comes', () => {
    const world = createWorld();
    world.open();
    world.far.last.drop({ code: 1013, retryAfterMs: 5_000 });
    world.host.setOnline(false);
    world.host.setOnline(true);
    world.host.clock.advance(4_999);
    expect(world.far.dials).toHaveLength(1);
    world.host.clock.advance(1);
    expect(world.far.dials).toHaveLength(2);
  });

  test('an attempt on its way is left alone', () => {
    const world = createWorld();
    world.connection.connect();
    world.host.setOnline(false);
    world.host.setOnline(true);
    expect(world.far.dials).toHaveLength(1);
    expect(world.far.last.live).toBe(true);
  });
});

describe('a page that is frozen, or on its way into the back/forward cache', () => {
  test('lets go at once, keeps what waits, and comes back with one dial', () => {
    const world = opened();
    world.host.setFocus('suspended');
    expect(world.log).toEqual(['open', 'close lost, again']);
    expect(world.ends[0]?.reason).toBe('the page was hidden or frozen');
    expect([world.status, world.far.live, world.host.clock.pending]).toEqual(['idle', 0, 0]);
    world.connection.send('waits');
    world.host.clock.advance(HOUR);
    world.host.setFocus('visible');
    expect(world.far.dials).toHaveLength(2);
    expect(world.log.at(-1)).toBe('open again');
    expect(world.sent).toEqual(['waits']);
  });

  test('resumes together with the close of its old wire: one reconnect', () => {
    const world = opened();
    const old = world.far.last;
    world.host.setFocus('suspended');
    world.host.clock.advance(HOUR);
    // the browser tells of the dead wire and of the resume, in either order
    old.sink.ended({ why: 'lost', code: 1006 });
    world.host.setFocus('hidden');
    old.sink.ended({ why: 'lost', code: 1006 });
    world.host.setFocus('visible');
    expect(world.far.dials).toHaveLength(2);
    expect(world.log).toEqual(['open', 'close lost, again', 'open again']);
  });

  test('returns by pageshow, visible and online at once: exactly one dial', () => {
    const world = createWorld();
    world.open();
    world.host.setFocus('suspended');
    world.host.setOnline(false);
    world.host.clock.advance(HOUR);
    world.host.setFocus('visible');
    world.host.setOnline(true);
    world.host.setFocus('hidden');
    world.host.setFocus('visible');
    expect(world.far.dials).toHaveLength(2);
    expect(world.far.live).toBe(1);
  });

  test('opens nothing, whoever asks', () => {
    const world = opened();
    world.host.setFocus('suspended');
    world.connection.connect();
    void world.connection.reconnect();
    world.host.setOnline(false);
    world.host.setOnline(true);
    world.host.clock.advance(HOUR);
    expect(world.far.dials).toHaveLength(1);
    world.host.setFocus('visible');
    expect(world.far.dials).toHaveLength(2);
  });

  test('the counter of failures begins again', () => {
    const world = createWorld({ connectTimeoutMs: HOUR });
    world.connection.connect();
    for (let failure = 0; failure < 5; failure++) {
      world.far.last.drop({ why: 'refused' });
      world.host.clock.advance(60_000);
    }
    expect(world.connection.getSnapshot().attempt).toBe(5);
    world.host.setFocus('suspended');
    world.host.setFocus('visible');
    expect(world.connection.getSnapshot().attempt).toBe(0);
  });
});

describe('pauseWhenHidden', () => {
  test('off: a hidden page keeps its link', () => {
    const world = opened();
    world.host.setFocus('hidden');
    world.host.clock.advance(HOUR);
    expect(world.status).toBe('open');
    expect(world.host.clock.pending).toBe(0);
  });

  test.each([
    [true, 5_000],
    [700, 700],
    [0, 0],
  ])('%s: closed after a grace of %d ms, back when it is shown', (pauseWhenHidden, graceMs) => {
    const world = opened({ pauseWhenHidden });
    world.host.setFocus('hidden');
    world.host.clock.advance(Math.max(0, graceMs - 1));
    if (graceMs > 0) expect(world.status).toBe('open');
    world.host.clock.advance(1);
    expect([world.status, world.far.live, world.host.clock.pending]).toEqual(['idle', 0, 0]);
    world.host.setFocus('visible');
    expect(world.far.dials).toHaveLength(2);
    expect(world.status).toBe('open');
  });

  test('a look elsewhere that is shorter than the grace closes nothing', () => {
    const world = opened({ pauseWhenHidden: 5_000 });
    for (let look = 0; look < 5; look++) {
      world.host.setFocus('hidden');
      world.host.clock.advance(4_000);
      world.host.setFocus('visible');
    }
    world.host.clock.advance(HOUR);
    expect(world.far.dials).toHaveLength(1);
    expect(world.log).toEqual(['open']);
  });

  test('connecting and waiting are paused as well', () => {
    const connecting = createWorld({ pauseWhenHidden: 1_000 });
    connecting.connection.connect();
    connecting.host.setFocus('hidden');
    connecting.host.clock.advance(1_000);
    expect([connecting.status, connecting.far.live]).toEqual(['idle', 0]);

    const waiting = createWorld({ pauseWhenHidden: 1_000, retry: { minDelayMs: 20_000 } });
    waiting.connection.connect();
    waiting.far.last.drop({ why: 'refused' });
    waiting.host.setFocus('hidden');
    waiting.host.clock.advance(HOUR);
    expect([waiting.status, waiting.far.dials.length]).toEqual(['idle', 1]);
  });

  test('started on a hidden page: it connects, and has its grace', () => {
    const world = createWorld({ pauseWhenHidden: 1_000 }, { onDial: accepts });
    world.host.setFocus('hidden');
    world.connection.connect();
    expect(world.status).toBe('open');
    world.host.clock.advance(1_000);
    expect(world.status).toBe('idle');
  });

  test('what comes in the grace is kept, and what waits on the way out as well', () => {
    const world = opened({ pauseWhenHidden: 1_000 });
    world.host.setFocus('hidden');
    world.far.last.frame('late');
    expect(world.log).toContain('event late');
    world.host.clock.advance(1_000);
    world.connection.send('waits');
    world.host.setFocus('visible');
    expect(world.sent).toEqual(['waits']);
  });

  test('frozen and thawed in the background, again and again: nothing is opened', () => {
    const world = opened({ pauseWhenHidden: 1_000 });
    world.host.setFocus('hidden');
    world.host.clock.advance(1_000);
    for (let thaw = 0; thaw < 5; thaw++) {
      world.host.setFocus('suspended');
      world.host.clock.advance(60_000);
      world.host.setFocus('hidden');
      world.host.clock.advance(60_000);
    }
    expect(world.far.dials).toHaveLength(1);
    expect(world.host.clock.pending).toBe(0);
    world.host.setFocus('visible');
    expect(world.far.dials).toHaveLength(2);
  });

  test('frozen within the grace and thawed after it: nothing is opened', () => {
    const world = opened({ pauseWhenHidden: 5_000 });
    world.host.setFocus('hidden');
    world.host.clock.advance(1_000);
    world.host.setFocus('suspended');
    world.host.clock.advance(60_000);
    world.host.setFocus('hidden');
    expect(world.far.dials).toHaveLength(1);
    expect(world.status).toBe('idle');
  });
});

describe('whoever does not want a link does not watch the world', () => {
  test.each<[string, (world: ReturnType<typeof createWorld>) => void]>([
    ['idle', () => {}],
    ['stopped', (world) => world.connection.stop()],
    ['disconnected', (world) => world.connection.disconnect()],
    ['closed by the far end', (world) => world.far.last.drop({ verdict: 'closed' })],
    ['failed', (world) => world.far.last.drop({ code: 1008 })],
  ])('%s', (name, end) => {
    const world = createWorld({ pauseWhenHidden: true });
    if (name !== 'idle') {
      world.open();
      expect(world.host.watchers).toBe(2);
    }
    end(world);
    const dials = world.far.dials.length;
    expect([world.host.watchers, world.host.clock.pending, world.far.live]).toEqual([0, 0, 0]);
    world.host.setOnline(false);
    world.host.setOnline(true);
    for (const focus of ['hidden', 'suspended', 'visible'] as const) world.host.setFocus(focus);
    world.host.clock.advance(HOUR);
    expect(world.far.dials).toHaveLength(dials);
    expect(world.host.clock.pending).toBe(0);
  });

  test('a connection that another one stops from inside the same event hears nothing more', () => {
    const first = createWorld({ pauseWhenHidden: true });
    const second = createWorld({ pauseWhenHidden: true }, { host: first.host });
    first.open();
    second.open();
    first.connection.notices.on((notice) => void (notice.type === 'close' && second.connection.stop()));
    first.host.setFocus('suspended');
    first.host.setFocus('hidden');
    expect(second.status).toBe('idle');
    first.connection.stop();
    expect([first.host.watchers, first.host.clock.pending]).toEqual([0, 0]);
  });
});
