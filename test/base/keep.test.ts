// @vitest-environment node
// Texts that outlive their page: by example, and pages that come and crash at random over one store.

import { expect, test } from 'vitest';
import { createKeep, type Keep, type Kept } from '../../src/base/keep.js';
import type { KeyStorage } from '../../src/base/storage.js';
import { createManualHost } from '../../src/testing/manual-host.js';
import { createChance, firstSeed } from '../support/seed.js';
import { createSharedStore, type SharedStore } from '../support/shared-store.js';

interface Page extends Keep {
  /** What this page has: its own texts, and those that it was handed over. */
  readonly has: Map<string, Kept>;
  readonly restored: string[];
  readonly errors: string[];
  readonly host: ReturnType<typeof createManualHost>;
  put(text: string): void;
  drop(text: string): void;
  crash(): void;
}

/** Everything that waits for nothing but its turn has had it. */
const settle = (): Promise<void> => new Promise((done) => setImmediate(done));

function openPage(store: SharedStore, { name = 'app', storage }: { name?: string; storage?: KeyStorage } = {}): Page {
  const host = createManualHost();
  const page = store.page();
  const has = new Map<string, Kept>();
  const restored: string[] = [];
  const errors: string[] = [];
  const keep = createKeep({
    storage: storage ?? page.storage,
    name,
    focus: host.focus,
    onRestored(found) {
      for (const { text, kept } of found) {
        restored.push(text);
        if (has.has(text)) kept.remove();
        else has.set(text, kept);
      }
    },
    onError: (error) => void errors.push(`${error.kind}: ${error.message}`),
  });
  keep.open();
  return {
    ...keep,
    ...{ has, restored, errors, host, crash: page.crash },
    put: (text) => void has.set(text, keep.add(text)),
    drop(text) {
      has.get(text)?.remove();
      has.delete(text);
    },
  };
}
async function opened(store: SharedStore, options = {}): Promise<Page> {
  const page = openPage(store, options);
  await settle();
  return page;
}

test.each([{ later: false }, { later: true }])(
  'what was kept is handed over to the next page, in order: %o',
  async (how) => {
    const store = createSharedStore(how);
    const first = await opened(store);
    for (const text of ['a', 'b', 'c', 'd']) first.put(text);
    first.drop('b');
    first.crash();
    const second = await opened(store);
    expect(second.restored).toEqual(['a', 'c', 'd']);
    second.put('e');
    second.has.get('c')?.change('C');
    second.drop('a');
    second.crash();
    expect((await opened(store)).restored).toEqual(['C', 'd', 'e']);
  },
);

test('what is added before the place is known comes after what was there, and is kept', async () => {
  const store = createSharedStore({ later: true });
  const first = await opened(store);
  first.put('old');
  first.crash();
  const second = openPage(store);
  second.put('new');
  second.put('gone');
  second.drop('gone');
  await settle();
  second.crash();
  expect((await opened(store)).restored).toEqual(['old', 'new']);
});

test('nothing is left of what was removed', async () => {
  const store = createSharedStore();
  const page = await opened(store);
  for (let each = 0; each < 100; each++) page.put(`${each}`);
  for (let each = 0; each < 100; each++) page.drop(`${(each * 37) % 100}`);
  expect([...store.texts]).toEqual([]);
});

test('two pages at once keep their own; who comes after a dead one takes over', async () => {
  const store = createSharedStore();
  const [first, second] = [await opened(store), await opened(store)];
  first.put('of the first');
  second.put('of the second');
  second.crash();
  const third = await opened(store);
  expect([first.restored, third.restored]).toEqual([[], ['of the second']]);
  third.crash();
  first.crash();
  const last = await opened(store);
  expect(last.restored).toEqual(['of the first', 'of the second']);
  last.drop('of the first');
  last.drop('of the second');
  expect([...store.texts]).toEqual([]);
});

test('a ninth page keeps nothing, and says so', async () => {
  const store = createSharedStore();
  const pages: Page[] = [];
  for (let each = 0; each < 9; each++) pages.push(await opened(store));
  expect(pages.map(({ errors }) => errors.length)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1]);
  expect(pages[8]?.errors[0]).toMatch(/^storage: .*8 other pages/);
});

test('another name is another outbox', async () => {
  const store = createSharedStore();
  (await opened(store, { name: 'here' })).put('x');
  expect((await opened(store, { name: 'there' })).restored).toEqual([]);
});

