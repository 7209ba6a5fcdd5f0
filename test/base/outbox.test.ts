// @vitest-environment node
// A bounded queue with order, expiry and last-value-wins keys: by example, and against an array that does the same slowly.

import { expect, test } from 'vitest';
import { createOutbox, type Entry, type Outbox, type OutboxOptions } from '../../src/base/outbox.js';
import { type Chance, overSeeds } from '../support/seed.js';

interface Sent {
  readonly entry: Entry<string>;
  /** How it was given up: 'overflow', 'timeout', 'lost', or 'replaced'. */
  readonly dropped: readonly string[];
}

function entryOf(item: string, parts: Partial<Entry<string>> = {}): Sent {
  const dropped: string[] = [];
  const entry: Entry<string> = {
    item,
    bytes: item.length,
    expiresAt: Infinity,
    dropped: (error) => void dropped.push(error?.kind ?? 'replaced'),
    ...parts,
  };
  return { entry, dropped };
}

/** Everything that waits, in order; it is taken out. */
const drained = (outbox: Outbox<string>): string[] => taken(outbox, Infinity);
function taken(outbox: Outbox<string>, count: number): string[] {
  const items: string[] = [];
  for (const entry of outbox.entries()) if (items.length < count && outbox.remove(entry)) items.push(entry.item);
  return items;
}

const fill = (outbox: Outbox<string>, items: string, options: OutboxOptions = {}): Sent[] =>
  items.split('').map((item) => {
    const sent = entryOf(item);
    outbox.push(sent.entry, options);
    return sent;
  });

test('first in, first out', () => {
  const outbox = createOutbox<string>();
  fill(outbox, 'abcd');
  expect(taken(outbox, 2)).toEqual(['a', 'b']);
  expect(outbox.size).toBe(2);
  expect(drained(outbox)).toEqual(['c', 'd']);
  expect(outbox.size).toBe(0);
});

test('what has left and is not answered counts, and gives its place to nobody', () => {
  const outbox = createOutbox<string>();
  const left = entryOf('left', { key: 'k', pinned: () => true });
  outbox.push(left.entry, {});
  const [newer, other] = [entryOf('newer', { key: 'k' }), entryOf('other')];
  outbox.push(newer.entry, { limit: 2 });
  outbox.push(other.entry, { limit: 2 });
  expect([left.dropped, newer.dropped, other.dropped]).toEqual([[], ['overflow'], []]);
  const newest = entryOf('newest', { key: 'k', pinned: () => true });
  expect(outbox.push(newest.entry, { limit: 2, overflow: 'drop-newest' })).toBe(false);
  outbox.supersede('k');
  expect(left.dropped).toEqual([]);
  expect(outbox.remove(left.entry)).toBe(true);
  expect(outbox.remove(left.entry)).toBe(false);
  expect(drained(outbox)).toEqual(['other']);
});

test('what is pushed while somebody reads is read behind the rest', () => {
  const outbox = createOutbox<string>();
  fill(outbox, 'ab');
  const read: string[] = [];
  for (const { item } of outbox.entries()) {
    if (item === 'a') fill(outbox, 'c');
    read.push(item);
  }
  expect(read).toEqual(['a', 'b', 'c']);
});

test("at the limit 'drop-oldest' gives up the oldest", () => {
  const outbox = createOutbox<string>();
  const sent = fill(outbox, 'abcde', { limit: 3 });
  expect(sent.map(({ dropped }) => dropped.join())).toEqual(['overflow', 'overflow', '', '', '']);
  expect(drained(outbox)).toEqual(['c', 'd', 'e']);
});

test("at the limit 'drop-newest' gives up the new one", () => {
  const outbox = createOutbox<string>();
  const options: OutboxOptions = { limit: 2, overflow: 'drop-newest' };
  fill(outbox, 'ab', options);
  const late = entryOf('c');
  expect(outbox.push(late.entry, options)).toBe(false);
  expect(late.dropped).toEqual(['overflow']);
  expect(drained(outbox)).toEqual(['a', 'b']);
});

