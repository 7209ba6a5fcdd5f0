// @vitest-environment node
// The outbox of a plain link that outlives its page: order, once, whose it is, what was damaged.

import { describe, expect, test } from 'vitest';
import type { OutboxOptions } from '../../src/base/outbox.js';
import type { KeepingOptions } from '../../src/connection/keeping.js';
import { keyStorage } from '../../src/connection/outbox-storage.js';
import { createSharedStore, type SharedStore } from '../support/shared-store.js';
import { createWorld, type World } from './world.js';

interface Page extends World {
  crash(): void;
}
const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

async function open(
  store: SharedStore,
  outbox: OutboxOptions & KeepingOptions = {},
  address = 'wss://here/chat',
): Promise<Page> {
  const { storage, crash } = store.page();
  const world = createWorld({ outbox: { storage: keyStorage(storage), ...outbox } }, { address });
  world.connection.connect();
  await turn();
  return { ...world, crash };
}
const sentBy = (page: Page): string => page.far.dials.flatMap(({ sent }) => sent.map(String)).join('');
const send = (page: Page, texts: string): void => texts.split('').forEach((text) => void page.connection.send(text));

test('what waited is sent by the next page, in order, before what that one sends, and once', async () => {
  const store = createSharedStore();
  const first = await open(store);
  send(first, 'abc');
  first.crash();
  const second = await open(store);
  send(second, 'd');
  expect(second.connection.getSnapshot().queued).toBe(4);
  second.far.last.accept();
  expect(sentBy(second)).toBe('abcd');
  expect([...store.texts]).toEqual([]);
  second.crash();
  const third = await open(store);
  third.far.last.accept();
  expect(sentBy(third)).toBe('');
});

test('what was sent before the store had answered is not sent again', async () => {
  const store = createSharedStore({ later: true });
  const first = await open(store);
  send(first, 'a');
  first.crash();
  const second = createWorld({ outbox: { storage: keyStorage(store.page().storage) } }, { address: 'wss://here/chat' });
  second.connection.connect();
  second.far.last.accept();
  second.connection.send('b');
  await turn();
  expect(second.sent).toEqual(['b', 'a']);
});

test('withdrawn, expired and given up ones are gone; keys and times go on counting', async () => {
  const store = createSharedStore();
  const first = await open(store, { ttlMs: 60_000 });
  expect(first.connection.send('withdrawn').cancel()).toBe(true);
  first.connection.send('late', { ttlMs: 10 });
  first.connection.send('1', { key: 'k' });
  first.crash();
  const second = createWorld({ outbox: { storage: keyStorage(store.page().storage) } }, { address: 'wss://here/chat' });
  second.host.clock.advance(50_000);
  second.connection.connect();
  await turn();
  second.connection.send('2', { key: 'k' });
  second.far.last.accept();
  expect(second.sent).toEqual(['2']);
  expect(second.errors.map(({ kind }) => kind)).toEqual(['timeout']);
  expect([...store.texts]).toEqual([]);
});

test('another user, and another address, get nothing of it', async () => {
  const store = createSharedStore();
  const first = await open(store, { user: 'ann' });
  send(first, 'ab');
  first.crash();
  expect((await open(store, { user: 'ann' }, 'wss://there/chat')).connection.getSnapshot().queued).toBe(0);
  const second = await open(store, { user: 'ben' });
  expect(second.connection.getSnapshot().queued).toBe(0);
  expect(second.errors.map(({ kind }) => kind)).toEqual(['lost']);
  second.crash();
  expect((await open(store, { user: 'ann' })).connection.getSnapshot().queued).toBe(0);
});

test('an address that is a function needs a name', async () => {
  const store = createSharedStore();
  expect((await open(store, {}, '')).errors.map(({ kind }) => kind)).toEqual(['config']);
  const first = await open(store, { destination: 'chat' }, '');
  send(first, 'a');
  first.crash();
  expect((await open(store, { destination: 'chat' }, '')).connection.getSnapshot().queued).toBe(1);
});

