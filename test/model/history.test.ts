// @vitest-environment node
// The newest items of an endless sequence: older values stay what they were, and the work stays small.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { append, emptyHistory, type History, insert } from '../../src/model/history.js';
import { type Chance, overSeeds } from '../support/seed.js';

afterEach(() => vi.restoreAllMocks());

const of = (...items: number[]): History<number> => append(emptyHistory<number>(), items, 100);

describe('appending', () => {
  test('keeps the newest, in order, and counts all', () => {
    let history = emptyHistory<number>();
    for (let n = 1; n <= 10; n++) history = append(history, [n], 3);
    expect(history.items).toEqual([8, 9, 10]);
    expect(history.count).toBe(10);
  });

  test('many at once, more than fit', () => {
    const history = append(of(1, 2), [3, 4, 5, 6, 7], 3);
    expect(history.items).toEqual([5, 6, 7]);
    expect(history.count).toBe(7);
  });

  test('nothing: the same history', () => {
    const history = of(1);
    expect(append(history, [], 3)).toBe(history);
    expect(append(history, [], 0)).toBe(history);
  });

  test('limit 0 keeps none and counts', () => {
    let history = append(emptyHistory<number>(), [1, 2], 0);
    history = append(history, [3], 0);
    expect(history.items).toEqual([]);
    expect(history.count).toBe(3);
    expect(append(history, [4], 2).items).toEqual([4]);
  });

  test('no limit keeps all', () => {
    let history = emptyHistory<number>();
    for (let n = 0; n < 500; n++) history = append(history, [n], Infinity);
    expect(history.items).toHaveLength(500);
    expect(history.items[0]).toBe(0);
  });

  test('a limit that changes holds from the next item on', () => {
    const history = of(1, 2, 3, 4, 5);
    expect(append(history, [6], 2).items).toEqual([5, 6]);
    expect(append(append(history, [6], 2), [7], 5).items).toEqual([5, 6, 7]);
  });

  test('a count to go on from', () => {
    expect(append(emptyHistory<number>(40), [1], 3).count).toBe(41);
  });
});

describe('an older value', () => {
  test('has the same items each time they are read', () => {
    const history = of(1, 2);
    const { items } = history;
    append(history, [3], 100);
    expect(history.items).toBe(items);
    expect(items).toEqual([1, 2]);
  });

  test('that is first read after others were made of it is what it was', () => {
    const older = of(1, 2);
    append(older, [3], 100);
    expect(older.items).toEqual([1, 2]);
  });

  test('has two futures that know nothing of each other', () => {
    const past = of(1, 2);
    const one = append(past, [3], 100);
    const other = append(past, [30], 100);
    const oneMore = append(one, [4], 100);
    const otherMore = append(other, [40], 100);
    expect([past, one, other, oneMore, otherMore].map(({ items }) => items)).toEqual([
      [1, 2],
      [1, 2, 3],
      [1, 2, 30],
      [1, 2, 3, 4],
      [1, 2, 30, 40],
    ]);
  });

  test('has a future even where it kept nothing', () => {
    const past = of(1);
    const none = append(past, [2], 0);
    expect(append(past, [3], 100).items).toEqual([1, 3]);
    expect(append(none, [4], 100).items).toEqual([4]);
    expect(none.items).toEqual([]);
  });
});

describe('inserting', () => {
  test('before an item; they do not count as new, unless that is said', () => {
    const history = of(1, 2, 5);
    const filled = insert(history, 2, [3, 4], 100);
    expect([filled.items, filled.count, filled.length]).toEqual([[1, 2, 3, 4, 5], 3, 5]);
    expect(insert(history, 3, [6], 100, 4).count).toBe(4);
    expect(append(filled, [6], 100)).toMatchObject({ items: [1, 2, 3, 4, 5, 6], count: 4 });
    expect(history.items).toEqual([1, 2, 5]);
  });

  test('the newest are kept', () => {
    expect(insert(of(3, 4), 0, [1, 2], 3)).toMatchObject({ items: [2, 3, 4], count: 2, length: 3 });
    expect(insert(of(3, 4), 0, [1, 2], 0)).toMatchObject({ items: [], length: 0 });
  });
});

describe('work', () => {
  /** How often, and how many items, arrays were copied while `run` ran. */
  function copied(run: () => void): { readonly times: number; readonly items: number } {
    let times = 0;
    let items = 0;
    const slice = Array.prototype.slice;
    const spy = vi.spyOn(Array.prototype, 'slice').mockImplementation(function (this: unknown[], ...args) {
      const copy = Reflect.apply(slice, this, args) as unknown[];
      times++;
      items += copy.length;
      return copy;
    });
    run();
    spy.mockRestore();
    return { times, items };
  }

  test('a million items with limit 500: less than one copy per item, and a log that stays short', () => {
    const MILLION = 1_000_000;
    const LIMIT = 500;
    let history = emptyHistory<number>();
    let longest = 0;
    const one = [0];
    const { times, items } = copied(() => {
      for (let n = 0; n < MILLION; n++) {
        one[0] = n;
        history = append(history, one, LIMIT);
        longest = Math.max(longest, (history as unknown as { readonly log: readonly number[] }).log.length);
      }
    });
    expect(history.count).toBe(MILLION);
    expect(history.items).toHaveLength(LIMIT);
    expect([history.items[0], history.items.at(-1)]).toEqual([MILLION - LIMIT, MILLION - 1]);
    expect(times).toBeLessThan(MILLION / LIMIT);
    expect(items).toBeLessThan(MILLION);
    expect(longest).toBeLessThan(4 * LIMIT + 64);
  });

  test('a burst far over the limit keeps no more than the limit of it', () => {
    const burst = Array.from({ length: 100_000 }, (_, n) => n);
    const history = append(emptyHistory<number>(), burst, 10) as unknown as { readonly log: readonly number[] };
    expect(history.log).toHaveLength(10);
  });

  test('the array is built when it is read, once per value', () => {
    let history = emptyHistory<number>();
    const appending = copied(() => {
      for (let n = 0; n < 400; n++) history = append(history, [n], 500);
    });
    expect(appending.times).toBe(0);
    const reading = copied(() => {
      for (let n = 0; n < 10; n++) expect(history.items.length).toBe(400);
    });
    expect(reading).toEqual({ times: 1, items: 400 });
  });
});

function walk({ below, pick }: Chance): void {
  interface Pair {
    readonly real: History<number>;
    readonly items: readonly number[];
    readonly count: number;
  }
  const pairs: Pair[] = [{ real: emptyHistory<number>(), items: [], count: 0 }];
  for (let step = 0; step < 200; step++) {
    // mostly the newest, sometimes a second future of an old one
    const from = below(10) === 0 ? pick(pairs) : (pairs.at(-1) as Pair);
    const limit = pick([0, 1, 3, 10]);
    const added = Array.from({ length: below(15) }, (_, index) => step * 100 + index);
    const kept = [...from.items, ...added];
    pairs.push({
      real: append(from.real, added, limit),
      items: added.length === 0 ? from.items : kept.slice(Math.max(0, kept.length - limit)),
      count: from.count + added.length,
    });
    if (below(4) === 0) expect(pick(pairs).real.items).toBeDefined();
  }
  for (const { real, items, count } of pairs) {
    expect(real.items).toEqual(items);
    expect(real.count).toBe(count);
  }
}

test('a random tree of futures, against arrays', () => {
  overSeeds(50, walk);
});
