// What every contender shows: how many came, the last one, and the newest rows. Holds no state.

import { memo, useLayoutEffect } from 'react';
import { committed, rendered } from './bench.mjs';
import { textOf } from './text.mjs';

const same = (message) => message;

/** `rows`, oldest first, are messages, or have them in what `dataOf` takes out. */
export function View({ count, last, rows, dataOf = same }) {
  rendered();
  useLayoutEffect(() => committed(last));
  return (
    <main>
      <p data-show="count">{count}</p>
      <p data-show="last">{last ? textOf(last) : ''}</p>
      <ol>
        {rows.map((row) => (
          <Row key={dataOf(row).seq} message={dataOf(row)} />
        ))}
      </ol>
    </main>
  );
}

const Row = memo(function Row({ message }) {
  return <li>{textOf(message)}</li>;
});
