// A fallback whose network goes and comes: what failed without one counts for nothing, and the best is looked for when it is back.

import { describe, expect, test } from 'vitest';
import { createManualHost, seededRandom } from '../../src/testing/manual-host.js';
import {
  createScriptedTransport,
  type ScriptedOptions,
  type ScriptedTransport,
} from '../../src/testing/scripted-transport.js';
import { fallback, type FallbackOptions } from '../../src/transport/fallback.js';
import { dial } from '../support/dial.js';

/** Half of the spread of 0.2 × 30 s. */
const SOON_MS = 3_000;

function ladder(options: FallbackOptions = {}) {
  const manual = createManualHost();
  const host = { ...manual, random: () => 0.5 };
  const rungs = ['websocket', 'sse', 'poll'].map((name) => createScriptedTransport({ name }));
  const [ws, sse, poll] = rungs as [ScriptedTransport, ScriptedTransport, ScriptedTransport];
  const transport = fallback(rungs, options);
  const refuse = (rung: ScriptedTransport): void => rung.last.drop({ why: 'refused', code: 1006 });
  return {
    ...{ manual, transport, ws, sse, poll, refuse },
    start: () => dial(transport, { host }),
    tries: () => rungs.map((rung) => rung.dials.length).join(),
    pass: (ms: number) => manual.clock.advance(ms),
    /** It goes, and is back after so many ms. */
    blink(ms = 1_000) {
      manual.setOnline(false);
      manual.clock.advance(ms);
      manual.setOnline(true);
    },
  };
}

/** On SSE: WebSocket was refused while the network was away, which is back in the middle of the next try. */
function makeshift(options?: FallbackOptions) {
  const world = ladder(options);
  world.manual.setOnline(false);
  const near = world.start();
  world.refuse(world.ws);
  world.manual.setOnline(true);
  world.sse.last.accept();
  return { ...world, near };
}

describe('in the middle of a dial', () => {
  test('it is back: after the try that was on its way the ladder starts at its best again', () => {
    const { start, ws, poll, sse, refuse, blink, tries, manual } = ladder();
    const near = start();
    refuse(ws);
    blink();
    refuse(sse);
    expect(tries()).toBe('2,1,0');
    ws.last.accept();
    expect(near.said).toEqual(['pulse', 'pulse', 'opened']);
    expect(poll.dials).toHaveLength(0);
    expect(manual.clock.pending).toBe(0);
  });

  test('also where the try that was on its way was the last one, or ran out of time', () => {
    const { start, ws, sse, poll, refuse, blink, tries, pass } = ladder();
    const near = start();
    refuse(ws);
    refuse(sse);
    blink();
    pass(4_000);
    expect(poll.last.closed).not.toBeNull();
    expect(tries()).toBe('2,1,1');
    refuse(ws);
    refuse(sse);
    refuse(poll);
    expect(near.end.by).toBe('websocket refused (1006), sse refused (1006), poll');
  });

  test('that opens while it is still away, as if: the rest is as ever', () => {
    const { manual, start, ws, sse, refuse, tries } = ladder();
    manual.setOnline(false);
    start();
    refuse(ws);
    sse.last.accept();
    expect(tries()).toBe('1,1,0');
    manual.clock.advance(1_000_000);
    expect(tries()).toBe('1,1,0');
  });

  test('one that fails inside its own dial is not dialled without end', () => {
    const { manual } = ladder();
    const dead = createScriptedTransport({ onDial: (wire) => wire.drop({ why: 'refused', code: 1006 }) });
    manual.setOnline(false);
    manual.setOnline(true);
    const near = dial(fallback([dead, dead]), { host: manual });
    expect(dead.dials).toHaveLength(2);
    expect(near.end.code).toBe(1006);
  });
});