test("at the limit 'reject' throws in the caller's stack and changes nothing", () => {
  const outbox = createOutbox<string>();
  const options: OutboxOptions = { limit: 2, overflow: 'reject' };
  fill(outbox, 'ab', options);
  const late = entryOf('c');
  expect(() => outbox.push(late.entry, options)).toThrow(
    expect.objectContaining({ kind: 'overflow', message: expect.stringContaining('outbox.limit') as string }),
  );
  expect(late.dropped).toEqual([]);
  expect(drained(outbox)).toEqual(['a', 'b']);
});

test('bytes count: as many of the oldest go as it takes', () => {
  const outbox = createOutbox<string>();
  const options: OutboxOptions = { maxBytes: 10 };
  const old = ['aaaa', 'bbbb'].map((item) => entryOf(item));
  for (const { entry } of old) outbox.push(entry, options);
  expect(outbox.push(entryOf('ccccccc').entry, options)).toBe(true);
  expect(old.map(({ dropped }) => dropped)).toEqual([['overflow'], ['overflow']]);
  expect(drained(outbox)).toEqual(['ccccccc']);
});

test('what does not fit into an empty outbox does not empty it', () => {
  const outbox = createOutbox<string>();
  const options: OutboxOptions = { maxBytes: 10 };
  fill(outbox, 'ab', options);
  const huge = entryOf('x'.repeat(11));
  expect(outbox.push(huge.entry, options)).toBe(false);
  expect(huge.dropped).toEqual(['overflow']);
  expect(drained(outbox)).toEqual(['a', 'b']);
});

test('what finds no place all the same costs nobody theirs', () => {
  const outbox = createOutbox<string>();
  outbox.push(entryOf('x'.repeat(90), { pinned: () => true }).entry, { maxBytes: 100 });
  const waiting = fill(outbox, 'abcde', { maxBytes: 100 });
  const large = entryOf('y'.repeat(20));
  expect(outbox.push(large.entry, { maxBytes: 100 })).toBe(false);
  expect([large.dropped, waiting.flatMap(({ dropped }) => dropped), outbox.size]).toEqual([['overflow'], [], 6]);
});

test('who is told of an end may send something: the bytes are right after it', () => {
  const outbox = createOutbox<string>();
  const options = { limit: 2 };
  const again = entryOf('again', { key: 'k' });
  outbox.push(entryOf('a', { dropped: () => void outbox.push(again.entry, options) }).entry, options);
  outbox.push(entryOf('old', { key: 'k' }).entry, options);
  outbox.push(entryOf('b').entry, options);
  expect(drained(outbox)).toEqual(['again', 'b']);
  expect(outbox.bytes).toBe(0);
});

test.each([NaN, -1])('bounds that make no sense (%d) are read as if nothing had been said', (bound) => {
  const outbox = createOutbox<string>();
  const sent = fill(outbox, 'x'.repeat(1_001), { limit: bound, maxBytes: bound });
  expect([outbox.size, sent[0]?.dropped]).toEqual([1_000, ['overflow']]);
});

test('what was here before goes first; newer values, and what has a place, stay', () => {
  const outbox = createOutbox<string>();
  fill(outbox, 'de');
  outbox.push(entryOf('newer', { key: 'k' }).entry, {});
  const older = [entryOf('older', { key: 'k' }), entryOf('a'), entryOf('b')];
  outbox.restore(
    older.map(({ entry }) => entry),
    { limit: 4, overflow: 'reject' },
  );
  expect(older.map(({ dropped }) => dropped)).toEqual([['replaced'], [], ['overflow']]);
  expect(drained(outbox)).toEqual(['a', 'd', 'e', 'newer']);
});

test('bytes are given back by every way out', () => {
  const outbox = createOutbox<string>();
  const options: OutboxOptions = { maxBytes: 4, overflow: 'drop-newest' };
  const fits = (): boolean => {
    const probe = entryOf('pppp');
    const fitted = outbox.push(probe.entry, options);
    outbox.remove(probe.entry);
    return fitted;
  };
  const push = (parts: Partial<Entry<string>> = {}): Entry<string> => {
    const { entry } = entryOf('eeee', parts);
    outbox.push(entry, options);
    expect(fits()).toBe(false);
    return entry;
  };
  push();
  drained(outbox);
  expect(fits()).toBe(true);
  outbox.remove(push());
  expect(fits()).toBe(true);
  push({ expiresAt: 5 });
  outbox.expire(5);
  expect(fits()).toBe(true);
  push();
  outbox.clear(new Error('over') as never);
  expect(fits()).toBe(true);
});

