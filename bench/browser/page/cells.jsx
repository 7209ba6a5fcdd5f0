// What every contender shows in the fan-out: a grid of cells, one per key. Holds no state.

import { memo, useLayoutEffect } from 'react';
import { committed, rendered } from './bench.mjs';

export const Grid = memo(function Grid({ keys, of: Cell, ...props }) {
  return (
    <main
      style={{ display: 'grid', gridTemplateColumns: 'repeat(50, 1fr)', fontSize: 8, contain: 'strict', height: 400 }}
    >
      {Array.from({ length: keys }, (_, index) => (
        <Cell key={index} name={`k${index}`} {...props} />
      ))}
    </main>
  );
});

/** What a cell of a contender returns: `value` is the newest message of its key. */
export function Shown({ name, value }) {
  rendered();
  useLayoutEffect(() => committed());
  return <i id={name}>{value ? value.seq : '-'}</i>;
}
