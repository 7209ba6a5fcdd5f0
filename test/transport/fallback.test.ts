// fallback over scripted rungs, on a manual clock: who is tried, who is remembered, what is said in the end.

import { describe, expect, test } from 'vitest';
import { createManualHost } from '../../src/testing/manual-host.js';
import { createScriptedTransport, type ScriptedTransport } from '../../src/testing/scripted-transport.js';
import { fallback, type FallbackOptions } from '../../src/transport/fallback.js';
import { dial, type Dialled } from '../support/dial.js';

function ladder(names = ['websocket', 'sse', 'poll'], options: FallbackOptions = {}) {
  const host = createManualHost();
  const rungs = names.map((name) => createScriptedTransport({ name }));
  const [ws, sse, poll] = rungs as [ScriptedTransport, ScriptedTransport, ScriptedTransport];
  const transport = fallback(rungs, options);
  return {
    ...{ host, transport, rungs, ws, sse, poll },
    dial: (): Dialled => dial(transport, { host }),
    /** How often each rung was dialled. */
    tries: () => rungs.map((rung) => rung.dials.length).join(),
  };
}

describe('on the way down', () => {
  test('the first one that opens is used, and no other is tried', () => {
    const { dial: start, ws, tries, transport, host } = ladder();
    expect(transport.current).toBeNull();
    const near = start();
    ws.last.accept();
    ws.last.frame('hello');
    expect(near.said).toEqual(['opened', 'frame hello']);
    expect(transport.current).toBe('websocket');
    expect(tries()).toBe('1,0,0');
    expect(host.clock.pending).toBe(0);
  });

  test('a refusal and a rung that does not open in time lead on, each told as a pulse', () => {
    const { dial: start, ws, sse, poll, host, transport } = ladder();
    const near = start();
    ws.last.drop({ why: 'refused', code: 1006 });
    host.clock.advance(3_999);
    expect(poll.dials).toHaveLength(0);
    host.clock.advance(1);
    expect(sse.last.closed).not.toBeNull();
    poll.last.accept();
    expect(near.said).toEqual(['pulse', 'pulse', 'opened']);
    expect(transport.current).toBe('poll');
    expect([ws, sse, poll].map((rung) => rung.live)).toEqual([0, 0, 1]);
  });

  test('a pulse of a rung is no opening: its time runs', () => {
    const { dial: start, ws, sse, host } = ladder(undefined, { tryMs: 100 });
    start();
    host.clock.advance(99);
    ws.last.sink.pulse();
    host.clock.advance(1);
    expect(sse.dials).toHaveLength(1);
  });

  test('rungs that end inside their own dial', () => {
    const host = createManualHost();
    const refuses = (name: string) =>
      createScriptedTransport({ name, onDial: (wire) => wire.drop({ why: 'refused', code: 503 }) });
    const accepts = createScriptedTransport({ name: 'c', onDial: (wire) => wire.accept() });
    const near = dial(fallback([refuses('a'), refuses('b'), accepts]), { host });
    expect(near.said).toEqual(['pulse', 'pulse', 'opened']);
    near.wire.send('hi');
    expect(accepts.last.sent).toEqual(['hi']);
    near.wire.close();
    expect(host.clock.pending).toBe(0);
  });

  test('a late word of an abandoned rung changes nothing', () => {
    const { dial: start, ws, sse, tries } = ladder();
    const near = start();
    ws.last.drop({ why: 'refused' });
    const { sink } = ws.last;
    sink.opened();
    sink.frame('late');
    sink.cursor('9');
    sink.pulse();
    sink.ended({ why: 'lost' });
    expect(near.said).toEqual(['pulse']);
    sse.last.accept();
    sink.ended({ why: 'lost' });
    expect(near.said).toEqual(['pulse', 'opened']);
    expect(tries()).toBe('1,1,0');
  });

  test('what the platform reconnects by itself before it opened is none of the owner’s business', () => {
    const { dial: start, ws } = ladder();
    const near = start();
    ws.last.sink.reopening({ why: 'lost' });
    expect(near.said).toEqual([]);
    ws.last.accept();
    ws.last.sink.reopening({ why: 'lost' });
    expect(near.said).toEqual(['opened', 'reopening']);
  });

  test('no transports at all is said', () => {
    expect(dial(fallback([]), { host: createManualHost() }).end).toMatchObject({ verdict: 'failed', kind: 'config' });
  });
});

