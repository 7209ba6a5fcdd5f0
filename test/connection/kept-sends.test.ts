// @vitest-environment node
// The outbox of a plain link that outlives its page: order, once, whose it is, what was damaged.

import { expect, test } from 'vitest';
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
