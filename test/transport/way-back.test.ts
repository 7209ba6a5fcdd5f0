// From a lower rung up again: who is dialled beside the wire in use and when, what is said at the handover, what is not.

import { describe, expect, test } from 'vitest';
import { createManualHost } from '../../src/testing/manual-host.js';
import { createScriptedTransport, type ScriptedTransport } from '../../src/testing/scripted-transport.js';
import { fallback, type FallbackOptions } from '../../src/transport/fallback.js';
import type { Dial } from '../../src/transport/transport.js';
import { dial } from '../support/dial.js';

const NAMES = ['websocket', 'sse', 'poll'];

function ladder(options: FallbackOptions = {}, { names = NAMES, random = (): number => 0.5 } = {}) {
  const manual = createManualHost();
  const host = { ...manual, random };
  const rungs = names.map((name) => createScriptedTransport({ name }));
  const [ws, sse, poll] = rungs as [ScriptedTransport, ScriptedTransport, ScriptedTransport];
  const transport = fallback(rungs, options);
  return {
    ...{ manual, host, transport, rungs, ws, sse, poll },
    start: (parts: Partial<Dial> = {}) => dial(transport, { host, ...parts }),
    tries: () => rungs.map((rung) => rung.dials.length).join(),
    live: () => rungs.map((rung) => rung.live).join(),
    pass: (ms: number) => manual.clock.advance(ms),
  };
}

/** WebSocket is refused, SSE carries. */
function onSse(options: FallbackOptions = {}, parts: Partial<Dial> = {}, random?: () => number) {
  const world = ladder(options, random ? { random } : {});
  const near = world.start(parts);
  world.ws.last.drop({ why: 'refused', code: 1006 });
  world.sse.last.accept();
  return { ...world, near };
}

