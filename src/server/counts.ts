// How many there are of each name. Names of which there are none are forgotten. Knows nothing of what is counted.

export interface Counts {
  of(name: string): number;
  add(name: string, count: number): void;
  /** Names of which there is one at least. */
  readonly size: number;
}

export function createCounts(): Counts {
  const counts = new Map<string, number>();
  const of = (name: string): number => counts.get(name) ?? 0;
  return {
    of,
    add(name, count) {
      const next = of(name) + count;
      if (next > 0) counts.set(name, next);
      else counts.delete(name);
    },
    get size() {
      return counts.size;
    },
  };
}
