// What came and is not shown yet: bounded, and one message per key where only the newest counts. Folds nothing.

import { guarded } from '../base/report.js';
import type { FeedEvent } from '../model/feed.js';
import type { FeedOptions } from './feed-options.js';
import { historyOf } from './link.js';

export interface Inbox<In> {
  /** True: it is full, and is to be taken before the next one comes. */
  put(event: Exclude<FeedEvent<In>, { readonly type: 'passed' }>): boolean;
  /** All of it, in order; then it is empty. */
  take(): readonly FeedEvent<In>[];
}

/** Past this many it is taken early, or lets go of what the history would not keep anyway. */
const LIMIT = 1_024;
/** Of these only the newest counts; no user's key is one of them. */
const places = { connection: {}, clear: {} } as const;

export function createInbox<In>(options: () => Pick<FeedOptions<In>, 'conflate' | 'history'>): Inbox<In> {
  let events: FeedEvent<In>[] = [];
  const newest = new Map<unknown, FeedEvent<In>>(); // by key
  const replaced = new Set<FeedEvent<In>>(); // still among the events, and no longer true
  let passed = 0;

  const replace = (key: unknown, event: FeedEvent<In>): void => {
    const before = newest.get(key);
    newest.set(key, event);
    if (!before) return;
    replaced.add(before);
    if (before.type === 'message') passed++;
  };

  const tidy = (): void => {
    if (replaced.size > 0) events = events.filter((event) => !replaced.has(event));
    replaced.clear();
  };

  /** Taken early, a value would be kept beside the newer one of its key that comes before the frame: so the oldest go. */
  const shorten = (limit: number): void => {
    tidy();
    let surplus = events.length - limit;
    const kept = new Set(events.filter(({ type }) => type !== 'message' || surplus-- <= 0));
    passed += events.length - kept.size;
    events = [...kept];
    for (const [key, event] of newest) if (!kept.has(event)) newest.delete(key);
  };

  return {
    put(event) {
      const { conflate } = options();
      const { type } = event;
      const key = type === 'message' ? conflate && guarded(conflate, event.message) : places[type];
      if (key !== undefined) replace(key, event);
      if (events.push(event) < LIMIT) return false;
      if (!conflate) return true;
      // not only with the rest: a history without bound lets go of nothing
      if (replaced.size > events.length / 2) tidy();
      const limit = Math.max(LIMIT, historyOf(options()));
      if (events.length >= 2 * limit) shorten(limit);
      return false;
    },
    take() {
      tidy();
      const all = events;
      if (passed > 0) all.push({ type: 'passed', count: passed });
      events = [];
      newest.clear();
      passed = 0;
      return all;
    },
  };
}
