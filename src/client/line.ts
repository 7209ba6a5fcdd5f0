// The messages of one room that are not answered, in the order in which they are said, and which of them this wire has not been given. Says nothing.

import type { Parcel } from './parcel.js';

export interface Line {
  readonly size: number;
  get(id: string): Parcel | undefined;
  add(parcel: Parcel): void;
  remove(parcel: Parcel): void;
  all(): Iterable<Parcel>;
  /** Those that this wire has not been given, in order; whoever reads may take them out. */
  waiting(): Iterable<Parcel>;
  waits(parcel: Parcel): boolean;
  /** It was given to the wire. */
  said(parcel: Parcel): void;
  /** It waits once more, where it was. */
  again(parcel: Parcel): void;
  /** Everything waits once more. */
  restart(): void;
}

export function createLine(): Line {
  const parcels = new Map<string, Parcel>(); // in the order in which they came
  let waiting = new Set<Parcel>();
  let sorted = true; // put in order when it is read: one by one, many that come back would cost their square

  return {
    get size() {
      return parcels.size;
    },
    get: (id) => parcels.get(id),
    add(parcel) {
      parcels.set(parcel.id, parcel);
      waiting.add(parcel);
      // what an earlier page left goes first, whenever it was found
      if (parcel.isLeft) sorted = false;
    },
    remove(parcel) {
      parcels.delete(parcel.id);
      waiting.delete(parcel);
    },
    all: () => parcels.values(),
    waiting() {
      if (!sorted && waiting.size > 1) {
        const all = [...parcels.values()].filter((each) => waiting.has(each));
        waiting = new Set([...all.filter(({ isLeft }) => isLeft), ...all.filter(({ isLeft }) => !isLeft)]);
      }
      sorted = true;
      return waiting;
    },
    waits: (parcel) => waiting.has(parcel),
    said: (parcel) => void waiting.delete(parcel),
    again(parcel) {
      waiting.add(parcel);
      sorted = false;
    },
    restart() {
      waiting = new Set(parcels.values());
      sorted = false;
    },
  };
}
