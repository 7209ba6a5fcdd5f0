// One direction of one connection: what passes keeps its order, and may be late or held back. Knows nothing of sockets.

/** The state of the network between a reader and the server. */
export interface Weather {
  /** How much later everything arrives, each way. */
  delayMs: number;
  /** Nothing arrives, and nobody is told: what was sent is held, as by a network that goes on trying. */
  frozen: boolean;
}

export interface Lane {
  /** Does `run` when these bytes have arrived. */
  push(bytes: number, run: () => void): void;
  /** The weather has changed. */
  wake(): void;
  close(): void;
}

/** A connection that holds back more than this is cut. */
const HELD_BYTES_LIMIT = 1 << 20;

export function createLane(weather: Readonly<Weather>, onOverflow: () => void): Lane {
  let queue: { readonly dueAt: number; readonly bytes: number; readonly run: () => void }[] = [];
  let held = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const wake = (): void => {
    clearTimeout(timer);
    timer = undefined;
    while (!closed && !weather.frozen) {
      const [first] = queue;
      if (!first) return;
      const waitMs = first.dueAt - performance.now();
      if (waitMs > 0) {
        timer = setTimeout(wake, waitMs).unref();
        return;
      }
      queue.shift();
      held -= first.bytes;
      first.run();
    }
  };
  return {
    push(bytes, run) {
      if (closed) return;
      queue.push({ dueAt: performance.now() + weather.delayMs, bytes, run });
      held += bytes;
      if (held > HELD_BYTES_LIMIT) onOverflow();
      else if (!timer) wake();
    },
    wake,
    close() {
      closed = true;
      queue = [];
      clearTimeout(timer);
    },
  };
}