describe('when all have failed', () => {
  const failing = (...ends: readonly Parameters<ScriptedTransport['last']['drop']>[0][]) => {
    const { dial: start, rungs } = ladder(ends.map((_, index) => `t${index}`));
    const near = start();
    for (const [index, end] of ends.entries()) rungs[index]?.last.drop({ why: 'refused', ...end });
    return near.end;
  };

  test('a status tells more than the silence of a WebSocket', () => {
    expect(failing({ code: 404 }, { code: 1006 }).code).toBe(404);
    expect(failing({ code: 1006 }, { code: 404 }).code).toBe(404);
  });

  test('what may pass tells more than what is for good', () => {
    expect(failing({ code: 1006 }, { code: 503, retryAfterMs: 7_000 }, { code: 404 })).toMatchObject({
      code: 503,
      retryAfterMs: 7_000,
    });
    expect(failing({ code: 429 }, { code: 410 }).code).toBe(429);
    expect(failing({ reason: 'no answer' }, { verdict: 'failed', kind: 'protocol' }).reason).toBe('no answer');
  });

  test('what one platform cannot do does not stop the others from being tried again', () => {
    expect(failing({ verdict: 'failed', kind: 'unsupported' }, { why: 'timeout' }).why).toBe('timeout');
    expect(failing({ why: 'timeout' }, { verdict: 'failed', kind: 'unsupported' }).why).toBe('timeout');
  });

  test('of two that tell the same, the last', () => {
    expect(failing({ code: 502 }, { code: 503 }).code).toBe(503);
  });

  test('its name is that of the one that counts, and says what became of the others', () => {
    expect(failing({ code: 1006 }, { why: 'timeout' }, { code: 503 }).by).toBe('t0 refused (1006), t1 timeout, t2');
    expect(failing({ code: 503 }, { why: 'protocol', code: 200, verdict: 'failed' }).by).toBe('t1 protocol (200), t0');
    expect(failing({ code: 503 }, { code: 401 })).toMatchObject({ code: 401, by: 't0 refused (503), t1' });
    expect(failing({ reason: 'access_token=secret' }, { code: 503, reason: 'busy' })).toMatchObject({
      by: 't0 refused, t1',
      reason: 'busy',
    });
  });

  test('one of several that are several themselves keeps its names', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) =>
      createScriptedTransport({ name, onDial: (wire) => wire.drop({ why: 'refused', code: 1006 }) }),
    ) as [ScriptedTransport, ScriptedTransport, ScriptedTransport];
    const near = dial(fallback([fallback([a, b]), c]), { host: createManualHost() });
    expect(near.end.by).toBe('a refused (1006), b refused (1006), c');
  });

  test('the owner hears it once, and no timer is left', () => {
    const { dial: start, host, tries } = ladder();
    const near = start();
    host.clock.advance(12_000);
    expect(near.said).toEqual(['pulse', 'pulse', 'timeout']);
    expect(near.end.reason).toBe('not open within 4000 ms');
    expect(tries()).toBe('1,1,1');
    expect(host.clock.pending).toBe(0);
  });
});

