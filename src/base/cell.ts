// A record that is: read, watched, and changed field by field. Tells only what is different.

import type { Readable } from './readable.js';
import { createSignal } from './signal.js';

export interface Cell<T extends object> extends Readable<T> {
  /** A new snapshot, if any of these fields differs. */
  change(fields: Partial<T>): void;
}

export function createCell<T extends object>(initial: T): Cell<T> {
  const watchers = createSignal<void>();
  let value = initial;
  return {
    getSnapshot: () => value,
    subscribe: (listener) => watchers.on(listener),
    change(fields) {
      const next = { ...value, ...fields };
      if (Object.keys(next).every((name) => next[name as keyof T] === value[name as keyof T])) return;
      value = next;
      watchers.emit();
    },
  };
}
