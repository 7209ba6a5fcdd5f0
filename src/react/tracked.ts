// Which fields a component reads decides what renders it. No React in here, and nothing is opened.

import type { FeedHandle } from '../client/feed.js';
import type { FeedState } from '../model/feed.js';

/** What takes part in deciding whether to render. */
export type Field = keyof FeedState | 'selected';

/** The feed as one component sees it: a new object only when something that it read has changed. */
export interface Tracked<In, Selected> extends FeedState<In> {
  readonly bufferedAmount: number;
  readonly selected: Selected;
}

/**
 * A snapshot function for `useSyncExternalStore`. `read` remembers what was read; it only grows, so a render that
 * React throws away can cost a needless render later, never a missed one.
 */
export function trackReads<In, Selected, Verbs extends object>(
  feed: Pick<FeedHandle<In, never>, 'getSnapshot' | 'bufferedAmount'>,
  verbs: Verbs,
  read: Set<Field>,
  select: ((state: FeedState<In>) => Selected) | undefined,
  isEqual: (a: Selected, b: Selected) => boolean,
): () => Tracked<In, Selected> & Verbs {
  let state: FeedState<In>;
  let selected: Selected;
  let view: (Tracked<In, Selected> & Verbs) | undefined;

  const changed = (next: FeedState<In>): boolean => {
    for (const field of read)
      if (field === 'selected' ? select && !isEqual(selected, select(next)) : !Object.is(state[field], next[field]))
        return true;
    return false;
  };

  const expose = (own: FeedState<In>, ownSelected: Selected): Tracked<In, Selected> & Verbs => {
    const target = { ...verbs };
    const known = new Set(read);
    const define = (name: string, get: () => unknown): void =>
      void Object.defineProperty(target, name, { enumerable: true, get });
    for (const field of Object.keys(own) as (keyof FeedState)[])
      define(field, () => {
        if (known.has(field)) return own[field];
        // it took no part so far, so this view may be older than its newest value
        read.add(field);
        return feed.getSnapshot()[field];
      });
    define('selected', () => (read.add('selected'), ownSelected));
    define('bufferedAmount', () => feed.bufferedAmount);
    return target as Tracked<In, Selected> & Verbs;
  };

  return () => {
    const next = feed.getSnapshot();
    if (view && (state === next || !changed(next))) {
      state = next;
      return view;
    }
    state = next;
    selected = select?.(next) as Selected;
    return (view = expose(state, selected));
  };
}