describe('when', () => {
  test('after probeAfterMs, and twice as long after each failure, up to 300 s; nobody hears of it', () => {
    const { ws, pass, near } = onSse();
    const at: number[] = [];
    let ms = 0;
    while (ms < 1_000_000) {
      const before = ws.dials.length;
      pass(500);
      ms += 500;
      if (ws.dials.length === before) continue;
      at.push(ms);
      ws.last.drop({ why: 'refused', code: 1006 });
    }
    expect(at).toEqual([30_000, 90_000, 210_000, 450_000, 750_000]);
    expect(near.said).toEqual(['pulse', 'opened']);
  });

  test.each([
    [0, 24_000],
    [0.999_999, 36_000],
  ])('jitter: with chance %d after %d ms', (chance, ms) => {
    const { tries, pass } = onSse({}, {}, () => chance);
    pass(ms - 1);
    expect(tries()).toBe('1,1,0');
    pass(1);
    expect(tries()).toBe('2,1,0');
  });

  test('a probe has the time of a try, and there is one at a time', () => {
    const { ws, tries, pass, live } = onSse({ tryMs: 2_000 });
    pass(30_000);
    pass(1_999);
    expect(tries()).toBe('2,1,0');
    expect(live()).toBe('1,1,0');
    pass(1);
    expect(ws.last.closed).toMatchObject({ code: 4408 });
    expect(live()).toBe('0,1,0');
  });

  test('best first, each below only when those above it failed', () => {
    const { start, ws, sse, poll, tries, pass, transport } = ladder();
    const near = start();
    ws.last.drop({ why: 'refused' });
    sse.last.drop({ why: 'refused' });
    poll.last.accept();
    pass(30_000);
    expect(tries()).toBe('2,1,1');
    ws.last.drop({ why: 'refused', code: 1006 });
    expect(tries()).toBe('2,2,1');
    sse.last.accept();
    expect(near.said).toEqual(['pulse', 'pulse', 'opened', 'moved']);
    expect(transport.current).toBe('sse');
    pass(59_999); // and on, to the best
    expect(tries()).toBe('2,2,1');
    pass(1);
    ws.last.accept();
    expect(near.said.slice(-1)).toEqual(['moved']);
    expect(transport.current).toBe('websocket');
  });

  test('no wait at all grows too: what fails at once is not dialled without end', () => {
    const { ws, pass } = onSse({ probeAfterMs: 0 });
    for (let ms = 0; ms < 1_000; ms++) {
      pass(1);
      ws.last.drop({ why: 'refused', code: 1006 });
    }
    expect(ws.dials.length).toBeLessThan(15);
  });

  test('never on the best, nor where it is not wanted', () => {
    const best = ladder();
    best.start();
    best.ws.last.accept();
    expect(best.manual.clock.pending).toBe(0);
    const never = onSse({ probeAfterMs: Infinity });
    expect(never.manual.clock.pending).toBe(0);
    expect(never.tries()).toBe('1,1,0');
  });

  test('never what this platform cannot do', () => {
    const { start, ws, sse, manual } = ladder();
    start();
    ws.last.drop({ why: 'refused', kind: 'unsupported', verdict: 'failed' });
    sse.last.accept();
    expect(manual.clock.pending).toBe(0);
  });

  test('never beside a wire that sent what must not be sent again', () => {
    const spent = createScriptedTransport({ name: 'spent' });
    const better = createScriptedTransport({ name: 'better' });
    const host = createManualHost();
    const once = {
      name: 'spent',
      renewable: false,
      dial: (...given: Parameters<typeof spent.dial>) => ({ ...spent.dial(...given), spent: true }),
    };
    dial(fallback([better, once]), { host });
    better.last.drop({ why: 'refused', code: 1006 });
    spent.last.accept();
    host.clock.advance(1_000_000);
    expect(better.dials).toHaveLength(1);
    expect(host.clock.pending).toBe(0);
  });

  test('a link that is cut again and again is probed as if it were one', () => {
    const { start, sse, ws, pass, tries } = onSse();
    for (let round = 0; round < 2; round++) {
      pass(13_000);
      sse.last.drop({ code: 1012 });
      start();
      sse.last.accept();
    }
    expect(tries()).toBe('1,3,0');
    pass(4_000);
    expect(tries()).toBe('2,3,0');
    ws.last.accept();
  });

  test.each(['hidden', 'suspended'] as const)('not while %s; at once when that is over', (away) => {
    const { manual, tries, pass, near } = onSse();
    manual.setFocus(away);
    pass(200_000);
    expect(tries()).toBe('1,1,0');
    manual.setFocus('visible');
    pass(0);
    expect(tries()).toBe('2,1,0');
    // in the middle of one: it is called off, and the next one is not at once
    manual.setFocus(away);
    expect(near.said).toEqual(['pulse', 'opened']);
    manual.setFocus('visible');
    pass(29_999);
    expect(tries()).toBe('2,1,0');
    pass(1);
    expect(tries()).toBe('3,1,0');
  });

  test('not after credentials were refused, until there is another link', () => {
    const { ws, sse, pass, tries, start, near, manual } = onSse();
    pass(30_000);
    ws.last.drop({ why: 'refused', code: 4401 });
    pass(1_000_000);
    expect(tries()).toBe('2,1,0');
    expect(near.said).toEqual(['pulse', 'opened']);
    expect(manual.clock.pending).toBe(0);
    sse.last.drop({ code: 4401 });
    start();
    // the winner is forgotten by now
    ws.last.accept();
    expect(tries()).toBe('3,1,0');
  });

  test('nothing is left after the wire is closed, nor after it ended', () => {
    for (const over of ['close', 'end'] as const)
      for (const probing of [false, true]) {
        const { near, sse, ws, manual, pass, live } = onSse();
        if (probing) pass(30_000);
        if (over === 'close') near.wire.close(1000, 'bye');
        else sse.last.drop();
        if (probing && over === 'end') ws.last.drop({ why: 'refused' });
        if (probing && over === 'close') expect(ws.last.closed).toEqual({ code: 1000, reason: 'bye' });
        expect(live()).toBe('0,0,0');
        expect(manual.clock.pending).toBe(0);
        expect(manual.watchers).toBe(0);
      }
  });
});

