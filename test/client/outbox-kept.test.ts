// The outbox of a client of rooms that outlives its page: order, once, whose it is, and stores that fail.

import { describe, expect, test } from 'vitest';
import type { RoomsOutboxOptions } from '../../src/client/post-office.js';
import type { RealtimeClientOptions } from '../../src/client/realtime-client.js';
import type { ServerEvent } from '../../src/protocol/rooms-frames.js';
import { createChance, firstSeed } from '../support/seed.js';
import { keyStorage } from '../../src/connection/outbox-storage.js';
import { createSharedStore, type SharedStore } from '../support/shared-store.js';
import { createRoomsWorld, limits, type RoomsWorld } from './rooms-world.js';

interface Page extends RoomsWorld {
  /** The renderer is killed: nothing is unmounted, nothing is said any more. */
  crash(): void;
  /** Nobody watches `a` any more. */
  readonly leave: () => void;
}
interface Given extends Partial<RoomsOutboxOptions> {
  readonly address?: string;
  readonly options?: Partial<RealtimeClientOptions>;
}

const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

/** A page that watches `rooms`. */
async function open(store: SharedStore, { address, options, ...outbox }: Given = {}, rooms = ['a']): Promise<Page> {
  const { storage, crash } = store.page();
  const world = createRoomsWorld({ outbox: { storage: keyStorage(storage), ...outbox }, ...options }, address);
  const leaves = rooms.map((room) => world.client.room(room).subscribe(() => {}));
  await turn();
  return { ...world, crash, leave: () => leaves.forEach((leave) => leave()) };
}
async function joined(page: Page, rooms = ['a'], user?: string): Promise<Page> {
  page.welcome(user);
  await turn();
  for (const room of rooms) page.joined(room);
  await turn();
  return page;
}
const send = (page: Page, texts: string, room = 'a'): void =>
  texts.split('').forEach((text) => void page.client.room(room).send(text, { id: `id-${text}` }));
const published = (page: Page): string =>
  page
    .said('publish')
    .map(({ data }) => data)
    .join('');
const acknowledge = (page: Page, ids: string, room = 'a'): void =>
  ids.split('').forEach((id, at) => page.tell({ t: 'ack', room, id: `id-${id}`, epoch: 'e1', offset: at + 1, at: 1 }));
const shown = (page: Page): readonly unknown[] =>
  page.client
    .room('a')
    .getSnapshot()
    .messages.map(({ data, state }) => `${String(data)} ${state}`);
const kinds = (page: Page): readonly string[] => page.errors.map(({ kind }) => kind);