test.each(['', 'x', '[]\nx', '["ann"]\nx', '[null,"soon",null,0]\nx', '[null,null,null,1]\n*not base64*', '{}\nx'])(
  'damaged (%j): left out, told, the rest is sent',
  async (text) => {
    const store = createSharedStore();
    const first = await open(store);
    send(first, 'abc');
    first.crash();
    const [damaged = ''] = [...store.texts.keys()].filter((key) => key.endsWith('/1'));
    store.texts.set(damaged, `2 ${text}`);
    const second = await open(store);
    second.far.last.accept();
    expect([sentBy(second).replace('x', ''), second.errors.length]).toEqual(['ac', 1]);
    expect([...store.texts]).toEqual([]);
  },
);

test('who leaves of their own will leaves nothing behind', async () => {
  const store = createSharedStore();
  const first = await open(store);
  send(first, 'ab');
  first.connection.stop();
  expect([...store.texts]).toEqual([]);
  expect((await open(store)).connection.getSnapshot().queued).toBe(0);
});

/** A page whose store answers when it is told to. */
function openSlowly(store: SharedStore, outbox: OutboxOptions & KeepingOptions = {}): World & { answer(): void } {
  const { storage } = store.page();
  let answer!: () => void;
  const gate = new Promise<void>((resolve) => (answer = resolve));
  const load = (key: string): Promise<string | null> => gate.then(() => storage.load(key));
  const world = createWorld(
    { outbox: { storage: keyStorage({ ...storage, load }), ...outbox } },
    { address: 'wss://here/chat' },
  );
  world.connection.connect();
  return Object.assign(world, { answer });
}

describe('a store that answers late', () => {
  const left = async (): Promise<SharedStore> => {
    const store = createSharedStore();
    const first = await open(store);
    first.connection.send('a', { key: 'k' });
    send(first, 'bc');
    first.crash();
    return store;
  };

  test('brings nothing that a newer value of its key has replaced', async () => {
    const store = await left();
    const second = openSlowly(store);
    const newer = second.connection.send('A', { key: 'k' });
    second.answer();
    await turn();
    second.far.last.accept();
    expect(second.sent).toEqual(['b', 'c', 'A']);
    expect(await newer.done).toEqual({ status: 'sent' });
    expect([...store.texts]).toEqual([]);
  });

  test.each(['drop-oldest', 'drop-newest', 'reject'] as const)(
    '%s: what this page has sent keeps its place, and of the rest goes what finds one',
    async (overflow) => {
      const store = await left();
      const second = openSlowly(store, { limit: 3, overflow });
      const sends = ['d', 'e'].map((text) => second.connection.send(text));
      second.answer();
      await turn();
      second.far.last.accept();
      expect(second.sent).toEqual(['a', 'd', 'e']);
      expect(await sends[0]?.done).toEqual({ status: 'sent' });
      expect(second.errors.map(({ kind }) => kind)).toEqual(['overflow', 'overflow']);
      expect([...store.texts]).toEqual([]);
    },
  );
});

test('what was sent before the link was asked for is kept, too', async () => {
  const store = createSharedStore();
  const { storage, crash } = store.page();
  const first = createWorld({ outbox: { storage: keyStorage(storage) } }, { address: 'wss://here/chat' });
  first.connection.send('a');
  first.connection.connect();
  first.connection.send('b');
  await turn();
  crash();
  const second = await open(store);
  second.far.last.accept();
  expect(sentBy(second)).toBe('ab');
});

test('that nothing is kept for want of a name is told once', async () => {
  const world = await open(createSharedStore(), {}, '');
  for (let each = 0; each < 3; each++) {
    world.connection.stop();
    world.connection.connect();
    send(world, 'ab');
  }
  expect(world.errors.map(({ kind }) => kind)).toEqual(['config']);
});

test('what one user wrote is not sent by the same page for the next', async () => {
  const store = createSharedStore();
  const outbox = { storage: keyStorage(store.page().storage), user: 'ann' as string | undefined };
  const page = createWorld({ outbox }, { address: 'wss://here/chat' });
  page.connection.connect();
  await turn();
  const before = page.connection.send('a');
  outbox.user = 'ben';
  page.connection.send('b');
  page.far.last.accept();
  expect(page.sent).toEqual(['b']);
  expect((await before.done).error?.kind).toBe('lost');
  expect([...store.texts]).toEqual([]);
});
