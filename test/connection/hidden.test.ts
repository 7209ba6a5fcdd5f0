// @vitest-environment node
// A page that is hidden for minutes, whose timers run once in a minute: it keeps what lives, notices what is dead, and asks at once when it is shown.

import { describe, expect, test } from 'vitest';
import { overSeeds } from '../support/seed.js';
import { createThrottledHost, TICK_MS } from '../support/throttled-host.js';
import { createWorld } from './world.js';

const INTERVAL_MS = 25_000;
const TIMEOUT_MS = 10_000;
const MINUTES_MS = 30 * 60_000;
const heartbeat = { intervalMs: INTERVAL_MS, timeoutMs: TIMEOUT_MS };

/** A link, open and hidden, with a far end that answers as long as it lives. */
function hiddenWorld() {
  const { host, ...time } = createThrottledHost();
  const world = createWorld({ heartbeat, retry: { minDelayMs: 0, initialDelayMs: 0 } }, { host });
  world.open();
  const wire = world.far.last;
  const pings: number[] = [];
  const pongs: number[] = [];
  let lives = true;
  time.hide();
  /** Time passes in steps; a ping has its answer a step later. */
  const pass = (ms: number, eachMs = 500, each = (): void => {}): void => {
    for (const until = time.now() + ms; time.now() < until;) {
      const open = pings.length > pongs.length;
      time.advance(eachMs);
      if (open && lives) {
        pongs.push(time.now());
        wire.frame('pong');
      }
      note();
      each();
    }
  };
  const note = (): void => {
    while (pings.length < wire.sent.filter((said) => said === 'ping').length) pings.push(time.now());
  };
  return {
    ...{ ...time, world, wire, pings, pongs, pass, note },
    die: () => void (lives = false),
  };
}

describe('hidden', () => {
  test('a quiet link is asked once in a minute, each time once, and lives', () => {
    const { world, pings, pongs, pass } = hiddenWorld();
    pass(MINUTES_MS);
    expect(world.log).toEqual(['open']);
    expect(pings).toEqual(Array.from({ length: 30 }, (_, minute) => (minute + 1) * TICK_MS));
    // the last is asked with the last step
    expect(pongs).toEqual(pings.slice(0, -1).map((at) => at + 500));
  });

  test('one that is heard is judged by when it was heard, and not by when we look: it is not asked', () => {
    const { world, wire, pings, pass } = hiddenWorld();
    let count = 0;
    pass(MINUTES_MS, 500, () => void (++count % 40 === 0 && wire.frame('news')));
    expect(new Set(world.log)).toEqual(new Set(['open', 'event news']));
    expect(pings).toEqual([]);
  });

  test('an answer that comes after its time and before the look is an answer', () => {
    const { world, wire, pings, pass, die } = hiddenWorld();
    die(); // nobody answers by itself
    pass(TICK_MS + 40_000);
    wire.frame('pong');
    pass(10 * TICK_MS, 500, () => wire.frame('news'));
    expect([world.status, world.ends, pings]).toEqual(['open', [], [TICK_MS]]);
  });

  test('a dead one is asked at the first look after the interval, and is gone at the first look after the timeout', () => {
    overSeeds(200, ({ below }) => {
      const { world, wire, pings, now, pass, die } = hiddenWorld();
      pass(below(240) * 1_000 + 500);
      if (below(2)) wire.frame('news');
      const heardAt = now();
      die();
      let endedAt = Infinity;
      pass(4 * TICK_MS, 500, () => {
        if (endedAt === Infinity && world.ends.length > 0) endedAt = now();
      });
      const askedAt = pings.at(-1) ?? 0;
      expect(world.ends).toMatchObject([{ why: 'timeout', code: 4408 }]);
      expect(askedAt - heardAt).toBeLessThanOrEqual(INTERVAL_MS + TICK_MS);
      expect(endedAt - askedAt).toBeLessThanOrEqual(TICK_MS);
      expect(world.far.dials.length).toBeGreaterThan(1);
    });
  });

  test('asleep on top of it, with the answer in the queue: it lives', () => {
    const { world, wire, pings, pass, sleep, advance, die } = hiddenWorld();
    pass(TICK_MS - 500);
    die();
    advance(500);
    expect(wire.sent).toEqual(['ping']);
    sleep(8 * 3_600_000);
    advance(TICK_MS); // the look, late by hours
    expect(world.ends).toEqual([]);
    wire.frame('pong');
    pass(5_000);
    expect([world.status, pings.length]).toEqual(['open', 1]);
  });
});

describe('shown again', () => {
  test('asks at once, once, however many events tell of it, and lives on', () => {
    const { world, pings, pass, show, hide, now, note } = hiddenWorld();
    pass(7 * TICK_MS + 30_000);
    const before = pings.length;
    show();
    note();
    expect(pings.slice(before)).toEqual([now()]);
    hide();
    show();
    world.host.setOnline(false);
    world.host.setOnline(true);
    note();
    expect(pings).toHaveLength(before + 1);
    pass(TICK_MS);
    expect(world.log).toEqual(['open']);
  });

  test('with a question of a moment ago it waits for that one', () => {
    const { wire, pass, show, advance, die, world } = hiddenWorld();
    pass(TICK_MS - 500);
    die();
    advance(2_500);
    show();
    expect(wire.sent).toEqual(['ping']);
    advance(TIMEOUT_MS - 2_000);
    expect(world.ends).toMatchObject([{ why: 'timeout' }]);
  });

  test('a link that died meanwhile is gone within the timeout', () => {
    overSeeds(200, ({ below }) => {
      const { world, pass, show, advance, die } = hiddenWorld();
      pass(below(240) * 1_000 + 500);
      die();
      pass(below(50) * 1_000 + 500);
      show();
      advance(TIMEOUT_MS);
      expect(world.ends).toMatchObject([{ why: 'timeout', code: 4408 }]);
      advance(0);
      expect(world.far.dials.length).toBe(2);
    });
  });
});
