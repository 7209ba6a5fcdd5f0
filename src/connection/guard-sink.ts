// What a wire may still say: nothing once it is superseded, and everything in its turn. Knows nothing of phases.

import type { Mailbox } from '../base/mailbox.js';
import type { Sink } from '../transport/transport.js';

/** What became of our own sends: where they go another way than what is heard, they are no sign that anything comes. */
const OF_SENDS: ReadonlySet<string> = new Set(['writable', 'fault'] satisfies (keyof Sink)[]);

type Say = (...args: readonly unknown[]) => unknown;

/** `sink`, deaf to a wire that is no longer the current one, however much that talks. */
export function guardSink(sink: Sink, isCurrent: () => boolean, heard: () => void, mailbox: Mailbox): Sink {
  // judged when its turn comes: the wire may be superseded by then
  const admit = (): boolean => {
    if (!isCurrent()) return false;
    heard();
    return true;
  };
  const guard =
    (say: Say, may: () => boolean): Say =>
    (...args) =>
      mailbox.post(() => may() && say(...args));
  const inTurn = Object.fromEntries(
    Object.entries(sink).map(([name, say]) => [name, guard(say as Say, OF_SENDS.has(name) ? isCurrent : admit)]),
  ) as unknown as Sink;
  return {
    ...inTurn,
    // a frame that finds nothing going on is no turn: each event in it is one
    frame(frame, meta) {
      if (mailbox.busy) inTurn.frame(frame, meta);
      else if (admit()) sink.frame(frame, meta);
    },
    cursor(id) {
      if (mailbox.busy) inTurn.cursor(id);
      else if (admit()) sink.cursor(id);
    },
  };
}
