// Where texts outlive the page: the grammar, and the two stores of a browser. Knows nothing of what is kept.

import { holdHere } from './places.js';

export type Awaitable<T> = T | Promise<T>;

/**
 * Texts by key that outlive the page. What it throws, or rejects with, is reported, and nothing else is lost by it.
 * Saves are to take effect in the order of the calls.
 */
export interface KeyStorage {
  /** What is kept under a key; null: nothing. */
  load(key: string): Awaitable<string | null>;
  /** Keeps it; null removes it. */
  save(key: string, text: string | null): Awaitable<void>;
  /** Holds a name until the undo is called; null: another page has it. Without it the store is taken to be used by one page alone: by all that share this object. */
  hold?: ((name: string) => Promise<(() => void) | null>) | undefined;
}

/** By the Web Locks API; where there is none (an insecure page), other pages are not seen. */
function holdByWebLock(name: string): Promise<(() => void) | null> {
  const locks = globalThis.navigator?.locks;
  if (!locks) return Promise.resolve(holdHere(globalThis, name));
  return new Promise((resolve, reject) => {
    locks
      .request(name, { ifAvailable: true }, (lock) => {
        if (!lock) return resolve(null);
        return new Promise<void>((release) => resolve(release));
      })
      .catch(reject);
  });
}

/** The page's `localStorage`, written in the moment of the call. */
export function pageStorage(): KeyStorage {
  // read late: where it is forbidden, to touch it throws
  const area = (): Storage => {
    const found = globalThis.localStorage as Storage | undefined;
    if (found) return found;
    throw new Error('there is no localStorage here');
  };
  return {
    load: (key) => area().getItem(key),
    save: (key, text) => (text === null ? area().removeItem(key) : area().setItem(key, text)),
    hold: holdByWebLock,
  };
}

/** An IndexedDB database, written soon after the call. */
export function databaseStorage(name: string): KeyStorage {
  let opened: Promise<IDBDatabase> | undefined;
  const open = (): Promise<IDBDatabase> =>
    (opened ??= new Promise<IDBDatabase>((resolve, reject) => {
      const request = globalThis.indexedDB.open(name, 1);
      request.onupgradeneeded = () => void request.result.createObjectStore('texts');
      request.onsuccess = () => {
        // another page wants a newer version, or to delete it: nobody waits for us
        request.result.onversionchange = () => forget(request.result);
        request.result.onclose = () => forget();
        resolve(request.result);
      };
      request.onerror = () => reject(request.error);
      request.onblocked = () => reject(new Error('another page keeps the database from being opened'));
    }).catch((error: unknown) => {
      opened = undefined; // the next call tries again
      throw error;
    }));
  const forget = (database?: IDBDatabase): void => {
    database?.close();
    opened = undefined;
  };
  const run = async <T>(mode: IDBTransactionMode, act: (texts: IDBObjectStore) => IDBRequest<T>): Promise<T> => {
    const database = await open();
    return new Promise((resolve, reject) => {
      const transaction = database.transaction('texts', mode);
      const request = act(transaction.objectStore('texts'));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  };
  return {
    async load(key) {
      const found: unknown = await run('readonly', (texts) => texts.get(key) as IDBRequest<unknown>);
      return typeof found === 'string' ? found : null;
    },
    async save(key, text) {
      if (text === null) await run('readwrite', (texts) => texts.delete(key));
      else await run('readwrite', (texts) => texts.put(text, key));
    },
    hold: holdByWebLock,
  };
}
