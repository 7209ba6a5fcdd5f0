// What a worker has to tell its page: gathered into batches, one on its way at a time. Knows no wires.

import type { Batch } from '../base/batch.js';
import type { Frame, FrameMeta } from './transport.js';
import { buffersOf, type Report, sizeOf, whole, type Word, WORDS_VERSION } from './worker-words.js';

export interface Teller {
  /** In its order, with the next batch. */
  tell(word: Word): void;
  /** The same for a frame. Returns how many bytes of this wire wait behind a batch that the page has not taken: 0 for this one alone. */
  frame(wire: number, frame: Frame, meta?: FrameMeta): number;
  /** Past all that waits. */
  tellNow(...words: readonly Word[]): void;
  /** Is there something of this wire that the page will be told? */
  hasNews(wire: number): boolean;
  /** The page has gone through the last batch. */
  taken(): void;
}

/** No message is much larger: the page goes through each in one task, and must have others between. */
const PART_BYTES = 2 ** 17;
/** What an entry costs beside its bytes: many that are empty must not pile up either. */
const ENTRY_BYTES = 32;

interface Part {
  readonly words: Word[];
  readonly frames: Frame[];
  /** By wire. */
  readonly sizes: Map<number, number>;
  bytes: number;
}

export function createTeller(post: (report: Report, buffers: ArrayBuffer[]) => void, batch: Batch): Teller {
  const parts: Part[] = [];
  const held = new Map<number, number>();
  let isOut = false;

  const flush = (): void => {
    // asked for by a frame and by a part that is full
    const part = isOut ? undefined : parts.shift();
    if (!part) return;
    isOut = true;
    for (const [wire, size] of part.sizes) {
      const left = (held.get(wire) ?? 0) - size;
      if (left > 0) held.set(wire, left);
      else held.delete(wire);
    }
    post({ v: WORDS_VERSION, words: part.words, isBatch: true }, buffersOf(part.frames));
  };
  /** The next one leaves at once if it is full, else with the frame; if one is on its way, when the page has gone through it. */
  const push = (): void => {
    const [first] = parts;
    if (!first) return;
    if (first.bytes >= PART_BYTES) flush();
    else batch.mark(flush);
  };
  const lastPart = (): Part => {
    const last = parts.at(-1);
    if (last && last.bytes < PART_BYTES) return last;
    const part: Part = { words: [], frames: [], sizes: new Map(), bytes: 0 };
    parts.push(part);
    return part;
  };
  const count = (part: Part, wire: number, bytes: number): number => {
    const size = bytes + ENTRY_BYTES;
    const before = held.get(wire) ?? 0;
    part.bytes += size;
    part.sizes.set(wire, (part.sizes.get(wire) ?? 0) + size);
    held.set(wire, before + size);
    push();
    return isOut && before > 0 ? before + size : 0;
  };
  return {
    tell(word) {
      const part = lastPart();
      part.words.push(word);
      count(part, word[0], 0);
    },
    frame(wire, data, meta) {
      const frame = whole(data);
      const part = lastPart();
      const last = part.words.at(-1);
      // a list of one wire costs the page least
      if (last?.[0] === wire && last[1] === 'frames' && !last[3] && !meta) last[2].push(frame);
      else part.words.push([wire, 'frames', [frame], meta]);
      if (typeof frame !== 'string') part.frames.push(frame);
      return count(part, wire, sizeOf(frame));
    },
    tellNow: (...words) => post({ v: WORDS_VERSION, words }, []),
    hasNews: (wire) => held.has(wire),
    taken() {
      isOut = false;
      push();
    },
  };
}