test('limit 0 queues nothing', () => {
  const outbox = createOutbox<string>();
  const [only] = fill(outbox, 'a', { limit: 0 });
  expect(only?.dropped).toEqual(['overflow']);
  expect(outbox.size).toBe(0);
});

test('a later entry with the key takes the place of the first', () => {
  const outbox = createOutbox<string>();
  const first = entryOf('cursor 1', { key: 'cursor' });
  outbox.push(entryOf('a').entry, {});
  outbox.push(first.entry, {});
  outbox.push(entryOf('b').entry, {});
  expect(outbox.push(entryOf('cursor 2', { key: 'cursor' }).entry, {})).toBe(true);
  expect(first.dropped).toEqual(['replaced']);
  expect(outbox.remove(first.entry)).toBe(false);
  expect(outbox.size).toBe(3);
  expect(drained(outbox)).toEqual(['a', 'cursor 2', 'b']);
});

test('a replacement is no additional entry: a full outbox takes it', () => {
  const outbox = createOutbox<string>();
  const options: OutboxOptions = { limit: 2, overflow: 'reject' };
  outbox.push(entryOf('k1', { key: 'k' }).entry, options);
  outbox.push(entryOf('a').entry, options);
  expect(outbox.push(entryOf('k2', { key: 'k' }).entry, options)).toBe(true);
  expect(drained(outbox)).toEqual(['k2', 'a']);
});

test('a replacement that is too large leaves the older value', () => {
  const outbox = createOutbox<string>();
  const options: OutboxOptions = { maxBytes: 4 };
  const older = entryOf('k1', { key: 'k' });
  const newer = entryOf('k'.repeat(5), { key: 'k' });
  outbox.push(older.entry, options);
  expect(outbox.push(newer.entry, options)).toBe(false);
  expect([older.dropped, newer.dropped]).toEqual([[], ['overflow']]);
  expect(drained(outbox)).toEqual(['k1']);
});

test('a key is free again when its entry has left', () => {
  const outbox = createOutbox<string>();
  outbox.push(entryOf('k1', { key: 'k' }).entry, {});
  expect(drained(outbox)).toEqual(['k1']);
  outbox.push(entryOf('a').entry, {});
  outbox.push(entryOf('k2', { key: 'k' }).entry, {});
  expect(drained(outbox)).toEqual(['a', 'k2']);
});

test('what is due is dropped, and the next expiry is known', () => {
  const outbox = createOutbox<string>();
  const soon = entryOf('soon', { expiresAt: 10 });
  outbox.push(entryOf('later', { expiresAt: 20 }).entry, {});
  outbox.push(soon.entry, {});
  outbox.push(entryOf('never').entry, {});
  expect(outbox.nextExpiry).toBe(10);
  outbox.expire(9);
  expect(soon.dropped).toEqual([]);
  outbox.expire(10);
  expect(soon.dropped).toEqual(['timeout']);
  expect(outbox.nextExpiry).toBe(20);
  outbox.expire(20);
  expect(outbox.nextExpiry).toBe(Infinity);
  expect(drained(outbox)).toEqual(['never']);
});

test('an empty outbox expires never', () => {
  const outbox = createOutbox<string>();
  const { entry } = entryOf('a', { expiresAt: 10 });
  outbox.push(entry, {});
  outbox.remove(entry);
  expect(outbox.nextExpiry).toBe(Infinity);
});

test('clear drops everything with the reason, once', () => {
  const outbox = createOutbox<string>();
  const sent = fill(outbox, 'abc');
  outbox.clear(Object.assign(new Error('over'), { kind: 'lost' }) as never);
  expect(sent.map(({ dropped }) => dropped)).toEqual([['lost'], ['lost'], ['lost']]);
  expect(outbox.size).toBe(0);
  outbox.clear(Object.assign(new Error('again'), { kind: 'lost' }) as never);
  expect(sent.map(({ dropped }) => dropped.length)).toEqual([1, 1, 1]);
});

interface Bounds extends OutboxOptions {
  readonly limit: number;
  readonly maxBytes: number;
}