describe('the handover', () => {
  test('says so first, then closes the old wire, then speaks with the new one', () => {
    const { ws, sse, pass, near, transport } = onSse();
    pass(30_000);
    sse.last.frame('old');
    near.on('moved', () => {
      expect(sse.last.closed).toBeNull();
      near.wire.send('on the new one');
    });
    ws.last.accept();
    expect(sse.last.closed).not.toBeNull();
    sse.last.sink.frame('late');
    sse.last.sink.ended({ why: 'lost' });
    ws.last.frame('new');
    expect(near.said).toEqual(['pulse', 'opened', 'frame old', 'moved', 'frame new']);
    expect(ws.last.sent).toEqual(['on the new one']);
    expect(transport.current).toBe('websocket');
    ws.last.drop({ code: 1012 });
    expect(near.end).toMatchObject({ why: 'lost', code: 1012 });
  });

  test('what a probe says before it takes over is heard by nobody', () => {
    const { ws, pass, near } = onSse();
    pass(30_000);
    for (const say of ['pulse', 'writable', 'moved'] as const) ws.last.sink[say]();
    ws.last.sink.frame('early');
    ws.last.sink.cursor('9');
    ws.last.sink.reopening({ why: 'lost' });
    expect(near.said).toEqual(['pulse', 'opened']);
  });

  test('the owner may let go inside it: both wires are closed', () => {
    const { ws, pass, near, live, manual } = onSse();
    near.on('moved', (wire) => wire.close());
    pass(30_000);
    ws.last.accept();
    ws.last.frame('late');
    expect(live()).toBe('0,0,0');
    expect(near.said).toEqual(['pulse', 'opened', 'moved']);
    expect(manual.clock.pending).toBe(0);
  });

  test('a wire that opens inside its own dial can send after it, and is told so', () => {
    let allow = false;
    const best = createScriptedTransport({
      name: 'best',
      onDial: (wire) => (allow ? wire.accept() : wire.drop({ why: 'refused', code: 1006 })),
    });
    const host = createManualHost();
    const sse = createScriptedTransport({ name: 'sse', onDial: (wire) => wire.accept() });
    const near = dial(fallback([best, sse]), { host });
    allow = true;
    host.clock.advance(36_000);
    expect(near.said).toEqual(['pulse', 'opened', 'moved', 'writable']);
    expect(near.wire.send('now')).toBe(true);
    expect(best.last.sent).toEqual(['now']);
    expect(sse.live).toBe(0);
  });

  test('nor is anything kept of a wire that opens inside its own dial and is let go of there', () => {
    let allow = false;
    const best = createScriptedTransport({
      name: 'best',
      onDial: (wire) => (allow ? wire.accept() : wire.drop({ why: 'refused', code: 1006 })),
    });
    const host = createManualHost();
    const sse = createScriptedTransport({ name: 'sse', onDial: (wire) => wire.accept() });
    const near = dial(fallback([best, sse]), { host });
    near.on('moved', (wire) => wire.close());
    allow = true;
    host.clock.advance(36_000);
    expect(near.said).toEqual(['pulse', 'opened', 'moved']);
    expect([best.live, sse.live, host.clock.pending]).toEqual([0, 0, 0]);
  });

  test('it asks for credentials again', () => {
    const { ws, pass } = onSse({}, { credentials: 'connect' });
    pass(30_000);
    expect(ws.last.dial.credentials).toBe('refresh');
  });
});

describe('the old wire ends while a probe is under way', () => {
  const held = (code: number | undefined) => {
    const world = onSse();
    world.pass(30_000);
    world.sse.last.drop({ code, reason: 'theirs' });
    expect(world.near.said).toEqual(['pulse', 'opened']);
    expect(world.near.wire.send('nowhere')).toBe(false);
    return world;
  };

  test('the probe takes over, and nobody hears of the end', () => {
    const { ws, near } = held(4409);
    ws.last.accept();
    ws.last.frame('hi');
    expect(near.said).toEqual(['pulse', 'opened', 'moved', 'frame hi']);
  });

  test('the probe fails: it is told then, as it was', () => {
    const { ws, near, manual } = held(1012);
    ws.last.drop({ why: 'refused', code: 1006 });
    expect(near.end).toMatchObject({ why: 'lost', code: 1012, reason: 'theirs' });
    expect(manual.clock.pending).toBe(0);
  });

  test('but a place that it lost to our own probe is no end for good', () => {
    const { pass, near, ws } = held(4409);
    pass(4_000);
    expect(ws.last.closed).toMatchObject({ code: 4408 });
    expect(near.end).toEqual({ why: 'lost', reason: 'theirs', by: 'sse', retryAfterMs: 0 });
  });

  test('also where that is told after the probe has failed', () => {
    const { ws, sse, near, pass } = onSse();
    pass(30_000);
    ws.last.drop({ why: 'refused', code: 1006 });
    sse.last.drop({ code: 4409 });
    expect(near.end.code).toBeUndefined();
  });

  test('without a probe, somebody else took it', () => {
    const { sse, near } = onSse();
    sse.last.drop({ code: 4409 });
    expect(near.end.code).toBe(4409);
  });

  test('the page goes away: it is told at once', () => {
    const { manual, near } = held(1012);
    manual.setFocus('hidden');
    expect(near.end.code).toBe(1012);
  });
});

