// @vitest-environment node
// The way out: honest verdicts, one receipt each, order, and nothing that waits for ever.

import { describe, expect, test, vi } from 'vitest';
import type { Delivery, Receipt } from '../../src/connection/delivery.js';
import { createConnection } from '../../src/connection/connection.js';
import { accepts } from '../../src/testing/behaviours.js';
import { createManualHost } from '../../src/testing/manual-host.js';
import { createScriptedTransport } from '../../src/testing/scripted-transport.js';
import { fallback } from '../../src/transport/fallback.js';
import type { Sink, Wire } from '../../src/transport/transport.js';
import { createWorld } from './world.js';

const receipt = async ({ done }: Delivery): Promise<string> => {
  const pending = new Promise<Receipt>((resolve) => void setImmediate(resolve, { status: 'pending' as never }));
  const { status, error } = await Promise.race([done, pending]);
  return error ? `${status}: ${error.kind}` : status;
};

describe('while it is open', () => {
  test('straight to the wire, in order', async () => {
    const world = createWorld();
    world.open();
    const first = world.connection.send('a');
    world.connection.send('b');
    expect(first.verdict).toBe('sent');
    expect(await receipt(first)).toBe('sent');
    expect(first.cancel()).toBe(false);
    expect(world.sent).toEqual(['a', 'b']);
    expect(world.connection.getSnapshot().queued).toBe(0);
  });

  test('a wire that says no: it waits, and all later ones behind it', async () => {
    const world = createWorld();
    world.open();
    world.far.last.block(true);
    const deliveries = ['a', 'b'].map((text) => world.connection.send(text));
    expect(deliveries.map(({ verdict }) => verdict)).toEqual(['queued', 'queued']);
    expect(world.connection.getSnapshot().queued).toBe(2);
    world.far.last.block(false);
    world.connection.send('c');
    expect(world.sent).toEqual(['a', 'b', 'c']);
    expect(await receipt(deliveries[1]!)).toBe('sent');
    expect(world.connection.getSnapshot().queued).toBe(0);
  });

  test('what cannot be said is thrown in the face of the one who says it', () => {
    const world = createWorld();
    world.open();
    expect(() => world.connection.send('unsayable')).toThrow('cannot be said');
    expect(world.sent).toEqual([]);
  });

  test('the bytes that the wire still holds', () => {
    const world = createWorld({}, { around: (wire) => ({ ...wire, bufferedAmount: 7 }) });
    expect(world.connection.bufferedAmount).toBe(0);
    world.open();
    expect(world.connection.bufferedAmount).toBe(7);
    world.connection.disconnect();
    expect(world.connection.bufferedAmount).toBe(0);
  });
});

