// What a wire may still say: nothing once it is superseded, and everything in its turn. Knows nothing of phases.

import type { Mailbox } from '../base/mailbox.js';
import type { Sink } from '../transport/transport.js';

/** `sink`, deaf to a wire that is no longer the current one, however much it talks. */
export function guardSink(sink: Sink, isCurrent: () => boolean, heard: () => void, mailbox: Mailbox): Sink {
  const guard =
    <A extends readonly unknown[]>(say: (...args: A) => void) =>
    (...args: A): void => {
      if (!isCurrent()) return;
      heard();
      // during a transition it waits for its turn: no frame is heard before `opened` was told
      if (mailbox.busy) mailbox.post(() => isCurrent() && say(...args));
      else say(...args);
    };
  return {
    opened: guard(sink.opened),
    frame: guard(sink.frame),
    pulse: guard(sink.pulse),
    cursor: guard(sink.cursor),
    retryDelay: guard(sink.retryDelay),
    continuity: guard(sink.continuity),
    writable: guard(sink.writable),
    fault: guard(sink.fault),
    reopening: guard(sink.reopening),
    ended: guard(sink.ended),
  };
}