/** The same queue, as slowly and plainly as possible. */
function createNaive() {
  let entries: Entry<string>[] = [];
  const bytesOf = (list: readonly Entry<string>[]): number => list.reduce((sum, { bytes }) => sum + bytes, 0);
  const giveUp = (which: (entry: Entry<string>) => boolean, why: string): string[] => {
    const gone = entries.filter(which);
    entries = entries.filter((entry) => !which(entry));
    return gone.map(({ item }) => `${item} ${why}`);
  };
  return {
    get items() {
      return entries.map(({ item }) => item);
    },
    get nextExpiry() {
      return Math.min(...entries.map(({ expiresAt }) => expiresAt));
    },
    push(entry: Entry<string>, { limit, maxBytes, overflow }: Bounds): string[] {
      const at = entry.key === undefined ? -1 : entries.findIndex(({ key }) => key === entry.key);
      const future = (): Entry<string>[] => {
        const place = entries.findIndex((each) => entry.key !== undefined && each.key === entry.key);
        return place < 0 ? [...entries, entry] : entries.map((each, index) => (index === place ? entry : each));
      };
      const fits = (): boolean => future().length <= limit && bytesOf(future()) <= maxBytes;
      if (!fits() && overflow === 'reject') return ['thrown'];
      const log: string[] = [];
      if (overflow === 'drop-oldest' && limit > 0 && entry.bytes <= maxBytes)
        while (!fits()) {
          const oldest = entries.find(({ key }) => at < 0 || key !== entry.key);
          log.push(...giveUp((each) => each === oldest, 'overflow'));
        }
      if (!fits()) return [...log, `${entry.item} overflow`];
      if (at >= 0) log.push(`${entries.find(({ key }) => key === entry.key)?.item} replaced`);
      entries = future();
      return log;
    },
    remove: (item: string) => giveUp((each) => each.item === item, 'removed'),
    expire: (now: number) => giveUp(({ expiresAt }) => expiresAt <= now, 'timeout'),
    clear: () => giveUp(() => true, 'lost'),
    drain: (count: number) => entries.splice(0, count).map(({ item }) => item),
  };
}

function walk({ random, below, pick }: Chance): void {
  const outbox = createOutbox<string>();
  const naive = createNaive();
  const live = new Map<string, Entry<string>>();
  let log: string[] = [];
  let now = 0;
  for (let step = 0; step < 120; step++) {
    log = [];
    const act = below(10);
    if (act < 6) {
      const options = {
        limit: below(8),
        maxBytes: below(40),
        overflow: pick(['drop-oldest', 'drop-newest', 'reject'] as const),
      };
      const item = `#${step}`;
      const entry: Entry<string> = {
        item,
        bytes: below(12),
        key: random() < 0.4 ? `k${below(3)}` : undefined,
        expiresAt: random() < 0.5 ? now + below(20) : Infinity,
        dropped: (error) => void log.push(`${item} ${error?.kind ?? 'replaced'}`),
      };
      live.set(item, entry);
      const expected = naive.push(entry, options);
      let queued: boolean | undefined;
      try {
        queued = outbox.push(entry, options);
      } catch {
        log.push('thrown');
      }
      expect(log).toEqual(expected);
      if (queued !== undefined) expect(queued).toBe(naive.items.includes(item));
    } else if (act === 6) {
      const item = `#${below(step + 1)}`;
      const entry = live.get(item);
      const expected = naive.remove(item);
      if (entry) expect(outbox.remove(entry)).toBe(expected.length > 0);
    } else if (act === 7) {
      now += below(10);
      const expected = naive.expire(now);
      outbox.expire(now);
      expect(log).toEqual(expected);
    } else if (act === 8) {
      const count = below(4);
      expect(taken(outbox, count)).toEqual(naive.drain(count));
    } else if (random() < 0.3) {
      const expected = naive.clear();
      outbox.clear(Object.assign(new Error('over'), { kind: 'lost' }) as never);
      expect(log).toEqual(expected);
    }
    expect(outbox.size).toBe(naive.items.length);
    // it may ring early, for one that has left meanwhile; never late
    expect(outbox.nextExpiry).toBeLessThanOrEqual(naive.nextExpiry);
  }
  expect(drained(outbox)).toEqual(naive.items);
}

test('a random walk, against the same queue done slowly', () => {
  overSeeds(60, walk);
});