test.each([
  ['no JSON', '{"v":1,"fr'],
  ['no record', '[]'],
  ['a number that is none', '{"v":1,"from":"0","to":{}}'],
  ['backwards', '{"v":1,"from":7,"to":2}'],
  ['negative', '{"v":1,"from":-5,"to":2}'],
  ['endless', '{"v":1,"from":0,"to":9007199254740991}'],
  ['an older version', '{"v":0,"from":0,"to":9}'],
])('a damaged record (%s) is told once and costs nothing else', async (_name, text) => {
  const store = createSharedStore();
  store.texts.set('app/0', text);
  const page = await opened(store);
  expect(page.restored).toEqual([]);
  expect(page.errors).toEqual([expect.stringMatching(/^storage: .*damaged/)]);
  page.put('x');
  page.crash();
  expect((await opened(store)).restored).toEqual(['x']);
});

test('what a newer version keeps is left alone', async () => {
  const store = createSharedStore();
  store.texts.set('app/0', '{"v":2,"other":"things"}');
  const page = await opened(store);
  page.put('x');
  page.crash();
  expect((await opened(store)).restored).toEqual(['x']);
  expect(store.texts.get('app/0')).toBe('{"v":2,"other":"things"}');
  expect(page.errors).toEqual([]);
});

test('a store that is full, and then is not: told once for each time, and what comes afterwards is kept', async () => {
  const store = createSharedStore();
  const page = await opened(store);
  store.broken = new Error('QuotaExceededError');
  for (const text of ['a', 'b', 'c']) page.put(text);
  expect(page.errors).toEqual([expect.stringMatching(/^storage: .*QuotaExceededError/)]);
  store.broken = undefined;
  page.put('d');
  page.crash();
  expect((await opened(store)).restored).toEqual(['d']);
});

test('a store that has room for nothing, but lets things be removed: told once, however many come and go', async () => {
  const save = (_key: string, text: string | null): void => {
    if (text !== null) throw new DOMException('', 'QuotaExceededError');
  };
  const page = await opened(createSharedStore(), { storage: { load: () => null, save } });
  for (const text of ['a', 'b', 'c']) {
    page.put(text);
    page.drop(text);
  }
  expect(page.errors).toEqual([expect.stringMatching(/^storage: .*QuotaExceededError/)]);
});

test('a store that may not be touched: told once, and nothing is thrown', async () => {
  const no = (): never => {
    throw new Error('SecurityError');
  };
  const page = await opened(createSharedStore(), { storage: { load: no, save: no } });
  page.put('a');
  page.drop('a');
  expect(page.errors).toEqual([expect.stringMatching(/^storage: .*SecurityError/)]);
});

test('what a dead page left is not lost where the store has no room for it twice', async () => {
  const store = createSharedStore();
  const [first, second] = [await opened(store), await opened(store)];
  second.put('x'.repeat(500));
  second.crash();
  first.crash();
  const page = store.page();
  const save = (key: string, text: string | null): void => {
    const size = [...store.texts].reduce((sum, [each, { length }]) => sum + (each === key ? 0 : length), 0);
    if (size + (text?.length ?? 0) > 700) throw new Error('QuotaExceededError');
    void page.storage.save(key, text);
  };
  const third = await opened(store, { storage: { ...page.storage, save } });
  expect(third.restored).toEqual(['x'.repeat(500)]);
  page.crash();
  expect((await opened(store)).restored).toEqual(['x'.repeat(500)]);
});

test.each([{ later: false }, { later: true }])('eight pages that open at once have a place each: %o', async (how) => {
  const store = createSharedStore(how);
  const left = await opened(store);
  left.put('left');
  left.crash();
  const pages = Array.from({ length: 8 }, () => openPage(store));
  for (let turn = 0; turn < 20; turn++) await settle();
  expect(pages.flatMap(({ errors }) => errors)).toEqual([]);
  expect(pages.flatMap(({ restored }) => restored)).toEqual(['left']);
});

test('closed and opened again before it was answered: what was left is found', async () => {
  const store = createSharedStore({ later: true });
  const first = await opened(store);
  first.put('left');
  first.crash();
  const second = openPage(store);
  second.close();
  second.open();
  await settle();
  expect(second.restored).toEqual(['left']);
  second.close();
  expect(second.host.watchers).toBe(0);
});

test('two of one page, in a store without locks, do not write over each other', async () => {
  const texts = new Map<string, string>();
  const storage: KeyStorage = {
    load: (key) => texts.get(key) ?? null,
    save: (key, text) => void (text === null ? texts.delete(key) : texts.set(key, text)),
  };
  const store = createSharedStore();
  const [first, second] = [await opened(store, { storage }), await opened(store, { storage })];
  first.put('a');
  second.put('b');
  first.put('c');
  // another page: its own object, over the same texts
  const next = await opened(store, { storage: { ...storage } });
  expect(next.restored.sort()).toEqual(['a', 'b', 'c']);
});

