// What a worker has to tell its page: gathered into batches, one on its way at a time. Knows no wires.

import type { Batch } from '../base/batch.js';
import type { Frame, FrameMeta } from './transport.js';
import { buffersOf, type Report, sizeOf, whole, type Word, WORDS_VERSION } from './worker-words.js';

export interface Teller {
  /** In its order, with the next batch. */
  tell(word: Word): void;
  /** The same for a frame. Returns how much of this wire waits behind a batch that the page has not taken: 0 if it is this one alone. */
  frame(wire: number, frame: Frame, meta?: FrameMeta): number;
  /** Past all that waits. */
  tellNow(...words: readonly Word[]): void;
  /** Is there something of this wire that the page will be told? */
  hasNews(wire: number): boolean;
  /** The page has gone through the last batch. */
  taken(): void;
}

/** So much does not wait for a frame, if the page is free to take it. */
const FULL_BYTES = 2 ** 20;
/** What an entry costs beside its bytes: many that are empty must not pile up either. */
const ENTRY_BYTES = 32;

export function createTeller(post: (report: Report, buffers: ArrayBuffer[]) => void, batch: Batch): Teller {
  let waiting: Word[] = [];
  const sizes = new Map<number, number>();
  let isOut = false;

  const flush = (): void => {
    if (isOut || waiting.length === 0) return;
    const words = waiting;
    waiting = [];
    sizes.clear();
    isOut = true;
    const frames = words.flatMap((word) => (word[1] === 'frames' ? word[2] : []));
    post({ v: WORDS_VERSION, words, isBatch: true }, buffersOf(frames));
  };
  const add = (wire: number, bytes: number): number => {
    const before = sizes.get(wire) ?? 0;
    const size = before + bytes + ENTRY_BYTES;
    sizes.set(wire, size);
    // whoever has not taken the last one is given the next when that is done
    if (isOut) return before > 0 ? size : 0;
    if (size < FULL_BYTES) batch.mark(flush);
    else flush();
    return 0;
  };
  return {
    tell(word) {
      waiting.push(word);
      add(word[0], 0);
    },
    frame(wire, data, meta) {
      const frame = whole(data);
      const last = waiting.at(-1);
      // a list of one wire costs the page least
      if (last?.[0] === wire && last[1] === 'frames' && !last[3] && !meta) last[2].push(frame);
      else waiting.push([wire, 'frames', [frame], meta]);
      return add(wire, sizeOf(frame));
    },
    tellNow: (...words) => post({ v: WORDS_VERSION, words }, []),
    hasNews: (wire) => sizes.has(wire),
    taken() {
      isOut = false;
      if (waiting.length > 0) batch.mark(flush);
    },
  };
}
