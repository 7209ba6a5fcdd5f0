// One direction of a link: the same bytes in the same order, but later, in slices, at a rate, spoilt, or not yet. Decides no cut.

import type { Socket } from 'node:net';
import { reset } from './reset.js';

/** How a network is while nothing breaks. */
export interface Conditions {
  /** One way: a round trip takes twice as long. */
  readonly delayMs: number;
  /** Up to so much more, piece by piece. The order stays. */
  readonly jitterMs: number;
  /** Pieces of 1 to so many bytes; 0: as they come. */
  readonly sliceBytes: number;
  /** From one slice to the next. */
  readonly sliceEveryMs: number;
  readonly bytesPerSecond: number;
  /** One byte of about so many is spoilt; 0: none. */
  readonly corruptEvery: number;
}

export const calm: Conditions = {
  delayMs: 0,
  jitterMs: 0,
  sliceBytes: 0,
  sliceEveryMs: 0,
  bytesPerSecond: Infinity,
  corruptEvery: 0,
};

/**
 * How many bytes of a piece may pass before the link is cut; `hold`: from this piece on nothing passes this way, until the
 * proxy releases it; undefined: this is not the piece.
 */
export type Trap = (piece: Buffer) => number | 'hold' | undefined;

export interface Pipe {
  /** What held it may be over. */
  pump(): void;
  /** Nothing passes any more, and nothing is kept. */
  stop(): void;
  readonly buffered: number;
}

export interface PipeParts {
  readonly from: Socket;
  readonly to: Socket;
  readonly conditions: () => Conditions;
  readonly random: () => number;
  /** A black hole: what comes is kept, and comes out when it heals. */
  readonly isBlack: () => boolean;
  readonly springs: Trap;
  /** So many bytes go out; the first pieces of a link may never be asked for twice. */
  readonly passed: (bytes: number, slices: number, spoilt: number) => void;
  readonly sprung: () => void;
}

/** The most that one direction keeps; then its sender is not read any more, as with a full window of TCP. */
export const PIPE_LIMIT = 256 * 1024;

export function createPipe(parts: PipeParts): Pipe {
  const { from, to, conditions, random, isBlack, springs, passed, sprung } = parts;
  type Item = { bytes: Buffer; readonly due: number; readonly last?: 'end' | 'reset' };
  let queue: Item[] = [];
  let buffered = 0;
  let lastDue = 0;
  let nextAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let soon: NodeJS.Immediate | undefined;
  let stopped = false;
  let full = false;

  const enqueue = (bytes: Buffer, last?: 'end' | 'reset'): void => {
    if (stopped) return;
    const { delayMs, jitterMs } = conditions();
    lastDue = Math.max(lastDue, performance.now() + delayMs + jitterMs * random());
    queue.push({ bytes, due: lastDue, ...(last ? { last } : {}) });
    buffered += bytes.length;
    if (buffered >= PIPE_LIMIT) from.pause();
    pump();
  };
  const stop = (): void => {
    stopped = true;
    queue = [];
    buffered = 0;
    clearTimeout(timer);
    clearImmediate(soon);
  };
  const spoil = (bytes: Buffer, every: number): { readonly bytes: Buffer; readonly spoilt: number } => {
    const copy = Buffer.from(bytes);
    let spoilt = 0;
    for (let at = 0; at < copy.length; at++)
      if (random() * every < 1) {
        copy[at] = (copy[at] ?? 0) ^ (1 + Math.floor(random() * 255));
        spoilt++;
      }
    return { bytes: copy, spoilt };
  };
  /** Returns whether the next may follow at once. */
  const pass = (item: Item): boolean => {
    const { sliceBytes, sliceEveryMs, bytesPerSecond, corruptEvery } = conditions();
    const most = Math.min(
      sliceBytes > 0 ? 1 + Math.floor(random() * sliceBytes) : Infinity,
      bytesPerSecond < Infinity ? Math.max(1, Math.ceil(bytesPerSecond / 100)) : Infinity,
    );
    const piece = item.bytes.subarray(0, most);
    const allowed = springs(piece);
    if (allowed === 'hold') return false;
    const whole = piece.length === item.bytes.length;
    if (whole) queue.shift();
    else item.bytes = item.bytes.subarray(piece.length);
    buffered -= piece.length;
    const now = performance.now();
    if (bytesPerSecond < Infinity) nextAt = Math.max(now, nextAt) + (piece.length / bytesPerSecond) * 1_000;
    if (sliceBytes > 0 && sliceEveryMs > 0) nextAt = Math.max(nextAt, now + sliceEveryMs);
    if (buffered < PIPE_LIMIT) from.resume();

    if (allowed !== undefined) {
      stop();
      if (allowed <= 0 || to.destroyed) sprung();
      else to.write(piece.subarray(0, allowed), () => sprung());
      return false;
    }
    const { bytes, spoilt } = corruptEvery > 0 ? spoil(piece, corruptEvery) : { bytes: piece, spoilt: 0 };
    passed(piece.length, sliceBytes > 0 ? 1 : 0, spoilt);
    if (to.destroyed) return true; // nobody is there: into the void
    full = !to.write(bytes);
    if (full) {
      to.once('drain', () => {
        full = false;
        pump();
      });
      return false;
    }
    if (sliceBytes === 0 || sliceEveryMs > 0) return true;
    soon = setImmediate(pump); // so that each slice is a packet of its own
    return false;
  };
  const pump = (): void => {
    clearTimeout(timer);
    clearImmediate(soon);
    while (!stopped && !isBlack() && (!full || to.destroyed)) {
      const item = queue[0];
      if (!item) return;
      const waitMs = Math.max(item.due, nextAt) - performance.now();
      if (waitMs > 0.2) {
        timer = setTimeout(pump, waitMs);
        return;
      }
      if (item.last) {
        queue.shift();
        if (item.last === 'end') to.end();
        else reset(to);
      } else if (!pass(item)) return;
    }
  };

  from.on('data', (bytes: Buffer) => enqueue(bytes));
  from.on('end', () => enqueue(Buffer.alloc(0), 'end'));
  from.on('close', (failed) => {
    if (failed || !from.readableEnded) enqueue(Buffer.alloc(0), 'reset');
  });
  return {
    pump,
    stop,
    get buffered() {
      return buffered;
    },
  };
}
