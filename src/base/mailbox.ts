// Run to completion: what is posted while something runs waits for its turn. Holds no state of its own beyond the queue.

import { guarded } from './report.js';

export interface Mailbox {
  readonly busy: boolean;
  /** Counts the times that it began to run; what is posted inside belongs to the same one. */
  readonly round: number;
  post(run: () => void): void;
  /** `say`, while `isCurrent`: as a turn of its own, or within the one that runs. A call makes nothing: it is on the way of every message. */
  turnOf<T>(isCurrent: () => boolean, say: (value: T) => void): (value: T) => void;
}

export function createMailbox(): Mailbox {
  const waiting: (() => void)[] = [];
  let busy = false;
  let round = 0;
  const drain = (): void => {
    while (waiting.length > 0) guarded(waiting.shift());
    busy = false;
  };
  const begin = (): void => {
    busy = true;
    round++;
  };
  return {
    get busy() {
      return busy;
    },
    get round() {
      return round;
    },
    post(run) {
      if (busy) return void waiting.push(run);
      begin();
      // one that throws keeps nobody from a turn
      guarded(run);
      drain();
    },
    turnOf(isCurrent, say) {
      const judged = (value: Parameters<typeof say>[0]): void => (isCurrent() ? say(value) : undefined);
      return (value) => {
        if (busy) return judged(value);
        begin();
        guarded(judged, value);
        drain();
      };
    },
  };
}
