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
    if (busy) return void waiting.push(run);
    busy = true;
    round++;
    // one that throws keeps nobody from a turn
    guarded(run);
    while (waiting.length > 0) guarded(waiting.shift());
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