describe('with a place to go on from', () => {
  const placed = () => {
    const world = onSse();
    world.sse.last.sink.cursor('1');
    world.sse.last.frame('one');
    return world;
  };

  test('the probe begins at the newest', () => {
    const { ws, pass, near } = placed();
    pass(30_000);
    expect(ws.last.dial.cursor).toBe('1');
    ws.last.accept();
    ws.last.sink.cursor('2');
    ws.last.frame('two');
    expect(near.said.slice(2)).toEqual(['cursor 1', 'frame one', 'moved', 'cursor 2', 'frame two']);
  });

  test('something came meanwhile: it is dialled again, from there', () => {
    const { ws, sse, pass, near, live } = placed();
    pass(30_000);
    sse.last.sink.cursor('2');
    sse.last.frame('two');
    const stale = ws.last;
    stale.accept();
    expect(stale.closed).not.toBeNull();
    expect(near.said).not.toContain('moved');
    expect(ws.last.dial.cursor).toBe('2');
    expect(live()).toBe('1,1,0');
    ws.last.accept();
    expect(near.said.slice(-1)).toEqual(['moved']);
  });

  const restless = () => {
    const world = placed();
    world.pass(30_000);
    for (let n = 2; n < 6; n++) {
      expect(world.sse.last.closed).toBeNull();
      world.sse.last.sink.cursor(String(n));
      world.sse.last.frame(String(n));
      world.ws.last.accept();
    }
    return world;
  };

  test('after three times the old wire is closed first, and nothing comes twice', () => {
    const { ws, sse, near, tries, live } = restless();
    expect(tries()).toBe('6,1,0'); // one at first, one probe, three more, and the last
    expect(sse.last.closed).not.toBeNull();
    expect(live()).toBe('1,0,0');
    sse.last.sink.frame('6');
    expect(near.wire.send('nowhere')).toBe(false);
    expect(ws.last.dial.cursor).toBe('5');
    ws.last.accept();
    ws.last.sink.cursor('6');
    ws.last.frame('6');
    expect(near.frames).toEqual(['one', '2', '3', '4', '5', '6']);
    expect(near.said.filter((what) => what === 'moved')).toHaveLength(1);
  });

  test('and where that then fails, the link is lost like any other', () => {
    const { ws, near, manual } = restless();
    ws.last.drop({ why: 'refused', code: 1006 });
    expect(near.end).toMatchObject({ why: 'lost' });
    expect(near.end.verdict).toBeUndefined();
    expect(manual.clock.pending).toBe(0);
  });

  test('that the better one does not tell is forgotten when it brings something', () => {
    const { ws, pass, near } = placed();
    pass(30_000);
    ws.last.accept();
    ws.last.frame('two');
    expect(near.said.slice(2)).toEqual(['cursor 1', 'frame one', 'moved', 'cursor ', 'frame two']);
  });

  test('without one, what comes meanwhile is no reason to wait', () => {
    const { ws, sse, pass, near } = onSse();
    pass(30_000);
    sse.last.frame('one');
    ws.last.accept();
    expect(near.said.slice(2)).toEqual(['frame one', 'moved']);
  });
});