test('answers that never come hang nothing', async () => {
  const never = new Promise<never>(() => {});
  for (const storage of [
    { hold: () => never, load: () => null, save: () => {} },
    { load: () => never, save: () => {} },
    { load: () => null, save: () => never },
  ]) {
    const page = await opened(createSharedStore(), { storage });
    page.put('a');
    page.drop('a');
    page.close();
    await settle();
    expect([page.errors, page.host.watchers]).toEqual([[], 0]);
  }
});

test('a page without locks takes the one place that there is', async () => {
  const texts = new Map<string, string>();
  const storage: KeyStorage = {
    load: (key) => texts.get(key) ?? null,
    save: (key, text) => void (text === null ? texts.delete(key) : texts.set(key, text)),
  };
  const first = await opened(createSharedStore(), { storage });
  first.put('a');
  // another page has an object of its own, over the same texts
  expect((await opened(createSharedStore(), { storage: { ...storage } })).restored).toEqual(['a']);
});

test('a suspended page that keeps nothing holds nothing; one that keeps something goes on holding it', async () => {
  const store = createSharedStore();
  const [empty, full] = [await opened(store), await opened(store)];
  full.put('x');
  for (const { host } of [empty, full]) host.setFocus('suspended');
  const other = await opened(store);
  expect(other.restored).toEqual([]);
  other.put('y'); // where the empty one was
  for (const { host } of [empty, full]) host.setFocus('visible');
  await settle();
  empty.put('z');
  for (const each of [empty, full, other]) each.crash();
  expect((await opened(store)).restored.sort()).toEqual(['x', 'y', 'z']);
});

test('one text that stays does not let the record grow without end', async () => {
  const store = createSharedStore();
  const page = await opened(store);
  page.put('stays');
  for (let each = 0; each < 120_000; each++) {
    page.put('passes');
    page.drop('passes');
  }
  page.crash();
  const { from, to } = JSON.parse(store.texts.get('app/0') ?? '') as { readonly from: number; readonly to: number };
  expect(to - from).toBeLessThan(2_000);
  expect((await opened(store)).restored).toEqual(['stays']);
});

test('texts that stay keep their order among themselves, however often they were written anew', async () => {
  const store = createSharedStore();
  const page = await opened(store);
  const stay = Array.from({ length: 50 }, (_each, at) => `stays ${at}`);
  stay.forEach(page.put);
  for (let each = 0; each < 10_000; each++) {
    page.put('passes');
    page.drop('passes');
  }
  page.crash();
  const second = await opened(store);
  expect(second.restored).toEqual(stay);
  second.put('later');
  second.crash();
  expect((await opened(store)).restored).toEqual([...stay, 'later']);
});

test('the number of writes for a message does not grow with what waits', async () => {
  const store = createSharedStore();
  const page = await opened(store);
  const writesFor = (count: number): number => {
    const before = store.writes;
    for (let each = 0; each < count; each++) page.put(`${before}-${each}`);
    return (store.writes - before) / count;
  };
  const few = writesFor(100);
  writesFor(5_000);
  expect(writesFor(100)).toBeLessThanOrEqual(few + 0.1);
});

test('pages that come, write and crash at random: nothing is lost, and nothing is with two pages', async () => {
  const seed = firstSeed();
  const chance = createChance(seed);
  for (let round = 0; round < 40; round++) {
    const store = createSharedStore({ later: chance.below(2) === 0 });
    const wanted = new Set<string>();
    let pages: Page[] = [await opened(store)];
    let count = 0;
    for (let step = 0; step < 60; step++) {
      const page = chance.pick(pages);
      const roll = chance.random();
      if (page.host.focus.getSnapshot() === 'suspended') page.host.setFocus('visible'); // nothing else can happen in it
      else if (roll < 0.45) {
        const text = `t${count++}`;
        wanted.add(text);
        page.put(text);
      } else if (roll < 0.75) {
        const [text] = page.has.keys();
        if (text !== undefined) page.drop(text);
        if (text !== undefined) wanted.delete(text);
      } else if (roll < 0.85 && pages.length < 5) pages.push(await opened(store));
      else if (roll < 0.95 && pages.length > 1) {
        page.crash();
        pages = pages.filter((each) => each !== page);
      } else page.host.setFocus(chance.pick(['suspended', 'visible', 'hidden']));
      await settle();
    }
    for (const page of pages) page.crash();
    const last = await opened(store);
    const found = [...last.restored].sort();
    expect(found, `seed ${seed}, round ${round}`).toEqual([...wanted].sort());
  }
});
