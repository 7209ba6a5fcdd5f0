// Which fields a component reads decides what renders it. No React in here, and nothing is opened.

/** A field that is worked out from the state. */
export interface Derived<S> {
  of(state: S): unknown;
  /** When is it the same as before? Default `Object.is`. */
  isSame?(before: unknown, now: unknown): boolean;
}

/** Holds of one component: what it has read of one state. It only grows. */
export type FieldsRead = Set<string>;

/** What the views of one hook have, as properties that all of them share: so the engine sees one shape, and a view is cheap. */
export type Shape = Readonly<Record<string, PropertyDescriptor>>;

const OF = Symbol('of');
interface Viewed {
  readonly [OF]: (name: string) => unknown;
}

const propertyOf = (name: string): PropertyDescriptor => ({
  enumerable: true,
  get(this: Viewed) {
    return this[OF](name);
  },
});

/** By examples that have the names; what a view has beside them costs a little more. */
export function shapeOf(...examples: readonly object[]): Shape {
  return Object.fromEntries(examples.flatMap(Object.keys).map((name) => [name, propertyOf(name)]));
}

/**
 * A snapshot function for `useSyncExternalStore`: a new object only when something that was read has changed. `read`
 * remembers what was; it only grows, so a render that React throws away can cost a needless render later, never a missed
 * one. `verbs` are handed through as they are, getters included.
 */
export function trackFields<S extends object, View extends object>(
  getState: () => S,
  verbs: object,
  read: FieldsRead,
  shape: Shape,
  derived: Readonly<Record<string, Derived<S>>> = {},
): () => View {
  const also = [...Object.keys(verbs), ...Object.keys(derived)];
  let state: S;
  let view: View | undefined;
  let known: ReadonlySet<string> = new Set(read); // what had been read when the view was made
  let shown = new Map<string, unknown>(); // what `view` has shown that was worked out, or newer than itself
  const fieldOf = (own: object, name: string): unknown => (own as Readonly<Record<string, unknown>>)[name];

  const valueOf = (from: S, name: string): unknown => {
    const each = derived[name];
    return each ? each.of(from) : fieldOf(from, name);
  };

  const changed = (next: S): boolean => {
    for (const name of read) {
      const before = shown.has(name) ? shown.get(name) : valueOf(state, name);
      if (!(derived[name]?.isSame ?? Object.is)(before, valueOf(next, name))) return true;
    }
    return false;
  };

  const expose = (own: S): View => {
    if (known.size !== read.size) known = new Set(read);
    const before = known;
    const worked = (shown = new Map<string, unknown>());
    const get = (name: string): unknown => {
      if (Object.hasOwn(verbs, name)) return fieldOf(verbs, name);
      // where it took no part so far, this view may be older than its newest value
      const from = before.has(name) ? own : getState();
      read.add(name);
      const isWorkedOut = Object.hasOwn(derived, name);
      if ((isWorkedOut || from !== own) && !worked.has(name)) worked.set(name, valueOf(from, name));
      return isWorkedOut ? worked.get(name) : fieldOf(from, name);
    };
    const target = Object.defineProperty({}, OF, { value: get }) as View;
    const define = (name: string): void => void Object.defineProperty(target, name, shape[name] ?? propertyOf(name));
    Object.keys(own).forEach(define);
    also.forEach(define);
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
