// A store that can lose its page: from then on nothing of it is written, and its places are free, as after a crash. Where a test cannot reload.

import { keyStorage, type OutboxStorage } from '../../src/index.js';

export interface Mortal {
  readonly storage: OutboxStorage;
  readonly die: () => void;
}

/** Names that living pages hold. */
const held = new Set<string>();

export function createMortal(): Mortal {
  const mine = new Set<string>();
  let alive = true;
  const letGo = (name: string): void => {
    if (mine.delete(name)) held.delete(name);
  };
  return {
    storage: keyStorage({
      load: (key) => localStorage.getItem(key),
      save(key, text) {
        if (!alive) return;
        if (text === null) localStorage.removeItem(key);
        else localStorage.setItem(key, text);
      },
      async hold(name) {
        if (held.has(name)) return null;
        held.add(name);
        mine.add(name);
        return () => letGo(name);
      },
    }),
    die() {
      alive = false;
      for (const name of mine) held.delete(name);
      mine.clear();
    },
  };
}
