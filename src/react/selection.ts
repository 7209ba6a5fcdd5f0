// A part of a state that is worked out, whose identity lasts as long as it is equal. No React in here.

/** What is on the screen: written when it has got there, never while rendering. */
export interface Screen<Selected> {
  readonly last: () => { readonly value: Selected } | undefined;
  show(selected: { readonly value: Selected } | undefined): void;
}

export function createScreen<Selected>(): Screen<Selected> {
  let last: { readonly value: Selected } | undefined;
  return {
    last: () => last,
    show: (selected) => void (last = selected ?? last),
  };
}

export interface Selection<S, Selected> {
  /** Selects; what is equal to the newest selection, or to what is on the screen, is that. */
  of(state: S): Selected | undefined;
  readonly newest: () => { readonly value: Selected } | undefined;
}

export function createSelection<S, Selected>(
  screen: Screen<Selected>,
  select: ((state: S) => Selected) | undefined,
  isEqual: (before: Selected, now: Selected) => boolean,
): Selection<S, Selected> {
  let newest: { readonly value: Selected } | undefined;
  return {
    newest: () => newest,
    of(state) {
      if (!select) return undefined;
      const before = newest ?? screen.last();
      const now = select(state);
      if (!before || !isEqual(before.value, now)) newest = { value: now };
      else newest = before;
      return newest.value;
    },
  };
}
