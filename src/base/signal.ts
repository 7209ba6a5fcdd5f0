// Something that happened: listeners with a seat each, errors isolated. Holds no value.

import type { Unsubscribe } from './readable.js';
import { reportOutOfBand } from './report.js';

export interface Signal<T> {
  /** Adds a seat; the same function may sit twice. The undo is idempotent. */
  on(listener: (value: T) => void): Unsubscribe;
  /** Tells all who sat when the round began and have not left since; one that throws starves nobody. */
  emit(value: T): void;
  readonly size: number;
}

export function createSignal<T>(): Signal<T> {
  interface Seat {
    listener: ((value: T) => void) | undefined;
  }
  const seats = new Set<Seat>();
  let round: readonly Seat[] | undefined; // made when asked for, never changed: a round in progress keeps its own
  return {
    on(listener) {
      const seat: Seat = { listener };
      seats.add(seat);
      round = undefined;
      return () => {
        seat.listener = undefined;
        if (seats.delete(seat)) round = undefined;
      };
    },
    emit(value) {
      round ??= [...seats];
      for (const seat of round)
        try {
          seat.listener?.(value); // `guarded` would make an array of each value, for each who hears it
        } catch (error) {
          reportOutOfBand(error);
        }
    },
    get size() {
      return seats.size;
    },
  };
}