describe('no reason to go down', () => {
  test.each([
    ['401', { code: 401 }],
    ['403', { code: 403 }],
    ['4401', { code: 4401 }],
    ['a credentials function that said no', { verdict: 'failed', kind: 'forbidden' }],
    ['an end for good', { code: 204, verdict: 'closed' }],
  ] as const)('%s', (_, end) => {
    const { dial: start, ws, tries } = ladder();
    const near = start();
    ws.last.drop({ why: 'refused', ...end });
    expect(near.end).toMatchObject(end);
    expect(tries()).toBe('1,0,0');
  });

  test('an open wire that is lost', () => {
    const { dial: start, ws, tries } = ladder();
    const near = start();
    ws.last.accept();
    ws.last.drop({ why: 'lost', code: 1001 });
    expect(near.said).toEqual(['opened', 'lost 1001']);
    expect(near.end.by).toBe('websocket');
    expect(tries()).toBe('1,0,0');
  });

  test('a server that restarts: what has worked is left only after three dials in a row', () => {
    const { dial: start, ws, sse, tries } = ladder();
    start();
    ws.last.accept();
    ws.last.drop({ code: 1012 });
    for (const wanted of ['2,0,0', '3,0,0']) {
      const near = start();
      ws.last.drop({ why: 'refused', code: 1006 });
      expect(near.said).toEqual(['refused 1006']);
      expect(tries()).toBe(wanted);
    }
    start();
    ws.last.drop({ why: 'refused', code: 1006 });
    expect(tries()).toBe('4,1,0');
    sse.last.accept();
  });

  test('a dial that opens makes up for the misses before it', () => {
    const { dial: start, ws, tries } = ladder();
    for (let round = 0; round < 3; round++) {
      start();
      ws.last.accept();
      ws.last.drop();
      for (let miss = 0; miss < 2; miss++) {
        start();
        ws.last.drop({ why: 'refused', code: 1006 });
      }
    }
    expect(tries()).toBe('9,0,0');
  });

  test('but a winner that is gone for good is left at once', () => {
    const { dial: start, ws, tries } = ladder();
    start();
    ws.last.accept();
    ws.last.drop();
    start();
    ws.last.drop({ why: 'refused', code: 404 });
    expect(tries()).toBe('2,1,0');
  });
});

describe('the winner', () => {
  test('is where later dials begin, until it is time to try the best again', () => {
    const { dial: start, ws, sse, host, tries } = ladder(undefined, { retryBestAfterMs: 60_000 });
    start();
    ws.last.drop({ why: 'refused', code: 1006 });
    sse.last.accept();
    sse.last.drop();
    host.clock.advance(59_999);
    start().wire.close();
    expect(tries()).toBe('1,2,0');
    host.clock.advance(1);
    start();
    expect(tries()).toBe('2,2,0');
  });

  test('is remembered from its last opening', () => {
    const { dial: start, ws, sse, host, tries } = ladder(undefined, { retryBestAfterMs: 60_000 });
    start();
    ws.last.drop({ why: 'refused', code: 1006 });
    sse.last.accept();
    sse.last.drop();
    host.clock.advance(50_000);
    start();
    sse.last.accept();
    sse.last.drop();
    host.clock.advance(50_000);
    start();
    expect(tries()).toBe('1,3,0');
  });

  test('is none, if it opened and then fell silent without a word: the next one has its turn', () => {
    const { dial: start, ws, sse, host, tries } = ladder();
    start();
    ws.last.drop({ why: 'refused', code: 1006 });
    sse.last.accept();
    sse.last.drop({ why: 'timeout' });
    expect(tries()).toBe('1,1,0');
    const near = start();
    expect(tries()).toBe('1,1,1');
    host.clock.advance(4_000);
    expect(tries()).toBe('2,1,1'); // and then round, as ever
    expect(near.said).toEqual(['pulse']);
  });

  test.each(['frame', 'pulse', 'cursor'] as const)('stays, if silence came after a %s', (word) => {
    const { dial: start, ws, tries } = ladder();
    start();
    ws.last.accept();
    ws.last.sink[word]('7');
    ws.last.drop({ why: 'timeout' });
    start();
    expect(tries()).toBe('2,0,0');
  });

  test('from a middle rung the ladder goes round, so that every one is tried', () => {
    const { dial: start, ws, sse, poll, host } = ladder();
    start();
    ws.last.drop({ why: 'refused', code: 1006 });
    sse.last.accept();
    sse.last.drop();
    const near = start();
    sse.last.drop({ why: 'refused', code: 404 });
    poll.last.drop({ why: 'refused', code: 404 });
    ws.last.accept();
    expect(near.said).toEqual(['pulse', 'pulse', 'opened']);
    expect(host.clock.pending).toBe(0);
  });
});

