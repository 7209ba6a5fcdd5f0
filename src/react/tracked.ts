// Which fields a component reads decides what renders it. No React in here, and nothing is opened.

/** A field that is worked out from the state. */
export interface Derived<S> {
  of(state: S): unknown;
  /** When is it the same as before? Default `Object.is`. */
  isSame?(before: unknown, now: unknown): boolean;
}

/** Holds of one component: what it has read of one state. It only grows. */
export type FieldsRead = Set<string>;

/**
 * A snapshot function for `useSyncExternalStore`: a new object only when something that was read has changed. `read`
 * remembers what was; it only grows, so a render that React throws away can cost a needless render later, never a missed
 * one. `verbs` are handed through as they are, getters included.
 */
export function trackFields<S extends object, View extends object>(
  getState: () => S,
  verbs: object,
  read: FieldsRead,
  derived: Readonly<Record<string, Derived<S>>> = {},
): () => View {
  const plain = Object.getOwnPropertyDescriptors(verbs);
  let state: S;
  let view: View | undefined;
  let shown = new Map<string, unknown>(); // the derived fields that `view` has shown
  const fieldOf = (own: S, name: string): unknown => (own as Readonly<Record<string, unknown>>)[name];

  const changed = (next: S): boolean => {
    for (const name of read) {
      const each = derived[name];
      if (!each) {
        if (!Object.is(fieldOf(state, name), fieldOf(next, name))) return true;
      } else {
        const before = shown.has(name) ? shown.get(name) : each.of(state);
        if (!(each.isSame ?? Object.is)(before, each.of(next))) return true;
      }
    }
    return false;
  };

  const expose = (own: S): View => {
    const target = Object.defineProperties({}, plain) as View;
    const known = new Set(read);
    const worked = (shown = new Map<string, unknown>());
    const define = (name: string, get: (state: S) => unknown): void =>
      void Object.defineProperty(target, name, {
        enumerable: true,
        get() {
          if (known.has(name)) return get(own);
          // it took no part so far, so this view may be older than its newest value
          read.add(name);
          return get(getState());
        },
      });
    for (const name of Object.keys(own)) define(name, (from) => fieldOf(from, name));
    for (const [name, each] of Object.entries(derived))
      define(name, (from) => {
        if (!worked.has(name)) worked.set(name, each.of(from));
        return worked.get(name);
      });
    return target;
  };

  return () => {
    const next = getState();
    if (view && (state === next || !changed(next))) {
      state = next;
      return view;
    }
    state = next;
    return (view = expose(state));
  };
}