describe('how long a try may take', () => {
  test.each([
    [20, 1_000],
    [200, 1_600],
    [900, 4_000],
  ])(
    'a first one took %d ms: where upgrades are swallowed by now, the next rung is dialled after %d',
    (tookMs, budgetMs) => {
      const { start, ws, sse, pass, tries } = ladder();
      const near = start();
      pass(tookMs);
      ws.last.accept();
      near.wire.close();
      const again = start();
      pass(budgetMs - 1);
      expect(tries()).toBe('2,0,0');
      pass(1);
      expect(tries()).toBe('2,1,0');
      pass(tookMs);
      sse.last.accept();
      expect(again.said).toEqual(['pulse', 'opened']);
    },
  );

  test('what ran out of time may be a network that has become slow: the next ones have 4,000', () => {
    const { start, ws, pass, tries } = ladder();
    const near = start();
    ws.last.accept();
    near.wire.close();
    start();
    pass(1_000);
    expect(tries()).toBe('2,1,0');
    pass(3_999);
    expect(tries()).toBe('2,1,0');
    pass(1);
    expect(tries()).toBe('2,1,1');
  });

  test('the last one of a dial has nothing to hurry to', () => {
    const { start, ws, pass, tries } = ladder({ retryBestAfterMs: 0 }, { names: ['websocket'] });
    const near = start();
    ws.last.accept();
    near.wire.close();
    const again = start();
    pass(3_999);
    expect(again.said).toEqual([]);
    pass(1);
    expect(again.said).toEqual(['timeout']);
    expect(tries()).toBe('2');
  });

  test('a number that was given holds', () => {
    const { start, ws, pass } = ladder({ tryMs: 300, retryBestAfterMs: 0 });
    const near = start();
    pass(200);
    ws.last.accept();
    near.wire.close();
    const again = start();
    pass(300);
    expect(again.said).toEqual(['pulse']);
  });
});

describe('what accepts and then cuts', () => {
  /** Links that open and are cut at once, and on which rung each was. */
  const cutting = (rounds: number, options: FallbackOptions = {}) => {
    const world = ladder(options);
    const used: string[] = [];
    for (let round = 0; round < rounds; round++) {
      world.start();
      const rung = world.rungs.find(({ live }) => live > 0) as ScriptedTransport;
      rung.last.accept();
      used.push(rung.name);
      world.pass(1_000);
      rung.last.drop({ code: 1006 });
    }
    return { ...world, used };
  };

  test('after three in a row the next dial begins one lower', () => {
    const { start, sse, tries, transport } = cutting(3);
    expect(tries()).toBe('3,0,0');
    const near = start();
    sse.last.accept();
    expect(tries()).toBe('3,1,0');
    expect(near.said).toEqual(['opened']);
    expect(transport.skipped).toEqual([{ transport: 'websocket', why: 'cut within 10000 ms of opening' }]);
  });

  test('and it is probed later', () => {
    const { start, sse, ws, pass } = cutting(3);
    start();
    sse.last.accept();
    pass(59_999);
    expect(ws.dials).toHaveLength(3);
    pass(1);
    expect(ws.dials).toHaveLength(4);
  });

  test('one that took over again and is cut again is left at once, and probed later still', () => {
    const { start, sse, ws, pass, tries } = cutting(3);
    start();
    sse.last.accept();
    pass(60_000);
    ws.last.accept(); // the probe
    pass(1_000);
    ws.last.drop({ code: 1006 });
    start();
    expect(tries()).toBe('4,2,0');
    sse.last.accept();
    pass(119_999);
    expect(ws.dials).toHaveLength(4);
    pass(1);
    expect(ws.dials).toHaveLength(5);
    ws.last.accept();
    pass(10_000); // this time it lasts
    ws.last.drop({ code: 1006 });
    start();
    expect(ws.dials).toHaveLength(6);
  });

  test('a server that cuts everybody sends nobody down for ever: each rung is tried, then the best again', () => {
    const { used } = cutting(13);
    const round = ['websocket', 'websocket', 'websocket', 'sse', 'poll'];
    expect(used).toEqual([...round, ...round, 'websocket', 'websocket', 'websocket']);
  });

  test.each([1000, 1012, 1013, 4429, 401])('an end in the server’s own words (%d) is none', (code) => {
    const { start, ws, tries } = ladder();
    for (let round = 0; round < 5; round++) {
      start();
      ws.last.accept();
      ws.last.drop({ code });
    }
    expect(tries()).toBe('5,0,0');
  });

  test('nor is one that lasted, nor one that was closed by us, nor a server that refuses in between', () => {
    const { start, ws, tries, pass } = ladder({ stableMs: 500 });
    const cut = (ms = 0): void => {
      start();
      ws.last.accept();
      pass(ms);
      ws.last.drop({ code: 1006 });
    };
    cut();
    cut();
    cut(500);
    cut();
    cut();
    start();
    ws.last.drop({ why: 'refused', code: 1006 });
    cut();
    const near = start();
    ws.last.accept();
    near.wire.close();
    cut();
    start();
    expect(tries()).toBe('10,0,0');
  });
});