describe('a place to resume from', () => {
  /** An event stream that told its place, and then fell. */
  const placed = (place = '3') => {
    const world = ladder(undefined, { retryBestAfterMs: 1_000 });
    world.dial();
    world.ws.last.drop({ why: 'refused', code: 1006 });
    world.sse.last.accept();
    world.sse.last.sink.cursor(place);
    world.sse.last.frame('three');
    world.sse.last.drop();
    world.host.clock.advance(1_000);
    const again = (cursor: string) => dial(world.transport, { host: world.host, cursor });
    return { ...world, again };
  };

  test('is forgotten when another transport brings what comes after it: nothing is asked for twice', () => {
    const { again, ws } = placed();
    const near = again('3');
    ws.last.accept();
    expect(near.said).toEqual(['opened']); // nothing was missed or heard yet
    ws.last.frame('four');
    ws.last.frame('five');
    expect(near.said).toEqual(['opened', 'cursor ', 'frame four', 'frame five']);
  });

  test('who lets go while it is forgotten hears nothing more', () => {
    const { again, ws } = placed();
    const near = again('3');
    near.on('cursor', (wire) => wire.close());
    ws.last.accept();
    ws.last.frame('four');
    expect(near.said).toEqual(['opened', 'cursor ']);
  });

  test('stays while the transport that told it goes on, with a place for each message or not', () => {
    const { again, ws, sse } = placed();
    const near = again('3');
    ws.last.drop({ why: 'refused', code: 1006 });
    sse.last.accept();
    sse.last.frame('four');
    expect(near.said).toEqual(['pulse', 'opened', 'frame four']);
  });

  test('is another’s from when that tells one of its own', () => {
    const { again, ws, sse, poll } = placed();
    const near = again('3');
    ws.last.drop({ why: 'refused', code: 1006 });
    sse.last.drop({ why: 'refused', code: 404 });
    poll.last.accept();
    poll.last.sink.cursor('4');
    poll.last.frame('four');
    poll.last.drop();
    expect(near.said).toEqual(['pulse', 'pulse', 'opened', 'cursor 4', 'frame four', 'lost']);
    const later = again('4');
    poll.last.accept();
    poll.last.frame('five');
    expect(later.said).toEqual(['opened', 'frame five']);
  });

  test('that nobody here told is left alone', () => {
    const { transport, ws, host } = ladder();
    const near = dial(transport, { host, cursor: '3' });
    ws.last.accept();
    ws.last.frame('four');
    expect(near.said).toEqual(['opened', 'frame four']);
  });
});

describe('letting go', () => {
  test('of a rung on trial: it is closed, no other is tried, no timer is left', () => {
    const { dial: start, ws, host, tries } = ladder();
    const near = start();
    near.wire.close(4000, 'bye');
    expect(ws.last.closed).toEqual({ code: 4000, reason: 'bye' });
    expect(host.clock.pending).toBe(0);
    ws.last.sink.ended({ why: 'refused' });
    host.clock.advance(60_000);
    expect(tries()).toBe('1,0,0');
    expect(near.said).toEqual([]);
  });

  test('between two rungs: the next one is not dialled', () => {
    const { dial: start, ws, host, tries } = ladder();
    const near = start();
    near.on('pulse', (wire) => wire.close());
    ws.last.drop({ why: 'refused', code: 503 });
    expect(tries()).toBe('1,0,0');
    expect(near.said).toEqual(['pulse']);
    expect(host.clock.pending).toBe(0);
  });
});

describe('what it can do', () => {
  test('is what the transport in use can do', () => {
    const sends = createScriptedTransport({ name: 'sends', renewable: true });
    const reads = createScriptedTransport({ name: 'reads', readOnly: 'reads only receives.' });
    const transport = fallback([sends, reads]);
    expect(transport.renewable).toBe(true);
    expect(transport.readOnly).toBeUndefined();
    dial(transport, { host: createManualHost() });
    sends.last.drop({ why: 'refused', code: 1006 });
    reads.last.accept();
    expect(transport.readOnly).toBe('reads only receives.');
  });

  test('the dial and the way out go through unchanged', () => {
    const { transport, ws, host } = ladder();
    const near = dial(transport, { host, cursor: '7', credentials: 'expired', maxMessageBytes: 99 });
    expect(ws.last.dial).toMatchObject({ cursor: '7', credentials: 'expired', maxMessageBytes: 99 });
    expect(near.wire.send('early')).toBe(true); // the rung decides
    ws.last.accept();
    ws.last.block(true);
    expect(near.wire.send('no')).toBe(false);
    ws.last.block(false);
    expect(near.said).toEqual(['opened', 'writable']);
  });
});
