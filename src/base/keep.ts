// Texts in their order, kept over reloads by one page at a time; what a dead page left is taken over. Knows nothing of what they say.

import { RealtimeError } from './error.js';
import type { Host } from './host.js';
import type { Unsubscribe } from './readable.js';
import { settle } from './settle.js';
import { nothing, type Place, placeText, readPlace, spanText } from './place.js';
import { holdHere, PLACES, visitPlaces } from './places.js';
import type { Awaitable, KeyStorage } from './storage.js';

export interface Kept {
  change(text: string): void;
  remove(): void;
}

export interface Restored {
  readonly text: string;
  readonly kept: Kept;
}

export interface Keep {
  /** Keeps a text behind the others. Where that cannot be it is reported, and the text is not kept. */
  add(text: string): Kept;
  /** Takes a place among the pages, and hands over what was left there and in places of dead pages. */
  open(): void;
  /** Lets go of the place. What is kept stays. */
  close(): void;
}

export interface KeepParts {
  readonly storage: KeyStorage;
  /** Whose texts: other names share nothing. */
  readonly name: string;
  readonly focus: Host['focus'];
  /** What an earlier page left, in order; called once per place that had any. */
  readonly onRestored: (restored: readonly Restored[]) => void;
  /** All that could be found by this opening has been handed over. */
  readonly onReady?: (() => void) | undefined;
  readonly onError: (error: RealtimeError) => void;
}

/** Numbers are spoken for in blocks, so that not each text changes the record. */
const BLOCK = 32;
/** Numbers between the oldest and the newest beyond twice as many as there are texts. */
const SLACK = 1_024;

interface Item {
  /** Under which it is written. */
  number: number;
  /** Which comes first; numbers change, this does not. */
  order: number;
  text: string;
  isWritten?: boolean;
}

export function createKeep({ storage, name, focus, onRestored, onReady, onError }: KeepParts): Keep {
  const items = new Set<Item>(); // in the order of their numbers
  let place: string | undefined; // undefined: none, and nothing is written
  let release: (() => void) | undefined;
  let next = 0;
  let orders = 0;
  let span = nothing; // as it is written down: all numbers in use are within
  let taking = 0; // each try to get a place is one of its own; 0: there was none
  let unwatch: Unsubscribe | undefined;
  let reported = false; // once for a row of failures

  const failed = (cause: unknown): void => {
    if (reported) return;
    reported = true;
    const why = cause instanceof Error ? cause.message || cause.name : String(cause);
    const text = `The outbox is not kept over a reload, and stays in memory: ${why}`;
    onError(new RealtimeError('storage', text, { cause }));
  };
  const save = (key: string, text: string | null, undo?: () => void, where = place): void => {
    if (where === undefined) return;
    settle(
      (): Awaitable<void> => storage.save(where + key, text),
      () => {
        // to remove, or to write over the record, is possible where there is no room for a text
        if (key && text !== null) reported = false;
      },
      (cause) => {
        undo?.();
        failed(cause);
      },
    );
  };
  const record = (from: number, to: number): void => {
    const before = span;
    const mine = (span = { from, to });
    save('', from === to ? null : spanText(span), () => {
      // what is not written down does not hold
      if (span === mine) span = before;
    });
  };
  const write = (item: Item): void => {
    if (place === undefined) return;
    // first: a number outside the record would never be found again
    if (item.number >= span.to) record(span.from, item.number + BLOCK);
    item.isWritten = true;
    save(`/${item.number}`, placeText(item), () => void (item.isWritten = false));
  };
  const keptOf = (item: Item): Kept => ({
    change(text) {
      item.text = text;
      if (items.has(item)) write(item);
    },
    remove() {
      if (!items.delete(item)) return;
      save(`/${item.number}`, null);
      const [oldest] = items;
      if (!oldest) record((next = 0), 0);
      else if (oldest.number >= span.from + BLOCK) record(oldest.number, span.to);
    },
  });
  const put = (item: Item): void => {
    item.number = next++;
    items.add(item);
    write(item);
  };
  const append = (text: string): Item => {
    const item: Item = { number: 0, order: ++orders, text };
    put(item);
    // one that stays long must not stretch the record
    const [oldest] = items;
    if (oldest && next - oldest.number > 2 * items.size + SLACK) {
      save(`/${oldest.number}`, null);
      items.delete(oldest);
      put(oldest);
    }
    return item;
  };
  const restore = (found: readonly Item[]): void => {
    if (found.length > 0) onRestored(found.map((item) => ({ text: item.text, kept: keptOf(item) })));
  };

  /** It is ours: what is there comes before what was added meanwhile. */
  const settleIn = (where: string, { written, found: texts }: Place): void => {
    const early = [...items];
    place = where;
    span = written;
    next = written.to;
    items.clear();
    const found = texts.map((each): Item => ({ ...each }));
    for (const item of [...found].sort((a, b) => a.number - b.number)) items.add(item);
    orders = Math.max(orders, found.at(-1)?.order ?? 0);
    for (const item of early) {
      item.order = ++orders;
      put(item);
    }
    if (items.size === 0) record((next = 0), 0);
    restore(found);
  };
  /** A dead page's: written here first, so that at no moment it is nowhere. */
  const adopt = (where: string, { written, found }: Place): void => {
    const adopted = found.map(({ text }) => append(text));
    for (const { number } of found) save(`/${number}`, null, undefined, where);
    if (written !== nothing) save('', null, undefined, where);
    // there may have been no room for both
    for (const item of adopted) if (!item.isWritten) write(item);
    restore(adopted);
  };
  const take = async (mine: number): Promise<void> => {
    const hold = (where: string) => (storage.hold ? storage.hold(where) : holdHere(storage, where));
    await visitPlaces(name, hold, async (where, letGo) => {
      const left = mine === taking ? await readPlace(storage, where, failed).catch(giveBack(letGo)) : undefined;
      if (mine === taking && left && place === undefined) {
        release = letGo;
        settleIn(where, left);
        return true;
      }
      if (mine === taking && left) adopt(where, left);
      letGo();
      return mine === taking;
    });
    if (mine === taking && place === undefined) failed(new Error(`${PLACES} other pages keep theirs`));
  };
  let takes = 0;
  const enter = (): void => {
    const mine = (taking = ++takes);
    void take(mine)
      .catch(failed)
      .then(() => (mine === taking ? onReady?.() : undefined));
  };
  const leave = (): void => {
    taking = 0;
    place = undefined;
    release?.();
    release = undefined;
  };
  // a page that holds a lock is not taken into the back/forward cache: one that keeps nothing holds none there
  const onFocus = (): void => {
    const suspended = focus.getSnapshot() === 'suspended';
    if (suspended && items.size === 0) leave();
    else if (!suspended && taking === 0) enter();
  };

  return {
    add: (text) => keptOf(append(text)),
    open() {
      if (unwatch) return;
      unwatch = focus.subscribe(onFocus);
      if (focus.getSnapshot() !== 'suspended') enter();
    },
    close() {
      unwatch?.();
      unwatch = undefined;
      leave();
      items.clear(); // they are handed over at the next opening
    },
  };
}

const giveBack =
  (letGo: () => void) =>
  (cause: unknown): never => {
    letGo();
    throw cause;
  };
