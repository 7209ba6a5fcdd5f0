// @vitest-environment node
// What a plain link promises of its sends, through the feed: kept over a page's end, grouped, at a rate, and a signal for producers.

import { expect, test } from 'vitest';
import { createFeed, type CreateFeedOptions } from '../../src/feed/create-feed.js';
import { createManualHost } from '../../src/testing/manual-host.js';
import { createScriptedTransport } from '../../src/testing/scripted-transport.js';
import { pooled } from '../../src/connection/pooled.js';
import { keyStorage } from '../../src/connection/outbox-storage.js';
import { createSharedStore } from '../support/shared-store.js';

const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

function openFeed(options: Partial<CreateFeedOptions> = {}) {
  const host = createManualHost();
  const far = Object.assign(createScriptedTransport(), { address: 'wss://here/chat' });
  const feed = createFeed({ transport: far, host, flush: 'sync', ...options });
  feed.connect();
  return { feed, far, host, sent: () => far.dials.flatMap(({ sent }) => sent.map(String)) };
}

test('what waited when the page ended is sent by the next one', async () => {
  const store = createSharedStore();
  const [first, second] = [store.page(), store.page()];
  const before = openFeed({ outbox: { storage: keyStorage(first.storage) } });
  await turn();
  before.feed.send({ n: 1 });
  before.feed.send({ n: 2 });
  first.crash();
  const after = openFeed({ outbox: { storage: keyStorage(second.storage) } });
  await turn();
  expect(after.feed.getSnapshot().queued).toBe(2);
  after.far.last.accept();
  expect(after.sent()).toEqual(['{"n":1}', '{"n":2}']);
});

test('batch, rateLimit and drained', async () => {
  const { feed, far, host, sent } = openFeed({ batch: { maxSize: 2 }, rateLimit: { perSecond: 2, burst: 2 } });
  far.last.accept();
  for (const n of [1, 2, 3]) feed.send(n);
  let calm = false;
  void feed.drained().then(() => (calm = true));
  await turn();
  expect([sent(), calm]).toEqual([['[1,2]'], false]);
  host.clock.advance(500);
  await turn();
  expect([sent(), calm]).toEqual([['[1,2]', '[3]'], true]);
  feed.close();
  await feed.drained(); // of what is closed nothing waits
});

test('a question that has not left in its time never leaves, also not by a later page', async () => {
  const store = createSharedStore();
  const [first, second] = [store.page(), store.page()];
  const before = openFeed({ outbox: { storage: keyStorage(first.storage) } });
  await turn();
  void before.feed.request({ ask: 1 }, { matches: () => true, timeoutMs: 5_000 });
  before.feed.send({ n: 1 });
  first.crash();
  const after = openFeed({ outbox: { storage: keyStorage(second.storage) } });
  after.feed.close();
  after.host.clock.advance(5_000);
  after.feed.connect();
  await turn();
  after.far.last.accept();
  expect(after.sent()).toEqual(['{"n":1}']);
});

test('a pool keeps the sends of all its sockets, in a store without locks too', async () => {
  const texts = new Map<string, string>();
  const storage = (): ReturnType<typeof keyStorage> =>
    keyStorage({
      load: (key) => texts.get(key) ?? null,
      save: (key, text) => void (text === null ? texts.delete(key) : texts.set(key, text)),
    });
  const mine = storage();
  const before = openFeed({ outbox: { storage: mine }, pool: pooled({ size: 3 }) });
  const another = openFeed({ outbox: { storage: mine } });
  await turn();
  for (const n of [1, 2, 3]) before.feed.send(n);
  another.feed.send(4);
  const after = openFeed({ outbox: { storage: storage() } });
  await turn();
  after.far.last.accept();
  expect([...after.sent()].sort()).toEqual(['1', '2', '3', '4']);
});