describe('while it is not', () => {
  test('it waits, through failures, and leaves in order when there is a link', async () => {
    const world = createWorld();
    const early = world.connection.send('idle');
    world.connection.connect();
    world.connection.send('connecting');
    world.far.last.drop({ why: 'refused' });
    world.connection.send('waiting');
    expect(early.verdict).toBe('queued');
    expect(world.connection.getSnapshot().queued).toBe(3);
    world.host.clock.advance(30_000);
    world.far.last.accept();
    expect(world.far.last.sent).toEqual(['idle', 'connecting', 'waiting']);
    expect(await receipt(early)).toBe('sent');
    expect(world.connection.getSnapshot().queued).toBe(0);
  });

  test('what is sent inside onOpen goes ahead of what waits', () => {
    const world = createWorld();
    world.connection.send('waits 1');
    world.connection.send('waits 2');
    world.connection.notices.on((notice) => {
      if (notice.type !== 'open') return;
      world.connection.send('hello 1');
      world.connection.send('hello 2');
    });
    world.open();
    expect(world.sent).toEqual(['hello 1', 'hello 2', 'waits 1', 'waits 2']);
    world.connection.send('later');
    expect(world.sent.at(-1)).toBe('later');
  });

  test('so it does on a wire that takes one at a time, in order', () => {
    const world = createWorld();
    for (const text of ['waits 1', 'waits 2']) world.connection.send(text);
    world.connection.notices.on((notice) => {
      if (notice.type !== 'open') return;
      world.connection.send('hello 1');
      world.far.last.block(true);
      expect(world.connection.send('hello 2').verdict).toBe('queued');
      // there is room again, and that is told in a turn of its own: the next one does not overtake
      world.far.last.block(false);
      expect(world.connection.send('hello 3').verdict).toBe('queued');
      world.far.last.block(true);
    });
    world.open();
    world.connection.send('later');
    world.far.last.block(false);
    expect(world.sent).toEqual(['hello 1', 'hello 2', 'hello 3', 'waits 1', 'waits 2', 'later']);
  });

  test('hung up inside onOpen: what waits is dropped, not sent', async () => {
    const world = createWorld();
    const waits = world.connection.send('waits');
    world.connection.notices.on((notice) => {
      if (notice.type === 'open') world.connection.disconnect();
    });
    world.open();
    expect([world.sent, await receipt(waits)]).toEqual([[], 'dropped: lost']);
  });

  test('bytes wait as they were', () => {
    const world = createWorld();
    const bytes = new Uint8Array([1]);
    world.connection.send(bytes as never);
    bytes[0] = 9;
    world.open();
    expect(world.far.last.sent).toEqual([new Uint8Array([1])]);
  });

  test('what is sent inside onMessage of the first frame goes behind what waits', () => {
    const world = createWorld();
    world.connection.send('waits');
    world.connection.events.on((event) => void world.connection.send(`re: ${event}`));
    world.open();
    world.far.last.frame('a');
    expect(world.sent).toEqual(['waits', 're: a']);
  });

  test('the bound and its policy are the outbox’s', async () => {
    const world = createWorld({ outbox: { limit: 1 } });
    const first = world.connection.send('a');
    const second = world.connection.send('b');
    expect([first.verdict, second.verdict]).toEqual(['queued', 'queued']);
    expect(await receipt(first)).toBe('dropped: overflow');
    const none = createWorld({ outbox: { limit: 0 } }).connection.send('a');
    expect([none.verdict, await receipt(none)]).toEqual(['dropped', 'dropped: overflow']);
    const strict = createWorld({ outbox: { limit: 1, overflow: 'reject' } }).connection;
    strict.send('a');
    expect(() => strict.send('b')).toThrow(expect.objectContaining({ kind: 'overflow' }));
    expect(strict.getSnapshot().queued).toBe(1);
  });

  test('bytes count as they are', async () => {
    const world = createWorld({ outbox: { maxBytes: 3, overflow: 'drop-newest' } });
    expect(world.connection.send('four').verdict).toBe('dropped');
    expect(world.connection.send('abc').verdict).toBe('queued');
  });
});

describe('volatile', () => {
  test('now or never', async () => {
    const world = createWorld();
    const early = world.connection.send('a', { volatile: true });
    expect([early.verdict, await receipt(early)]).toEqual(['dropped', 'dropped: lost']);
    world.open();
    expect(world.connection.send('b', { volatile: true }).verdict).toBe('sent');
    world.far.last.block(true);
    expect(world.connection.send('c', { volatile: true }).verdict).toBe('dropped');
    world.connection.send('d');
    world.far.last.block(false);
    expect(world.sent).toEqual(['b', 'd']);
  });
});

describe('withdrawing', () => {
  test('cancel takes it out once, while it waits', async () => {
    const world = createWorld();
    const [a, b] = ['a', 'b'].map((text) => world.connection.send(text));
    expect(a!.cancel()).toBe(true);
    expect(a!.cancel()).toBe(false);
    expect(await receipt(a!)).toBe('cancelled');
    expect(world.connection.getSnapshot().queued).toBe(1);
    world.open();
    expect(world.sent).toEqual(['b']);
    expect(b!.cancel()).toBe(false);
    expect(await receipt(b!)).toBe('sent');
  });

  test('a signal does the same', async () => {
    const world = createWorld();
    const control = new AbortController();
    const delivery = world.connection.send('a', { signal: control.signal });
    control.abort();
    expect(await receipt(delivery)).toBe('cancelled');
    world.open();
    expect(world.sent).toEqual([]);
  });

  test('a signal that was given before sends nothing', async () => {
    const world = createWorld();
    world.open();
    const delivery = world.connection.send('a', { signal: AbortSignal.abort() });
    expect([delivery.verdict, await receipt(delivery)]).toEqual(['dropped', 'cancelled']);
    expect(world.sent).toEqual([]);
  });

  test.each<[string, (world: ReturnType<typeof createWorld>, delivery: Delivery) => void]>([
    ['sent', (world) => world.open()],
    ['cancelled', (_world, delivery) => delivery.cancel()],
    ['dropped', (world) => world.connection.disconnect()],
    ['expired', (world) => world.host.clock.advance(100)],
    ['replaced', (world) => void world.connection.send('b', { key: 'k' })],
  ])('a signal is let go of when it is %s', (_name, then) => {
    const world = createWorld();
    const { signal } = new AbortController();
    const on = vi.spyOn(signal, 'addEventListener');
    const off = vi.spyOn(signal, 'removeEventListener');
    then(world, world.connection.send('a', { signal, key: 'k', ttlMs: 100 }));
    expect(on).toHaveBeenCalledTimes(1);
    expect(off).toHaveBeenCalledWith('abort', on.mock.calls[0]?.[1]);
  });

  test('one that found no place listens to no signal', () => {
    const world = createWorld({ outbox: { limit: 0 } });
    const { signal } = new AbortController();
    const on = vi.spyOn(signal, 'addEventListener');
    const off = vi.spyOn(signal, 'removeEventListener');
    world.connection.send('a', { signal });
    expect(on.mock.calls.length).toBeLessThanOrEqual(off.mock.calls.length);
  });
});

