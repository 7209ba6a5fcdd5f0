// A store that pages share, and may crash in: what is written stays, what is held is let go. Keeps no text of its own.

import type { KeyStorage } from '../../src/base/storage.js';

export interface SharedStore {
  readonly texts: Map<string, string>;
  /** The store as one page has it. `crash`: nothing that page writes from now on arrives, and its holds are gone. */
  page(): { readonly storage: KeyStorage; crash(): void };
  /** Throws at each write while it is set. */
  broken: Error | undefined;
  /** How many writes there were. */
  writes: number;
}

/** `later`: answers come a turn later, as from IndexedDB. */
export function createSharedStore({ later = false }: { readonly later?: boolean } = {}): SharedStore {
  const holders = new Map<string, object>();
  const answer = <T>(value: T): T | Promise<T> => (later ? Promise.resolve().then(() => value) : value);
  const store: SharedStore = {
    texts: new Map(),
    broken: undefined,
    writes: 0,
    page() {
      const me = {};
      let crashed = false;
      return {
        storage: {
          load: (key) => answer(store.texts.get(key) ?? null),
          save(key, text) {
            if (crashed) return;
            store.writes++;
            if (store.broken) throw store.broken;
            if (text === null) store.texts.delete(key);
            else store.texts.set(key, text);
          },
          hold(name) {
            if (crashed || holders.has(name)) return Promise.resolve(null);
            holders.set(name, me);
            return Promise.resolve(() => void (holders.get(name) === me && holders.delete(name)));
          },
        },
        crash() {
          crashed = true;
          for (const [name, holder] of holders) if (holder === me) holders.delete(name);
        },
      };
    },
  };
  return store;
}