describe('a page that ends', () => {
  test('what it had not sent is shown and sent by the next one, in order, before what that one writes', async () => {
    const store = createSharedStore();
    const first = await open(store, { user: 'me' });
    send(first, 'abc');
    first.crash();
    const second = await open(store);
    send(second, 'd');
    expect(shown(second)).toEqual(['a pending', 'b pending', 'c pending', 'd pending']);
    await joined(second);
    expect(published(second)).toBe('abcd');
    acknowledge(second, 'abcd');
    expect(shown(second).map(String)).toEqual(['a sent', 'b sent', 'c sent', 'd sent']);
    expect([...store.texts]).toEqual([]);
  });

  test('what the next one writes before the store has answered goes behind it; one that never answers holds nothing up for longer than 2 s', async () => {
    const store = createSharedStore();
    const first = await open(store, { user: 'me' });
    send(first, 'abc');
    first.crash();
    const { storage } = store.page();
    let answer = (): void => {};
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const slow = keyStorage({ ...storage, load: (key) => answered.then(() => storage.load(key)) });
    const second = await open(store, { storage: slow });
    send(second, 'd');
    await joined(second);
    send(second, 'e');
    expect(published(second)).toBe('');
    answer();
    for (let turns = 0; turns < 20; turns++) await turn();
    expect(published(second)).toBe('abcde');

    const never = keyStorage({ ...store.page().storage, load: () => new Promise(() => {}) });
    const third = await joined(await open(store, { storage: never }));
    send(third, 'f');
    third.host.clock.advance(1_999);
    await turn();
    expect(published(third)).toBe('');
    third.host.clock.advance(1);
    await turn();
    expect(published(third)).toBe('f');
  });

  test('what ran out of time while no page was there is not said, also where the room is joined before the store answers', async () => {
    const store = createSharedStore();
    const first = await open(store, { user: 'me' });
    first.client.room('a').send('late', { id: 'id-0', timeoutMs: 1_000 });
    send(first, 'a');
    first.crash();
    const { storage } = store.page();
    let answer = (): void => {};
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const slow = keyStorage({ ...storage, load: (key) => answered.then(() => storage.load(key)) });
    const second = await open(store, { storage: slow });
    second.host.clock.jump(5_000);
    await joined(second);
    answer();
    for (let turns = 0; turns < 20; turns++) await turn();
    second.host.clock.advance(1);
    await turn();
    expect(published(second)).toBe('a');
    acknowledge(second, 'a');
    expect([...store.texts]).toEqual([]);
  });

  test('what was said and not answered is said again under its id; what was answered is not', async () => {
    const store = createSharedStore();
    const first = await joined(await open(store));
    send(first, 'abc');
    await turn();
    acknowledge(first, 'a');
    first.crash();
    const second = await joined(await open(store));
    expect(second.said('publish').map(({ id }) => id)).toEqual(['id-b', 'id-c']);
  });

  test('rooms that nobody watches there are joined until everything is answered, and then left', async () => {
    const store = createSharedStore();
    const first = await joined(await open(store, {}, ['a', 'b']), ['a', 'b']);
    first.far.last.drop();
    send(first, 'x', 'b');
    first.crash();
    const second = await joined(await open(store), ['a', 'b']);
    expect(published(second)).toBe('x');
    acknowledge(second, 'x', 'b');
    second.host.clock.advance(1_000);
    await turn();
    expect(second.said('leave')).toMatchObject([{ room: 'b' }]);
  });

  test('volatile ones are not kept, withdrawn ones neither', async () => {
    const store = createSharedStore();
    const first = await joined(await open(store));
    first.client.room('a').send('v', { volatile: true });
    first.far.last.drop();
    expect(first.client.room('a').send('w').cancel()).toBe(true);
    first.crash();
    expect(shown(await open(store))).toEqual([]);
  });

  test('what is past its time is not sent, and that is told', async () => {
    const store = createSharedStore();
    const first = await open(store, { user: 'me', ttlMs: 60_000 });
    send(first, 'a');
    first.crash();
    const second = createRoomsWorld({ outbox: { storage: keyStorage(store.page().storage) } });
    second.host.clock.advance(60_001);
    second.client.room('a').subscribe(() => {});
    await turn();
    second.host.clock.advance(1);
    expect([shown(second as Page), kinds(second as Page)]).toEqual([['a failed'], ['timeout']]);
    expect([...store.texts]).toEqual([]);
  });

  test('what may have arrived so long ago that the server has forgotten it is not said again, and that is told', async () => {
    const store = createSharedStore();
    const first = await joined(await open(store));
    send(first, 'a'); // said
    await turn();
    first.far.last.drop();
    send(first, 'b'); // not said
    first.crash();
    const second = createRoomsWorld({ outbox: { storage: keyStorage(store.page().storage) } }) as Page;
    second.host.clock.advance(300_001);
    second.client.room('a').subscribe(() => {});
    await turn();
    await joined(second);
    expect([published(second), second.errors.map(({ message }) => /may have arrived/.test(message))]).toEqual([
      'b',
      [true],
    ]);
  });

  test('a server may say how long it remembers', async () => {
    const store = createSharedStore();
    const first = await joined(await open(store));
    send(first, 'a');
    await turn();
    first.crash();
    const second = createRoomsWorld({ outbox: { storage: keyStorage(store.page().storage) } }) as Page;
    second.host.clock.advance(300_001);
    second.client.room('a').subscribe(() => {});
    await turn();
    second.far.last.accept();
    const welcome = { t: 'welcome', v: 1, user: { id: 'me' }, connection: 'me/1', heartbeatMs: 25_000 } as const;
    second.tell({ ...welcome, limits: { ...limits, dedupeMs: 3_600_000 } });
    await turn();
    second.joined('a');
    await turn();
    expect(published(second)).toBe('a');
  });
});

