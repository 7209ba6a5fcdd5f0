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
  // a Map keeps the order, and what is set anew after it was deleted has the latest place
  let events = new Map<unknown, FeedEvent<In>>();
  let passed = 0;

  /** Taken early, a value would be kept beside the newer one of its key that comes before the frame: so the oldest go. */
  const shorten = (limit: number): void => {
    let surplus = events.size - limit;
    for (const [place, { type }] of events) {
      if (surplus-- <= 0) return;
      if (type === 'message' && events.delete(place)) passed++;
    }
  };

  return {
    put(event) {
      const { conflate } = options();
      const { type } = event;
      const key = type === 'message' ? conflate && guarded(conflate, event.message) : places[type];
      if (key !== undefined && events.delete(key) && type === 'message') passed++;
      events.set(key ?? event, event);
      const limit = Math.max(LIMIT, historyOf(options()));
      if (conflate && events.size >= 2 * limit) shorten(limit);
      return !conflate && events.size >= LIMIT;
    },
    take() {
      const all = [...events.values()];
      if (passed > 0) all.push({ type: 'passed', count: passed });
      events = new Map();
      passed = 0;
      return all;
    },
  };
}
