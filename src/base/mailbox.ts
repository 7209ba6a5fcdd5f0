// Run to completion: what is posted while something runs waits for its turn. Holds no state of its own beyond the queue.

import { guarded } from './report.js';

export interface Mailbox {
  readonly busy: boolean;
  /** Counts the times that it began to run; what is posted inside belongs to the same one. */
  readonly round: number;
  post(run: () => void): void;
  /** As a turn of its own, or within the one that runs. */
  within(run: () => void): void;
}

export function createMailbox(): Mailbox {
  const waiting: (() => void)[] = [];
  let busy = false;
  let round = 0;
  const post = (run: () => void): void => {
    waiting.push(run);
    if (busy) return;
    busy = true;
    round++;
    // one that throws keeps nobody from a turn
    for (let each = waiting.shift(); each; each = waiting.shift()) guarded(each);
    busy = false;
  };
  return {
    get busy() {
      return busy;
    },
    get round() {
      return round;
    },
    post,
    within: (run) => (busy ? run() : post(run)),
  };
}