describe('a lower one that was taken for want of a network', () => {
  test('is left soon after it is back: the best is dialled beside it', () => {
    const { ws, near, pass, tries, transport } = makeshift();
    pass(SOON_MS - 1);
    expect(tries()).toBe('1,1,0');
    pass(1);
    expect(tries()).toBe('2,1,0');
    ws.last.accept();
    expect(near.said).toEqual(['pulse', 'opened', 'moved']);
    expect(transport.skipped).toEqual([]);
  });

  test.each(['before', 'after'] as const)('also by a page that is hidden %s it was taken', (when) => {
    const world = ladder();
    const { manual, start, ws, sse, refuse, pass, tries } = world;
    manual.setOnline(false);
    if (when === 'before') manual.setFocus('hidden');
    start();
    refuse(ws);
    sse.last.accept();
    manual.setFocus('hidden');
    pass(60_000);
    expect(tries()).toBe('1,1,0');
    manual.setOnline(true);
    pass(SOON_MS);
    expect(tries()).toBe('2,1,0');
    ws.last.accept();
    expect(sse.last.closed).not.toBeNull();
  });

  test('once a probe has failed, a hidden page looks no more, and others as late as ever', () => {
    const { manual, ws, refuse, pass, tries } = makeshift();
    manual.setFocus('hidden');
    pass(SOON_MS);
    refuse(ws);
    pass(1_000_000);
    expect(tries()).toBe('2,1,0');
    manual.setFocus('visible');
    pass(0);
    expect(tries()).toBe('3,1,0');
    refuse(ws);
    pass(119_999);
    expect(tries()).toBe('3,1,0');
    pass(1);
    expect(tries()).toBe('4,1,0');
  });

  test('a frozen page does not look; when it is back it does at once', () => {
    const { manual, pass, tries } = makeshift();
    manual.setFocus('suspended');
    pass(60_000);
    expect(tries()).toBe('1,1,0');
    manual.setFocus('hidden');
    pass(0);
    expect(tries()).toBe('2,1,0');
  });

  test('does not win: the next dial begins where it would have, and a server that restarts sends nobody down', () => {
    const { manual, start, ws, sse, refuse, tries, pass } = ladder();
    start();
    ws.last.accept();
    ws.last.drop();
    manual.setOnline(false);
    start();
    refuse(ws);
    sse.last.accept();
    manual.setOnline(true);
    pass(2_500);
    sse.last.drop({ code: 1012 });
    expect(tries()).toBe('2,1,0');
    for (const wanted of ['3,1,0', '4,1,0']) {
      const near = start();
      refuse(ws);
      expect(near.said).toEqual(['refused 1006']);
      expect(tries()).toBe(wanted);
    }
    start();
    refuse(ws);
    expect(tries()).toBe('5,2,0'); // three in a row: it is not relied on any longer
  });

  test('wins when a probe of the one before has failed with a network', () => {
    const { manual, start, ws, sse, refuse, tries, pass } = ladder();
    start();
    ws.last.accept();
    ws.last.drop();
    manual.setOnline(false);
    start();
    refuse(ws);
    sse.last.accept();
    manual.setOnline(true);
    pass(SOON_MS);
    refuse(ws);
    sse.last.drop();
    start();
    expect(tries()).toBe('3,2,0');
  });
});

describe('a lower one that was taken before', () => {
  const onSse = () => {
    const world = ladder();
    const near = world.start();
    world.refuse(world.ws);
    world.sse.last.accept();
    return { ...world, near };
  };

  test('the network may be another one now: the better ones are tried soon, in the middle of a look too', () => {
    const { blink, pass, tries } = onSse();
    pass(29_000);
    blink(999);
    pass(SOON_MS - 1);
    expect(tries()).toBe('1,1,0');
    pass(1);
    expect(tries()).toBe('2,1,0');
    blink(); // which calls it off
    pass(SOON_MS);
    expect(tries()).toBe('3,1,0');
  });

  test('it stays where dials begin', () => {
    const { start, blink, sse, tries } = onSse();
    sse.last.drop();
    blink();
    start();
    expect(tries()).toBe('1,2,0');
  });

  test('whoever looks never does not do it then either', () => {
    const { start, ws, sse, refuse, blink, tries, pass } = ladder({ probeAfterMs: Infinity });
    start();
    refuse(ws);
    sse.last.accept();
    blink();
    pass(1_000_000);
    expect(tries()).toBe('1,1,0');
  });
});

test('a network that went while the best was in use excuses nothing that comes later', () => {
  const { manual, start, ws, sse, refuse, blink, tries, pass } = ladder();
  start();
  ws.last.accept();
  blink();
  pass(60_000);
  ws.last.drop({ code: 1012 });
  for (let miss = 0; miss < 3; miss++) {
    start();
    refuse(ws);
  }
  sse.last.accept();
  manual.setFocus('hidden');
  pass(100_000);
  expect(tries()).toBe('4,1,0');
  sse.last.drop();
  start();
  expect(tries()).toBe('4,2,0');
});

test('links that are cut because the network goes are no reason to leave what has worked', () => {
  const { start, ws, blink, tries } = ladder();
  for (let round = 0; round < 5; round++) {
    start();
    ws.last.accept();
    blink();
    ws.last.drop({ code: 1006 });
  }
  start();
  expect(tries()).toBe('6,0,0');
});

test('1,000 clients do not look at the same moment, and all have looked after 6 s', () => {
  const manual = createManualHost();
  const random = seededRandom(7);
  const clients = Array.from({ length: 1_000 }, () => {
    const looks: number[] = [];
    const onDial: ScriptedOptions['onDial'] = (wire, index) => {
      wire.drop({ why: 'refused', code: 1006 });
      if (index > 0) looks.push(manual.clock.now() - 500_000);
    };
    const carries = createScriptedTransport({ onDial: (wire) => wire.accept() });
    dial(fallback([createScriptedTransport({ onDial }), carries]), { host: { ...manual, random } });
    return looks;
  });
  manual.setOnline(false);
  manual.clock.advance(500_000);
  manual.setOnline(true);
  manual.clock.advance(6_000);
  const first = clients.map(([at]) => at ?? -1);
  for (let second = 0; second < 6; second++)
    expect(first.filter((at) => Math.floor(at / 1_000) === second).length).toBeLessThan(200);
  expect(new Set(first.map(Math.floor)).size).toBeGreaterThan(800);
  expect(first.every((at) => at > 0 && at < 6_000)).toBe(true);
  // what failed in the first 2 s after its return may have come too early, and is looked for once more
  const again = clients.filter((looks) => looks.length > 1);
  for (const [at] of again) expect(at).toBeLessThan(2_000);
  manual.clock.advance(20_000);
  const most = Math.max(...clients.map((looks) => looks.length));
  expect(most).toBeLessThan(8);
  console.info(
    `looks within 6 s: ${clients.length} first ones, ${again.length} more than once; at most ${most} of one within 26 s`,
  );
});
