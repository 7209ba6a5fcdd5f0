// What a wire may still say: nothing once it is superseded, and everything in its turn. Knows nothing of phases.

import type { Mailbox } from '../base/mailbox.js';
import type { Sink } from '../transport/transport.js';

type Say = (...args: readonly unknown[]) => void;

/** `sink`, deaf to a wire that is no longer the current one, however much that talks. */
export function guardSink(sink: Sink, isCurrent: () => boolean, heard: () => void, mailbox: Mailbox): Sink {
  const guard =
    (say: Say): Say =>
    (...args) => {
      if (!isCurrent()) return;
      heard();
      // during a transition it waits for its turn: no frame is heard before `opened` was told
      if (mailbox.busy) mailbox.post(() => isCurrent() && say(...args));
      else say(...args);
    };
  return Object.fromEntries(Object.entries(sink).map(([name, say]) => [name, guard(say as Say)])) as unknown as Sink;
}
