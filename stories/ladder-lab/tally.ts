// Whether numbered messages arrive, each once and in order: counted by their numbers, whoever says otherwise. No React.

export interface TallyReading {
  /** The newest number that left; 0: that is not known here. */
  readonly sent: number;
  /** Numbers that were heard. */
  readonly heard: number;
  /** Skipped although a later one came, or given up. */
  readonly lost: number;
  /** Heard again. */
  readonly doubled: number;
  /** Heard after a later one. */
  readonly disorder: number;
}

export interface Tally {
  /** The number for the next one. */
  readonly next: () => number;
  readonly gaveUp: () => void;
  readonly heard: (n: number) => void;
  readonly read: () => TallyReading;
}

export function createTally(): Tally {
  const seen = new Set<number>();
  let sent = 0;
  let first = Infinity;
  let newest = 0;
  let doubled = 0;
  let disorder = 0;
  let givenUp = 0;
  return {
    next: () => ++sent,
    gaveUp: () => void (givenUp += 1),
    heard(n) {
      if (seen.has(n)) doubled += 1;
      else if (n < newest) disorder += 1;
      seen.add(n);
      first = Math.min(first, n);
      newest = Math.max(newest, n);
    },
    read() {
      const skipped = newest === 0 ? 0 : newest - first + 1 - seen.size;
      return { sent, heard: seen.size, lost: skipped + givenUp, doubled, disorder };
    },
  };
}