describe('a key', () => {
  test('the last value wins, in the place of the first', async () => {
    const world = createWorld();
    const first = world.connection.send('cursor 1', { key: 'cursor' });
    world.connection.send('text');
    world.connection.send('cursor 2', { key: 'cursor' });
    expect(await receipt(first)).toBe('cancelled');
    expect(first.cancel()).toBe(false);
    world.open();
    expect(world.sent).toEqual(['cursor 2', 'text']);
    world.connection.send('cursor 3', { key: 'cursor' });
    world.connection.send('cursor 4', { key: 'cursor' });
    expect(world.sent.slice(2)).toEqual(['cursor 3', 'cursor 4']);
  });

  test('a newer one that goes ahead inside onOpen takes the older one with it', async () => {
    const world = createWorld();
    const old = world.connection.send('old', { key: 'k' });
    world.connection.send('text');
    world.connection.notices.on((notice) => {
      if (notice.type === 'open') world.connection.send('new', { key: 'k' });
    });
    world.open();
    expect(world.sent).toEqual(['new', 'text']);
    expect(await receipt(old)).toBe('cancelled');
    expect(world.connection.getSnapshot().queued).toBe(0);
  });
});

describe('waiting has an end', () => {
  test('ttlMs, with no link in sight', async () => {
    const world = createWorld();
    const delivery = world.connection.send('a', { ttlMs: 100 });
    world.host.clock.advance(99);
    expect(await receipt(delivery)).toBe('pending');
    world.host.clock.advance(1);
    expect(await receipt(delivery)).toBe('dropped: timeout');
    expect(world.connection.getSnapshot().queued).toBe(0);
    expect(world.host.clock.pending).toBe(0);
  });

  test('the outbox’s ttlMs, unless the send has its own', async () => {
    const world = createWorld({ outbox: { ttlMs: 100 } });
    const deliveries = [world.connection.send('a'), world.connection.send('b', { ttlMs: 200 })];
    world.host.clock.advance(150);
    expect(await Promise.all(deliveries.map(receipt))).toEqual(['dropped: timeout', 'pending']);
    world.open();
    expect(world.sent).toEqual(['b']);
  });

  test('a timer that is late sends nothing that is stale', async () => {
    const world = createWorld({}, { onDial: accepts });
    const stale = world.connection.send('stale', { ttlMs: 100 });
    // the process slept: time has passed, and no timer rang
    vi.spyOn(world.host.clock, 'now').mockReturnValue(5_000);
    world.connection.connect();
    expect(world.sent).toEqual([]);
    expect(await receipt(stale)).toBe('dropped: timeout');
  });

  test.each([0, -5, NaN])('a ttl of %d is over at once, and rings no bell for ever', async (ttlMs) => {
    const world = createWorld();
    const delivery = world.connection.send('a', { ttlMs });
    world.host.clock.advance(1);
    expect(await receipt(delivery)).toBe('dropped: timeout');
    expect(world.host.clock.pending).toBe(0);
  });

  test('disconnect: dropped with the reason, and so is whatever is sent while it is closed', async () => {
    const world = createWorld();
    const waits = world.connection.send('a');
    world.connection.disconnect();
    expect(await receipt(waits)).toBe('dropped: lost');
    const late = world.connection.send('b');
    expect([late.verdict, await receipt(late)]).toEqual(['dropped', 'dropped: lost']);
    expect((await late.done).error?.message).toContain('connect()');
    world.open();
    expect(world.sent).toEqual([]);
  });

  test('closed for good by the far end: the same', async () => {
    const world = createWorld();
    const waits = world.connection.send('a');
    world.connection.connect();
    world.far.last.drop({ why: 'refused', code: 204, verdict: 'closed' });
    expect(await receipt(waits)).toBe('dropped: lost');
    expect(world.connection.send('b').verdict).toBe('dropped');
  });

  test('stop settles everything', async () => {
    const world = createWorld();
    const deliveries = ['a', 'b'].map((text) => world.connection.send(text, { ttlMs: 1_000 }));
    world.connection.connect();
    world.connection.stop();
    expect(await Promise.all(deliveries.map(receipt))).toEqual(['dropped: lost', 'dropped: lost']);
    expect(world.connection.getSnapshot().queued).toBe(0);
    expect(world.host.clock.pending).toBe(0);
  });

  test('stop asked for inside a notification settles also what is sent behind it', async () => {
    const world = createWorld();
    let late: Delivery | undefined;
    world.connection.notices.on((notice) => {
      if (notice.type === 'close') world.connection.stop();
    });
    world.connection.notices.on((notice) => {
      if (notice.type === 'close') late = world.connection.send('late', { ttlMs: 60_000 });
    });
    world.open();
    world.far.last.drop();
    expect(world.status).toBe('idle');
    expect(await receipt(late!)).toBe('dropped: lost');
    expect(world.connection.getSnapshot().queued).toBe(0);
    expect(world.host.clock.pending).toBe(0);
  });

  test('a link that only receives refuses with the reason', async () => {
    const world = createWorld({}, { readOnly: 'this stream only receives' });
    world.open();
    const delivery = world.connection.send('a');
    expect([delivery.verdict, await receipt(delivery)]).toEqual(['dropped', 'dropped: unsupported']);
    expect((await delivery.done).error?.message).toContain('only receives');
  });
});