describe('whose it is', () => {
  test('another user sends nothing of it: it is dropped, told, and gone', async () => {
    const store = createSharedStore();
    send(await joined(await open(store)), 'ab');
    const first = await joined(await open(store));
    first.far.last.drop();
    send(first, 'cd');
    first.crash();
    const second = await joined(await open(store), ['a'], 'somebody else');
    expect([published(second), kinds(second)]).toEqual(['', ['lost', 'lost']]);
    second.crash();
    expect(kinds(await joined(await open(store), ['a'], 'somebody else'))).toEqual([]);
  });

  test('what nobody’s name stood under is sent for nobody', async () => {
    const store = createSharedStore();
    const first = await open(store);
    send(first, 'a');
    first.crash();
    const second = await joined(await open(store));
    expect([published(second), kinds(second)]).toEqual(['', ['lost']]);
    expect(second.errors[0]?.message).toMatch(/outbox\.user/);
  });

  test('another address gets nothing of it, and what is kept does not tell the address', async () => {
    const store = createSharedStore();
    const first = await open(store, { user: 'me', address: 'https://here/realtime?token=SECRET' });
    send(first, 'a');
    first.crash();
    expect(shown(await open(store, { address: 'https://here/realtime?token=other' }))).toEqual([]);
    expect(JSON.stringify([...store.texts])).not.toContain('SECRET');
    expect(shown(await open(store, { address: 'https://here/realtime?token=SECRET' }))).toEqual(['a pending']);
  });

  test('where the address is a function, the server is named; else nothing is kept, and that is told', async () => {
    const store = createSharedStore();
    const first = await open(store, { user: 'me', address: '', destination: 'chat' });
    send(first, 'a');
    first.crash();
    expect(shown(await open(store, { address: '', destination: 'chat' }))).toEqual(['a pending']);
    const other = await open(createSharedStore(), { address: '' });
    send(other, 'a');
    expect([kinds(other), shown(other)]).toEqual([['config'], ['a pending']]);
  });

  test('signing out leaves nothing', async () => {
    const store = createSharedStore();
    const first = await joined(await open(store));
    first.far.last.drop();
    send(first, 'a');
    first.client.signOut();
    expect([...store.texts]).toEqual([]);
  });

  test('a refusal for good costs that message and no other; what has failed with the connection waits for better days', async () => {
    const store = createSharedStore();
    const first = await joined(await open(store));
    send(first, 'abc');
    await turn();
    first.tell({ t: 'error', code: 'too-large', message: 'no', room: 'a', id: 'id-b' } as ServerEvent);
    expect(shown(first)).toEqual(['a pending', 'b failed', 'c pending']);
    first.far.last.drop({ code: 4403 });
    expect(first.client.getSnapshot().connection.status).toBe('failed');
    expect(shown(first)).toEqual(['a pending', 'b failed', 'c pending']);
    first.client.connect();
    await joined(first);
    expect(published(first)).toBe('ac');
  });
});

describe('several pages', () => {
  test('none sends what another one has; the last one sends what a dead one left', async () => {
    const store = createSharedStore();
    const [first, second] = [await joined(await open(store)), await joined(await open(store))];
    for (const page of [first, second]) page.far.last.drop();
    send(first, 'a');
    send(second, 'b');
    second.crash();
    const third = await joined(await open(store));
    expect(published(third)).toBe('b');
    first.host.clock.advance(600);
    await joined(first);
    expect(published(first)).toBe('a');
  });
});

