// @vitest-environment node
// A feed by hand: nothing leaks, whatever throws and whoever calls back in, and what is shown is what is.

import { describe, expect, test } from 'vitest';
import type { Delivery } from '../../src/connection/delivery.js';
import { createFeed, type CreateFeedOptions, type OwnFeed } from '../../src/feed/create-feed.js';
import { accepts, refuses } from '../../src/testing/behaviours.js';
import { createManualHost } from '../../src/testing/manual-host.js';
import { createScriptedTransport, type ScriptedOptions } from '../../src/testing/scripted-transport.js';

/** All microtasks that are queued have run. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

type Callbacks = Omit<CreateFeedOptions<unknown, unknown>, 'transport' | 'host'>;

function createWorld(options: (feed: () => OwnFeed) => Callbacks = () => ({}), scripted: ScriptedOptions = {}) {
  const host = createManualHost();
  const far = createScriptedTransport(scripted);
  const feed: OwnFeed = createFeed({ transport: far, host, ...options(() => feed) });
  return {
    host,
    far,
    feed,
    /** One frame passes: what is to be shown is shown. */
    async frame() {
      await settled();
      host.clock.advance(16);
      await settled();
    },
    left: () => ({ wires: far.live, timers: host.clock.pending, listeners: host.watchers }),
  };
}
const nothing = { wires: 0, timers: 0, listeners: 0 };
const receipt = async ({ done }: Delivery): Promise<string> => {
  const { status, error } = await Promise.race([done, settled().then(() => ({ status: 'pending', error: undefined }))]);
  return error ? `${status}: ${error.kind}` : status;
};

describe('a send', () => {
  test('that throws gives back what it borrowed', () => {
    const { feed, far, host, left } = createWorld();
    expect(() => feed.send(undefined)).toThrow();
    const off = feed.subscribe(() => {});
    far.last.accept();
    off();
    host.clock.advance(60_000);
    expect(left()).toEqual(nothing);
  });

  test('after the last watcher left does not keep the link longer', () => {
    const { feed, far, host, left } = createWorld();
    const off = feed.subscribe(() => {});
    far.last.accept();
    off();
    for (let sends = 0; sends < 5; sends++) {
      host.clock.advance(49);
      expect(feed.send(sends).verdict).toBe('sent');
    }
    host.clock.advance(5);
    expect(left()).toEqual(nothing);
  });

  test('after close is refused, with a watcher left too; connect begins anew', async () => {
    const { feed, far, left } = createWorld();
    const off = feed.subscribe(() => {});
    far.last.accept();
    feed.close();
    expect([feed.getSnapshot().status, left()]).toEqual(['idle', nothing]);
    expect(await receipt(feed.send('x'))).toBe('dropped: lost');
    expect(left()).toEqual(nothing);
    feed.connect();
    far.last.accept();
    expect([feed.send('y').verdict, far.live]).toEqual(['sent', 1]);
    feed.close();
    off();
    expect(left()).toEqual(nothing);
  });
});

describe('calling back in', () => {
  test('watching again inside onClose of one’s own end', async () => {
    let closes = 0;
    const { feed, far, host, frame, left } = createWorld((self) => ({
      onClose: () => void (closes++ === 0 && self().connect()),
    }));
    const off = feed.subscribe(() => {});
    far.last.accept();
    off();
    await frame();
    expect(feed.getSnapshot().status).toBe('open');
    host.clock.advance(60_000);
    expect(far.live).toBe(1);
    feed.disconnect();
    host.clock.advance(60_000);
    expect([feed.getSnapshot().status, left()]).toEqual(['idle', nothing]);
  });

  test.each([
    ['onOpen', accepts],
    ['onError', refuses()],
  ] as const)('close() inside %s of connect(), on a wire that answers at once: nothing is left', (name, onDial) => {
    let calls = 0;
    const { feed, far, left } = createWorld((self) => ({ [name]: () => void (calls++ === 0 && self().close()) }), {
      onDial,
    });
    feed.connect();
    expect([far.dials.length, left()]).toEqual([1, nothing]);
    feed.connect();
    expect(far.dials).toHaveLength(2);
    feed.close();
    expect(left()).toEqual(nothing);
  });

  test('connect() inside the close that ends it all begins nothing', () => {
    const { feed, far, left } = createWorld((self) => ({ onClose: () => self().connect() }), { onDial: accepts });
    const off = feed.subscribe(() => {});
    feed.close();
    expect([far.dials.length, left(), feed.getSnapshot().status]).toEqual([1, nothing, 'idle']);
    off();
  });

  test('who leaves inside onOpen hears the close, and of no reconnect', () => {
    const log: string[] = [];
    let off = (): void => {};
    const { feed, far, host } = createWorld(() => ({
      onOpen: () => void (log.push('open') > 2 && off()),
      onReconnect: () => void log.push('reconnect'),
      onClose: ({ why }) => void log.push(`close ${why}`),
    }));
    off = feed.subscribe(() => {});
    far.last.accept();
    far.last.drop();
    host.clock.advance(5_000);
    far.last.accept();
    expect(log).toEqual(['open', 'close lost', 'open', 'close unmount']);
  });

  test('who leaves inside what it is told on arrival shows rest', () => {
    let off = (): void => {};
    const { feed, far } = createWorld(() => ({ onMessage: ({ data }) => void (data === 2 && off()) }));
    off = feed.subscribe(() => {});
    far.last.accept();
    off();
    far.last.frame('2');
    // told of what came meanwhile, inside the subscription
    const again: { off?: () => void } = {};
    off = () => again.off?.();
    again.off = feed.subscribe(() => {});
    again.off();
    expect(feed.getSnapshot()).toMatchObject({ status: 'idle', count: 1 });
    feed.close();
  });
});

test('1,024 changes in one frame are shown, though none of them is a message', async () => {
  const { feed, frame } = createWorld(() => ({ outbox: { limit: 5_000 } }));
  feed.subscribe(() => {});
  await frame();
  for (let sends = 0; sends < 1_024; sends++) feed.send(sends);
  await frame();
  expect(feed.getSnapshot().queued).toBe(1_024);
  feed.close();
});

test('statusGraceMs withholds the status, not what waits', async () => {
  const { feed, far, host, frame } = createWorld(() => ({ statusGraceMs: 5_000, retry: () => 60_000 }));
  feed.connect();
  far.last.accept();
  await frame();
  far.last.drop();
  feed.send(1);
  feed.send(2);
  await frame();
  expect(feed.getSnapshot()).toMatchObject({ status: 'open', readyState: 1, queued: 2, nextAttemptAt: null });
  host.clock.advance(5_000);
  await frame();
  expect(feed.getSnapshot()).toMatchObject({ status: 'reconnecting', queued: 2 });
  feed.close();
});

test('what failed for good is tried again by who comes when all have left', async () => {
  const { feed, far, frame } = createWorld();
  const off = feed.subscribe(() => {});
  far.last.drop({ verdict: 'failed' });
  await frame();
  expect(feed.getSnapshot().status).toBe('failed');
  off();
  feed.subscribe(() => {});
  expect([far.dials.length, feed.getSnapshot().status]).toEqual([2, 'connecting']);
  feed.close();
});

test('a reconnect of what nobody watches is refused, and troubles nobody who does not wait', async () => {
  const { feed } = createWorld((self) => ({ onOpen: () => self().close() }), { onDial: accepts });
  void feed.reconnect();
  await settled();
  await expect(feed.reconnect()).rejects.toMatchObject({ kind: 'config' });
});
