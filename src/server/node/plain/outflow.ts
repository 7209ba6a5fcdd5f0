// What goes down one stream: in order, and piece by piece, so that what is not read yet is not copied for each reader.

import type { ServerResponse } from 'node:http';

export interface Outflow {
  /** Goes out when what came before has been taken, and is made then; until then it counts as `size` bytes. */
  push(size: number, make: () => string): void;
  readonly waitingBytes: number;
  /** Has anything been taken since this was last asked, or is there nothing to take? */
  moves(): boolean;
  /** Hands over all that waits, for the end comes. */
  flush(): void;
}

/** A reader who takes this much between two looks at it moves. */
const PIECE_BYTES = 2 ** 16;

export function createOutflow(response: ServerResponse): Outflow {
  let queue: { readonly size: number; make(): string }[] = [];
  let first = 0; // of the queue: those before are through
  let queuedBytes = 0;
  let rest: Buffer | undefined; // of the one that is going out
  let moved = true;

  const take = (): Buffer | undefined => {
    const next = queue[first];
    if (!next) return undefined;
    queuedBytes -= next.size;
    if (++first === queue.length) {
      queue = [];
      first = 0;
    }
    return Buffer.from(next.make());
  };
  const pump = (mostBytes: number): void => {
    while (!response.destroyed && response.writableLength < mostBytes) {
      const whole = rest ?? take();
      if (!whole) return;
      rest = whole.length > PIECE_BYTES ? whole.subarray(PIECE_BYTES) : undefined;
      response.write(whole.subarray(0, PIECE_BYTES), taken);
    }
  };
  const taken = (broken?: Error | null): void => {
    if (broken) return; // nothing more gets through
    moved = true;
    pump(PIECE_BYTES);
  };
  const waitingBytes = (): number => queuedBytes + (rest?.length ?? 0) + response.writableLength;

  return {
    push(size, make) {
      queue.push({ size, make });
      queuedBytes += size;
      pump(PIECE_BYTES);
    },
    get waitingBytes() {
      return waitingBytes();
    },
    moves() {
      const moves = moved || waitingBytes() === 0;
      moved = false;
      return moves;
    },
    flush: () => pump(Infinity),
  };
}
