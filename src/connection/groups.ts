// Which of those that wait leave together, and what they are as one frame. Sends nothing.

import { RealtimeError } from '../base/error.js';
import type { Entry, Outbox } from '../base/outbox.js';
import type { Data } from '../transport/transport.js';
import type { Pace } from './pace.js';

export interface BatchOptions {
  /** Messages in one frame. Default 100. */
  readonly maxSize?: number | undefined;
  /** How long a message may wait for others. Default 0: for those of the same tick. */
  readonly maxDelayMs?: number | undefined;
}

interface Item {
  readonly data: Data;
}
export interface Groups<T extends Item> {
  /** What may leave now as one frame, in order; and when what is left may be looked at again. */
  next(): { readonly group: readonly Entry<T>[]; readonly wakeAt: number };
  /** undefined: it was more than `encodeBatch` could bear, and is given up. */
  frameOf(group: readonly Entry<T>[]): Data | undefined;
}

export interface GroupsParts<T extends Item> {
  readonly outbox: Outbox<T>;
  readonly pace: Pace;
  readonly batch: () => BatchOptions | undefined;
  /** Many as one. */
  readonly group: (frames: readonly Data[]) => Data;
}

/** Frames of several messages stay under this. */
const FRAME_BYTES = 65_536;
/** Default of `maxSize`. */
export const MAX_SIZE = 100;

export function createGroups<T extends Item>({ outbox, pace, batch, ...parts }: GroupsParts<T>): Groups<T> {
  return {
    next() {
      const group: Entry<T>[] = [];
      const { maxSize = batch() ? MAX_SIZE : 1 } = batch() ?? {};
      const most = Math.min(Math.max(1, maxSize), pace.tokens);
      let bytes = 0;
      let wakeAt = Infinity;
      for (const entry of outbox.entries()) {
        const isFull = group.length >= most || (group.length > 0 && bytes + entry.bytes > FRAME_BYTES);
        if (isFull || !pace.isDue(entry.key) || !pace.fits(bytes + entry.bytes)) {
          wakeAt = Math.min(wakeAt, pace.nextAt(entry.key, bytes + entry.bytes));
          if (isFull || pace.isDue(entry.key)) break; // the next ones wait behind it
        } else {
          group.push(entry);
          bytes += entry.bytes;
        }
      }
      return { group, wakeAt };
    },
    frameOf(group) {
      const frames = group.map(({ item }) => item.data);
      try {
        const frame = batch() ? (parts.group(frames) as Data | undefined) : frames[0];
        if (frame === undefined) throw new TypeError('it gave nothing back');
        return frame;
      } catch (cause) {
        const error = new RealtimeError('invalid', '`encodeBatch` made no frame of them.', { cause });
        for (const entry of group) if (outbox.remove(entry)) entry.dropped(error);
        return undefined;
      }
    },
  };
}
