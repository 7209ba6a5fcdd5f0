// Something that is: a value one can read and watch. No networks, no React.

export type Unsubscribe = () => void;

/** A value with watchers; `getSnapshot` returns the same reference until the value changes. */
export interface Readable<T> {
  getSnapshot(): T;
  subscribe(listener: () => void): Unsubscribe;
}