describe('a wire that answers inside send', () => {
  /** Each text comes back before `send` returns. */
  const echo = (wire: Wire, sink: Sink): Wire => ({
    ...wire,
    send(data) {
      const took = wire.send(data);
      if (took) sink.frame(data);
      return took;
    },
  });

  test('is heard, and answered behind what waits', () => {
    const world = createWorld({}, { around: echo });
    world.connection.events.on((event) => {
      if (event === 'a') world.connection.send('re: a');
    });
    world.connection.send('a');
    world.connection.send('b');
    world.open();
    expect(world.sent).toEqual(['a', 'b', 're: a']);
    expect(world.log).toEqual(['open', 'event a', 'event b', 'event re: a']);
  });

  test('and is replaced for it: nothing is sent twice', async () => {
    const world = createWorld({}, { around: echo, onDial: accepts });
    world.connection.connect();
    world.far.last.block(true);
    const deliveries = ['a', 'b', 'c'].map((text) => world.connection.send(text));
    world.connection.events.on((event) => {
      if (event === 'a') void world.connection.reconnect();
    });
    world.far.last.block(false);
    expect([...world.sent].sort()).toEqual(['a', 'b', 'c']);
    expect(world.far.dials).toHaveLength(2);
    expect(await Promise.all(deliveries.map(receipt))).toEqual(['sent', 'sent', 'sent']);
  });
});

test('a link that turns out to be read-only once it is open settles what waited for it', async () => {
  const host = createManualHost();
  const talks = createScriptedTransport({ name: 'talks' });
  const reads = createScriptedTransport({ name: 'reads', readOnly: 'reads only receives' });
  const connection = createConnection<string, string>({
    transport: fallback([talks, reads]),
    protocol: { encode: (text) => text, ping: () => undefined, start: () => ({ receive() {} }) },
    options: () => ({}),
    host,
  });
  connection.connect();
  const waiting = ['a', 'b'].map((text) => connection.send(text));
  expect(waiting.map(({ verdict }) => verdict)).toEqual(['queued', 'queued']);
  talks.last.drop({ why: 'refused', code: 1006 });
  reads.last.accept();
  expect(connection.getSnapshot()).toMatchObject({ status: 'open', queued: 0 });
  expect(await Promise.all(waiting.map(receipt))).toEqual(['dropped: unsupported', 'dropped: unsupported']);
  expect((await waiting[0]!.done).error?.message).toBe('reads only receives');
  expect(reads.last.sent).toEqual([]);
  connection.stop();
});
