// A part of something that changes, as a hook: rendered only when that part does. Knows no rooms.
'use client';

import { useInsertionEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { Readable } from '../base/readable.js';

/** When are two selections the same? */
export type IsEqual<S> = (before: S, now: S) => boolean;

/**
 * `select` and `isEqual` may be inline: a selection that is equal to the one on the screen keeps its identity. `idle` is what the
 * server renders, and what is hydrated.
 */
export function useReadable<S, Selected>(
  readable: Readable<S>,
  idle: S,
  select: (state: S) => Selected,
  isEqual: IsEqual<Selected> = Object.is,
): Selected {
  const [committed] = useState(createCommitted<Selected>);
  const read = useMemo(
    () => selection(readable.getSnapshot, select, isEqual, committed.last),
    [readable, select, isEqual, committed],
  );
  const readIdle = useMemo(
    () => selection(() => idle, select, isEqual, committed.last),
    [idle, select, isEqual, committed],
  );
  const selected = useSyncExternalStore(readable.subscribe, read, readIdle);
  useInsertionEffect(() => committed.keep(selected));
  return selected;
}

/** What is on the screen: written when it has got there, never while rendering. */
interface Committed<T> {
  readonly last: () => { readonly value: T } | undefined;
  keep(value: T): void;
}

function createCommitted<T>(): Committed<T> {
  let last: { readonly value: T } | undefined;
  return {
    last: () => last,
    keep(value) {
      if (!last || !Object.is(last.value, value)) last = { value };
    },
  };
}

/** A snapshot function: selects once per state, and gives the earlier selection where the new one is equal. */
function selection<S, Selected>(
  getState: () => S,
  select: (state: S) => Selected,
  isEqual: IsEqual<Selected>,
  committed: Committed<Selected>['last'],
): () => Selected {
  let known: { readonly state: S; readonly value: Selected } | undefined;
  return () => {
    const state = getState();
    if (known?.state === state) return known.value;
    const before = known ?? committed();
    const now = select(state);
    const value = before && isEqual(before.value, now) ? before.value : now;
    known = { state, value };
    return value;
  };
}