describe('stores that fail', () => {
  test.each([
    ['full', (store: SharedStore) => void (store.broken = new Error('QuotaExceededError'))],
    [
      'damaged',
      (store: SharedStore) => {
        for (const key of store.texts.keys()) store.texts.set(key, '{"v":1,');
      },
    ],
  ])('%s: told, sent from memory all the same', async (_name, harm) => {
    const store = createSharedStore();
    const before = await open(store, { user: 'me' });
    send(before, 'x');
    before.crash();
    harm(store);
    const page = await open(store, { user: 'me' });
    send(page, 'ab');
    await joined(page);
    expect(published(page).replace('x', '')).toBe('ab');
    expect(new Set(kinds(page))).toEqual(new Set(['storage']));
  });

  const event = '{"t":"publish","room":"a","id":"i","data":1}';
  test.each([
    ['no message', '0 hello'],
    ['truncated', `0 [1,null,null,"me"]\n${event.slice(0, 20)}`],
    ['another event', '0 [1,null,null,"me"]\n{"t":"leave","room":"a","join":1}'],
    ['a room that is none', '0 [1,null,null,"me"]\n{"t":"publish","room":"","id":"i","data":1}'],
    ['an id that is none', '0 [1,null,null,"me"]\n{"t":"publish","room":"a","id":7,"data":1}'],
    ['no data', '0 [1,null,null,"me"]\n{"t":"publish","room":"a","id":"i"}'],
    ['times that are none', `0 ["x",-1,{},"me"]\n${event}`],
    ['a user that is none', `0 [1,null,null,{"id":"me"}]\n${event}`],
    ['__proto__ where a list should be', `0 {"__proto__":[1]}\n${event}`],
  ])('%s in it: left out, told once, the rest is sent', async (_name, text) => {
    const store = createSharedStore();
    const first = await open(store, { user: 'me' });
    send(first, 'abc');
    first.crash();
    const [damaged] = [...store.texts.keys()].filter((key) => key.endsWith('/1'));
    store.texts.set(damaged ?? '', text);
    const second = await joined(await open(store));
    expect([published(second), kinds(second)]).toEqual(['ac', ['storage']]);
    acknowledge(second, 'ac');
    expect([...store.texts]).toEqual([]);
  });

  test('names that mean something to JavaScript are names like any other; fields that we did not write are not said', async () => {
    const store = createSharedStore();
    const first = await open(store, { user: 'me' });
    first.client.room('__proto__').send({ constructor: 1 }, { id: '__proto__' });
    first.crash();
    const [key, text] = [...store.texts].find(([, each]) => each.includes('publish')) ?? ['', ''];
    store.texts.set(key, text.replace('"t":"publish"', '"t":"publish","token":"x","__proto__":{"polluted":1}'));
    const second = await joined(await open(store), ['a', '__proto__']);
    expect(second.said('publish')).toEqual([
      { t: 'publish', room: '__proto__', id: '__proto__', data: { constructor: 1 } },
    ]);
    expect(({} as { readonly polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('the bounds', () => {
  test('of all rooms together: the new one is given up, the ones before it are not', async () => {
    const page = await open(createSharedStore(), { limit: 3 }, ['a', 'b']);
    send(page, 'ab');
    send(page, 'c', 'b');
    const full = page.client.room('b').send('d');
    expect([full.verdict, (await full.done).error?.kind]).toEqual(['dropped', 'overflow']);
    expect(page.client.getSnapshot().connection.queued).toBe(3);
  });

  test('drop-oldest takes the oldest that never left; what left counts and stays', async () => {
    const page = await joined(await open(createSharedStore(), { limit: 3, overflow: 'drop-oldest' }));
    send(page, 'a');
    await turn();
    page.far.last.drop();
    send(page, 'bcd');
    expect(shown(page)).toEqual(['a pending', 'b failed', 'c pending', 'd pending']);
  });

  test('reject throws in the caller’s stack, and shows nothing', async () => {
    const page = await open(createSharedStore(), { limit: 1, overflow: 'reject' });
    send(page, 'a');
    expect(() => page.client.room('a').send('b')).toThrow(expect.objectContaining({ kind: 'overflow' }));
    expect(shown(page)).toEqual(['a pending']);
  });

  test('a key: the last value takes the place of one that never left', async () => {
    const page = await open(createSharedStore());
    const room = page.client.room('a');
    const [first, second] = [room.send(1, { key: 'k' }), room.send(2, { key: 'k' })];
    page.client.room('b').send(3, { key: 'k' });
    expect([(await first.done).status, second.verdict]).toEqual(['cancelled', 'queued']);
    await joined(page);
    expect(page.said('publish').map(({ data }) => data)).toEqual([2]);
  });

  test('a drained client: half of the outbox is free again', async () => {
    const page = await joined(await open(createSharedStore(), { limit: 4 }));
    send(page, 'abc');
    let ready = false;
    void page.client.drained().then(() => (ready = true));
    await turn();
    expect(ready).toBe(false);
    acknowledge(page, 'a');
    await turn();
    expect(ready).toBe(true);
  });

  test('a drained client whose rate holds the rest back: half of it has left and is answered', async () => {
    const rateLimit = { perSecond: 0.1, burst: 1 };
    const page = await joined(await open(createSharedStore(), { limit: 4, options: { rateLimit } }));
    send(page, 'abcd');
    let ready = false;
    void page.client.drained().then(() => (ready = true));
    await turn();
    const after: (readonly [string, boolean])[] = [];
    for (const id of 'abcd') {
      acknowledge(page, id);
      await turn();
      after.push([published(page), ready]);
      page.host.clock.advance(10_000);
      await turn();
    }
    expect(after).toEqual([
      ['a', false],
      ['ab', true],
      ['abc', true],
      ['abcd', true],
    ]);
    ready = false;
    void page.client.drained().then(() => (ready = true));
    await turn();
    expect([ready, page.client.getSnapshot().connection.queued]).toEqual([true, 0]);
  });

  test('a rate, and a least time per key', async () => {
    const page = await joined(
      await open(createSharedStore(), { options: { rateLimit: { perSecond: 2, burst: 2 }, throttleMs: 5_000 } }),
    );
    send(page, 'abc');
    await turn();
    expect(published(page)).toBe('ab');
    page.host.clock.advance(500);
    await turn();
    expect(published(page)).toBe('abc');
    page.host.clock.advance(2_000);
    const room = page.client.room('a');
    for (const value of ['1', '2', '3']) room.send(value, { key: 'k' });
    room.send('z');
    await turn();
    expect(published(page)).toBe('abc1z');
    page.host.clock.advance(5_000);
    await turn();
    expect(published(page)).toBe('abc1z3');
  });

  test('a message that the server puts off for longer than it knows what was said is given up, and the rest goes on', async () => {
    const page = await joined(await open(createSharedStore()));
    send(page, 'ab');
    await turn();
    const putOff = (id: string): void =>
      page.tell({ t: 'error', code: 'unavailable', message: 'later', room: 'a', id: `id-${id}` } as ServerEvent);
    putOff('a');
    putOff('b');
    for (let second = 0; second < 299; second++) {
      page.host.clock.advance(1_000);
      await turn();
      putOff('a');
    }
    expect(shown(page)).toEqual(['a pending', 'b pending']);
    send(page, 'c');
    page.host.clock.advance(1_000);
    await turn();
    expect(shown(page)).toEqual(['a failed', 'b failed', 'c pending']);
    expect(published(page).at(-1)).toBe('c');
  });
});

/** A page whose store answers when it is told to. */
async function openSlowly(store: SharedStore, given: Given = {}): Promise<Page & { answer(): Promise<void> }> {
  const { storage, crash } = store.page();
  let answer!: () => void;
  const gate = new Promise<void>((resolve) => (answer = resolve));
  const { address, options, ...outbox } = given;
  const load = (key: string): Promise<string | null> => gate.then(() => storage.load(key));
  const world = createRoomsWorld(
    { outbox: { storage: keyStorage({ ...storage, load }), ...outbox }, ...options },
    address,
  );
  const leave = world.client.room('a').subscribe(() => {});
  await turn();
  return {
    ...{ ...world, crash, leave },
    async answer() {
      answer();
      await turn();
    },
  };
}
async function leftBy(user: string, texts: string): Promise<SharedStore> {
  const store = createSharedStore();
  const first = await open(store, { user });
  send(first, texts);
  first.crash();
  return store;
}

describe('what an earlier page left', () => {
  test('is neither shown to, nor sent again by, somebody else', async () => {
    const store = await leftBy('ann', 'ab');
    const known = await open(store, { user: 'ben' });
    expect([shown(known), kinds(known)]).toEqual([[], ['lost', 'lost']]);
    const later = await leftBy('ann', 'ab');
    const page = await joined(await open(later), ['a'], 'ben');
    expect([shown(page), kinds(page), [...later.texts]]).toEqual([[], ['lost', 'lost'], []]);
    expect(() => page.client.room('a').retry('id-a')).toThrow();
  });

  test('goes when the user signs out, also where the store has not answered yet', async () => {
    const store = await leftBy('ann', 'ab');
    const page = await openSlowly(store, { user: 'ann' });
    page.client.signOut();
    await page.answer();
    expect([shown(page), [...store.texts]]).toEqual([[], []]);
    page.client.connect();
    await joined(page, ['a'], 'ben');
    expect([published(page), shown(page)]).toEqual(['', []]);
  });

  test('goes when the user signs out, also where nobody has used the client yet', async () => {
    const store = await leftBy('ann', 'ab');
    const world = createRoomsWorld({ outbox: { storage: keyStorage(store.page().storage), user: 'ann' } });
    world.client.signOut();
    await turn();
    expect([...store.texts]).toEqual([]);
    world.host.clock.advance(10_000);
    expect([world.host.clock.pending, world.host.watchers]).toEqual([0, 0]);
  });

  test('over the bound is given up and told; what this page has is not', async () => {
    for (const overflow of ['reject', 'drop-oldest', 'drop-newest'] as const) {
      const store = await leftBy('me', 'abc');
      const page = await openSlowly(store, { limit: 2, overflow });
      send(page, 'z');
      await page.answer();
      await joined(page);
      expect([published(page), kinds(page)], overflow).toEqual(['az', ['overflow', 'overflow']]);
      acknowledge(page, 'az');
      expect([...store.texts], overflow).toEqual([]);
      page.leave();
      page.host.clock.advance(10_000);
      expect(page.host.clock.pending, overflow).toBe(0);
    }
  });

  test('for a room that is denied by then is given up with the reason', async () => {
    const store = await leftBy('me', 'a');
    const page = await openSlowly(store);
    page.welcome();
    await turn();
    const join = page.said('join').at(-1)?.['join'] as number;
    page.tell({ t: 'error', code: 'forbidden', message: 'no', room: 'a', join } as ServerEvent);
    await page.answer();
    expect([shown(page), kinds(page), [...store.texts]]).toEqual([['a failed'], ['forbidden'], []]);
  });

  test('may be sent again by its reader where it has failed, and is kept then', async () => {
    const store = await leftBy('me', 'a');
    const page = await joined(await open(store));
    page.tell({ t: 'error', code: 'too-large', message: 'no', room: 'a', id: 'id-a' } as ServerEvent);
    expect(shown(page)).toEqual(['a failed']);
    page.client.room('a').retry('id-a');
    page.crash();
    const next = await joined(await open(store));
    expect(published(next)).toBe('a');
  });
});

describe('a clock that is set anew', () => {
  /** Said, and not answered; then a cut that lasts so long, in which the clock is set. */
  const after = async (away: number, set: number): Promise<Page> => {
    const page = await joined(await open(createSharedStore()));
    send(page, 'a');
    await turn();
    page.far.last.drop();
    page.host.setOnline(false);
    page.host.clock.jump(set);
    page.host.clock.advance(away);
    page.host.setOnline(true);
    page.host.clock.advance(60_000);
    return joined(page);
  };

  test('back: what the server has forgotten meanwhile is not said again', async () => {
    expect(published(await after(400_000, -3_600_000))).toBe('');
    expect(published(await after(10_000, -3_600_000))).toBe('a');
  });

  test('back, between two pages: nobody knows how long ago it was', async () => {
    const store = createSharedStore();
    const first = await joined(await open(store));
    send(first, 'a');
    await turn();
    first.crash();
    const { storage } = store.page();
    const second = createRoomsWorld({ outbox: { storage: keyStorage(storage) } }) as Page;
    second.host.clock.jump(-900_000);
    second.client.room('a').subscribe(() => {});
    await turn();
    await joined(second);
    expect([published(second), kinds(second)]).toEqual(['', ['timeout']]);
  });
});

describe('a message that does not go', () => {
  test.each([
    ['volatile', { volatile: true }],
    ['aborted', { signal: AbortSignal.abort() }],
  ])('takes nobody’s place: %s', async (_name, options) => {
    const page = await open(createSharedStore(), { limit: 2, overflow: 'drop-oldest' });
    const room = page.client.room('a');
    const [value, other] = [room.send(1, { key: 'k' }), room.send(2)];
    room.send(3, { key: 'k', ...options });
    room.send(4, options);
    await joined(page);
    expect(page.said('publish').map(({ data }) => data)).toEqual([1, 2]);
    acknowledge(page, '');
    for (const [at, { id }] of [value, other].entries())
      page.tell({ t: 'ack', room: 'a', id, epoch: 'e1', offset: at + 1, at: 1 });
    expect([(await value.done).status, (await other.done).status]).toEqual(['acknowledged', 'acknowledged']);
  });
});

test.each([NaN, -1])('options that make no sense (%d) are read as if nothing had been said', async (bad) => {
  const page = await joined(
    await open(createSharedStore(), {
      ...{ limit: bad, maxBytes: bad, ttlMs: bad },
      options: { throttleMs: bad, rateLimit: { perSecond: bad, burst: bad }, batch: { maxSize: bad, maxDelayMs: bad } },
    }),
  );
  send(page, 'a');
  page.client.room('a').send('b', { key: 'k', id: 'id-b', timeoutMs: bad });
  await turn();
  page.host.clock.advance(20_000);
  await turn();
  expect([published(page), shown(page)]).toEqual(['ab', ['a pending', 'b pending']]);
  acknowledge(page, 'ab');
  await page.client.drained();
});

test('10,000 that the server puts off cost what they cost one by one', async () => {
  const page = await joined(
    await open(createSharedStore(), { limit: 10_000, maxBytes: 2 ** 30, options: { flush: 'frame' } }),
  );
  const room = page.client.room('a');
  for (let each = 0; each < 10_000; each++) room.send(each, { id: `m${each}` });
  await turn();
  const begun = performance.now();
  for (let each = 0; each < 10_000; each++)
    page.tell({ t: 'error', code: 'rate-limited', message: 'later', room: 'a', id: `m${each}`, retryAfterMs: 500 });
  page.host.clock.advance(500);
  await turn();
  expect(performance.now() - begun).toBeLessThan(10_000);
  expect(page.said('publish').map(({ data }) => data)).toEqual(
    Array.from({ length: 20_000 }, (_each, at) => at % 10_000),
  );
}, 30_000);

test.each([0, 3_000])(
  '10,000 that an earlier page left cost what they cost one by one, after %d ms',
  async (late) => {
    const store = createSharedStore();
    const bounds = { limit: 10_000, maxBytes: 2 ** 30, user: 'me', options: { flush: 'frame' } } as const;
    const first = await open(store, bounds);
    for (let each = 0; each < 10_000; each++) first.client.room('a').send(each);
    first.crash();
    const page = await openSlowly(store, bounds);
    await joined(page);
    page.host.clock.advance(late);
    const begun = performance.now();
    await page.answer();
    for (let each = 0; each < 100 && page.said('publish').length < 10_000; each++) await turn();
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect(page.said('publish')).toHaveLength(10_000);
  },
  20_000,
);

test('pages at random, cut and killed: the server has each message once, in the order of its page', async () => {
  const seed = firstSeed();
  const chance = createChance(seed);
  for (let round = 0; round < 30; round++) {
    const store = createSharedStore({ later: chance.below(2) === 0 });
    const has: string[] = []; // as the server, by the first publish of each id
    const sent: string[] = [];
    let number = 0;
    let page: Page | undefined;
    let heard = 0;
    const serve = async (now: Page, answers: boolean): Promise<void> => {
      await turn();
      const ids = now.saidEver('publish').map(({ id }) => String(id));
      for (const id of ids.slice(heard)) {
        if (!has.includes(id)) has.push(id);
        // the answer may be lost
        if (answers && chance.below(3) > 0)
          now.tell({ t: 'ack', room: 'a', id, epoch: 'e1', offset: has.indexOf(id) + 1, at: 1 });
      }
      heard = ids.length;
    };
    for (let step = 0; step < 25; step++) {
      if (!page) {
        page = await open(store, { user: 'me', limit: 10_000 });
        heard = 0;
        if (chance.below(3) > 0) await joined(page);
      }
      for (let each = chance.below(5); each > 0; each--) {
        const id = `m${number++}`;
        sent.push(id);
        page.client.room('a').send(id, { id });
      }
      const roll = chance.below(4);
      if (roll === 0) await serve(page, true);
      else if (roll === 1 && page.client.getSnapshot().connection.status === 'open') {
        await serve(page, chance.below(2) === 0);
        page.cut();
        await joined(page);
      } else if (roll === 2) {
        await turn(); // what is written later than the call is written by now
        page.crash();
        page = undefined;
      }
    }
    page?.crash();
    const last = await joined(await open(store, { user: 'me', limit: 10_000 }));
    heard = 0;
    await serve(last, true);
    expect(has, `seed ${seed}, round ${round}`).toEqual(sent);
  }
});
