// What a wire may still say: nothing once it is superseded, and everything in its turn. Knows nothing of phases.

import type { Mailbox } from '../base/mailbox.js';
import type { Sink } from '../transport/transport.js';

type Say = (...args: readonly unknown[]) => void;

/** What makes a transition: it is one, from beginning to end, whoever calls. */
const transitions: readonly string[] = ['opened', 'reopening', 'ended'];

/** `sink`, deaf to a wire that is no longer the current one, however much that talks. */
export function guardSink(sink: Sink, isCurrent: () => boolean, heard: () => void, mailbox: Mailbox): Sink {
  const guard =
    (name: string, say: Say): Say =>
    (...args) => {
      if (!isCurrent()) return;
      heard();
      // during a transition everything waits for its turn, and is then judged again: the wire may be superseded by then
      if (mailbox.busy || transitions.includes(name)) mailbox.post(() => isCurrent() && say(...args));
      else say(...args);
    };
  return Object.fromEntries(
    Object.entries(sink).map(([name, say]) => [name, guard(name, say as Say)]),
  ) as unknown as Sink;
}
