// What the usual hook does with messages: appends to state. For contenders that bring the wire and leave the history to the app.

import { useCallback, useState } from 'react';
import { seen } from './bench.mjs';
import { KEPT } from './text.mjs';

const append = ({ count, rows }, message) => ({
  count: count + 1,
  last: message,
  rows: [...rows, message].slice(-KEPT),
});

/** `state`: the props of a `View`. `add` never changes. */
export function useKept() {
  const [state, setState] = useState({ count: 0, last: undefined, rows: [] });
  const add = useCallback((message) => {
    seen(message);
    setState((before) => append(before, message));
  }, []);
  return { state, add };
}
