// Things by a name that several may have. A name with one thing, as most have, costs no set. Knows nothing of the things.

export interface Groups<T extends object> {
  add(name: string, item: T): void;
  /** A name of which there is none is forgotten. */
  delete(name: string, item: T): void;
  /** As they are now: what is added or deleted later is not seen. */
  of(name: string): readonly T[];
  count(name: string): number;
  clear(): void;
}

export function createGroups<T extends object>(): Groups<T> {
  const groups = new Map<string, T | Set<T>>();
  return {
    add(name, item) {
      const found = groups.get(name);
      if (found === undefined) groups.set(name, item);
      else if (found instanceof Set) found.add(item);
      else if (found !== item) groups.set(name, new Set([found, item]));
    },
    delete(name, item) {
      const found = groups.get(name);
      if (found === item || (found instanceof Set && found.delete(item) && found.size === 0)) groups.delete(name);
    },
    of(name) {
      const found = groups.get(name);
      if (found === undefined) return [];
      return found instanceof Set ? [...found] : [found];
    },
    count(name) {
      const found = groups.get(name);
      return found instanceof Set ? found.size : Number(found !== undefined);
    },
    clear: () => groups.clear(),
  };
}
