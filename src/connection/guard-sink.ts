// What a wire may still say: nothing once it is superseded, and everything in its turn. Knows nothing of phases.

import type { Mailbox } from '../base/mailbox.js';
import type { Sink } from '../transport/transport.js';

type Say = (...args: readonly unknown[]) => void;

/** `sink`, deaf to a wire that is no longer the current one, however much that talks. */
export function guardSink(sink: Sink, isCurrent: () => boolean, heard: () => void, mailbox: Mailbox): Sink {
  const guard =
    (name: string, say: Say): Say =>
    (...args) => {
      const turn = (): void => {
        // judged when its turn comes: the wire may be superseded by then
        if (!isCurrent()) return;
        heard();
        say(...args);
      };
      // a frame that finds nothing going on is no turn: each event in it is one
      if (mailbox.busy || name !== 'frame') mailbox.post(turn);
      else turn();
    };
  return Object.fromEntries(
    Object.entries(sink).map(([name, say]) => [name, guard(name, say as Say)]),
  ) as unknown as Sink;
}