describe('why the better ones are not in use', () => {
  test('is a kind and a code: words of others may hold secrets', () => {
    const { start, ws, sse, poll, transport } = ladder();
    expect(transport.skipped).toEqual([]);
    start();
    ws.last.drop({ why: 'refused', code: 1006, reason: 'wss://example.com/?access_token=secret' });
    sse.last.drop({ why: 'protocol', code: 200, verdict: 'failed', reason: 'secret' });
    poll.last.accept();
    expect(transport.skipped).toEqual([
      { transport: 'websocket', why: 'refused (1006)' },
      { transport: 'sse', why: 'protocol (200)' },
    ]);
  });

  test('is the same array while nothing changed, and nothing at the top', () => {
    const { ws, transport, pass } = onSse({ tryMs: 1_000 });
    const { skipped } = transport;
    expect(skipped).toEqual([{ transport: 'websocket', why: 'refused (1006)' }]);
    pass(30_000);
    ws.last.drop({ why: 'refused', code: 1006 });
    expect(transport.skipped).toBe(skipped);
    pass(60_000);
    pass(1_000);
    expect(transport.skipped).toEqual([{ transport: 'websocket', why: 'timeout' }]);
    pass(120_000);
    ws.last.accept();
    expect(transport.skipped).toEqual([]);
    expect(transport.skipped).toBe(transport.skipped);
  });
});

describe('an end in the words of a protocol', () => {
  const theirs = { why: 'lost', code: 4409, reason: 'theirs' } as const;

  test('ends the wire, which is let go of', () => {
    const { near, sse, manual } = onSse();
    near.wire.ends?.(theirs);
    expect(near.end).toEqual({ ...theirs, by: 'sse' });
    expect(sse.last.closed).not.toBeNull();
    expect(manual.clock.pending).toBe(0);
  });

  test('during a probe: what comes of that decides, as with any other end', () => {
    const { near, sse, ws, pass } = onSse();
    pass(30_000);
    near.wire.ends?.(theirs);
    expect(sse.last.closed).not.toBeNull();
    expect(near.said).toEqual(['pulse', 'opened']);
    ws.last.accept();
    expect(near.said).toEqual(['pulse', 'opened', 'moved']);
  });
});

describe('a platform that connects again by itself', () => {
  test('on the wire that took over: it stays, and nothing moves', () => {
    const { start, ws, sse, poll, pass, live } = ladder();
    const near = start();
    ws.last.drop({ why: 'refused' });
    sse.last.drop({ why: 'refused' });
    poll.last.accept();
    pass(30_000);
    ws.last.drop({ why: 'refused' });
    sse.last.accept();
    sse.last.sink.cursor('1');
    sse.last.sink.reopening({ why: 'lost' });
    sse.last.accept();
    sse.last.frame('on');
    expect(live()).toBe('0,1,0');
    expect(near.said.slice(3)).toEqual(['moved', 'cursor 1', 'reopening', 'opened', 'frame on']);
  });

  test('in the middle of a probe: that stays the only one, and is let go of with the rest', () => {
    const { near, ws, sse, pass, live, manual } = onSse({}, {}, () => 0);
    pass(24_000);
    sse.last.sink.reopening({ why: 'lost' });
    sse.last.accept();
    pass(100);
    expect(live()).toBe('1,1,0');
    near.wire.close();
    expect(live()).toBe('0,0,0');
    expect(manual.clock.pending).toBe(0);
    expect(ws.dials).toHaveLength(2);
  });
});
