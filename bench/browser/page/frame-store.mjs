// REFERENCE: what one would write by hand to be fast. A bounded store that tells its readers once a frame; nothing more.

import { KEPT } from './text.mjs';

export function createFrameStore() {
  const ring = [];
  const listeners = new Set();
  let state = { count: 0, last: undefined, rows: [] };
  let count = 0;
  let asked = 0;
  const flush = () => {
    asked = 0;
    const from = count > KEPT ? count % KEPT : 0;
    const rows = from ? [...ring.slice(from), ...ring.slice(0, from)] : [...ring];
    state = { count, last: rows.at(-1), rows };
    for (const tell of listeners) tell();
  };
  return {
    push(message) {
      ring[count++ % KEPT] = message;
      asked ||= requestAnimationFrame(flush);
    },
    subscribe(tell) {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    getSnapshot: () => state,
  };
}

/** As above, by key: each reader is told of its own key only. */
export function createKeyedStore() {
  const newest = new Map();
  const places = new Map();
  const changed = new Set();
  const flush = () => {
    for (const key of changed) for (const tell of places.get(key)?.listeners ?? []) tell();
    changed.clear();
  };
  const make = (key) => {
    const listeners = new Set();
    const subscribe = (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    };
    const place = { listeners, ends: [subscribe, () => newest.get(key)] };
    places.set(key, place);
    return place;
  };
  return {
    of: (key) => (places.get(key) ?? make(key)).ends,
    push(message) {
      newest.set(message.key, message);
      if (changed.size === 0) requestAnimationFrame(flush);
      changed.add(message.key);
    },
  };
}
