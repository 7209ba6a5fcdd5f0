// Where an outbox outlives its page: the stores of a browser, and any other. Keeps nothing itself.

import { databaseStorage, type KeyStorage, pageStorage } from '../base/storage.js';
import type { OutboxStorage } from './keeping.js';
import { createKeptSends } from './kept-sends.js';
import { startKeeping } from './start-keeping.js';

/**
 * Keeps an outbox in a store of your own.
 *
 * @example
 * const outbox = { storage: keyStorage({ load: (key) => disk.get(key) ?? null, save: (key, text) => disk.set(key, text) }) };
 */
export function keyStorage(store: KeyStorage): OutboxStorage {
  return {
    start: (parts) => startKeeping(store, parts),
    sends: (parts) => createKeptSends(store, parts),
  };
}

/**
 * Keeps an outbox in the page's `localStorage`: for some hundred small messages. It is written in the moment of the call, so that what was sent
 * survives even a page that crashes right after. Pages of one origin share it; Web Locks keep them apart.
 *
 * @example
 * <RealtimeProvider url="/realtime" outbox={{ storage: localStorage() }}>
 */
export const localStorage = (): OutboxStorage => keyStorage(pageStorage());

/**
 * Keeps an outbox in an IndexedDB database: for more than `localStorage` has room for. It is written soon after the call, so that a crash may
 * lose the last few milliseconds.
 *
 * @example
 * <RealtimeProvider url="/realtime" outbox={{ storage: indexedDB(), limit: 10_000 }}>
 */
export const indexedDB = (name = 'roomtone'): OutboxStorage => keyStorage(databaseStorage(name));
