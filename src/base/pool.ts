// Things shared by key, counted, and kept a little longer than their last user. Knows nothing of what they are.

import type { Cancel, Clock } from './clock.js';

export interface Lease<T> {
  readonly value: T;
  /** Gives it back; twice is once. The last one out closes it, `lingerMs` later; a `brief` use, when it would have closed without. */
  release(lingerMs: number, brief?: boolean): void;
}

export interface Pool<T> {
  acquire(key: unknown, create: () => T): Lease<T>;
  readonly size: number;
  /** Closes everything now, held or lingering. */
  clear(): void;
  /** Closes now what only lingers. */
  settle(): void;
}

export function createPool<T>(clock: Clock, close: (value: T) => void): Pool<T> {
  interface Slot {
    readonly value: T;
    users: number;
    cancelClose?: Cancel | undefined;
    closeAt: number;
  }
  const slots = new Map<unknown, Slot>();

  const evict = (key: unknown, slot: Slot): void => {
    slot.cancelClose?.();
    // a cleared slot may still be released by a late user: only the slot that is in the map is ours to close
    if (slots.get(key) === slot && slots.delete(key)) close(slot.value);
  };

  return {
    acquire(key, create) {
      const slot: Slot = slots.get(key) ?? { value: create(), users: 0, closeAt: Infinity };
      slots.set(key, slot);
      slot.users++;
      slot.cancelClose?.();
      slot.cancelClose = undefined;
      const { closeAt } = slot;
      slot.closeAt = Infinity;
      let held = true;
      return {
        value: slot.value,
        release(lingerMs, brief = false) {
          if (!held) return;
          held = false;
          if (--slot.users > 0 || slots.get(key) !== slot) return;
          const now = clock.now();
          slot.closeAt = brief ? Math.min(now + lingerMs, closeAt) : now + lingerMs;
          slot.cancelClose = clock.after(slot.closeAt - now, () => evict(key, slot));
        },
      };
    },
    get size() {
      return slots.size;
    },
    clear() {
      for (const [key, slot] of [...slots]) evict(key, slot);
    },
    settle() {
      for (const [key, slot] of [...slots]) if (slot.users === 0) evict(key, slot);
    },
  };
}
