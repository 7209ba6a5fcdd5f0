// Things shared by key, counted, and kept a little longer than their last user. Knows nothing of what they are.

import type { Cancel, Clock } from './clock.js';

export interface Lease<T> {
  readonly value: T;
  /** Gives it back; twice is once. The last one out closes it, `lingerMs` later. */
  release(lingerMs: number): void;
}

export interface Pool<T> {
  acquire(key: unknown, create: () => T): Lease<T>;
  readonly size: number;
  /** Closes everything now, held or lingering. */
  clear(): void;
}

export function createPool<T>(clock: Clock, close: (value: T) => void): Pool<T> {
  interface Slot {
    readonly value: T;
    users: number;
    cancelClose?: Cancel | undefined;
  }
  const slots = new Map<unknown, Slot>();

  const evict = (key: unknown, slot: Slot): void => {
    slot.cancelClose?.();
    // a cleared slot may still be released by a late user: only the slot that is in the map is ours to close
    if (slots.get(key) === slot && slots.delete(key)) close(slot.value);
  };

  return {
    acquire(key, create) {
      const slot: Slot = slots.get(key) ?? { value: create(), users: 0 };
      slots.set(key, slot);
      slot.users++;
      slot.cancelClose?.();
      slot.cancelClose = undefined;
      let held = true;
      return {
        value: slot.value,
        release(lingerMs) {
          if (!held) return;
          held = false;
          if (--slot.users === 0 && slots.get(key) === slot)
            slot.cancelClose = clock.after(lingerMs, () => evict(key, slot));
        },
      };
    },
    get size() {
      return slots.size;
    },
    clear() {
      for (const [key, slot] of [...slots]) evict(key, slot);
    },
  };
}
