// One page's place in a store: a record of the numbers in use, and a text under each. Holds nothing, and writes nothing.

import type { KeyStorage } from './storage.js';

/** All numbers in use are from `from`, and below `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}
export interface Place {
  readonly written: Span;
  readonly found: readonly Text[];
}
/** What is written under a number: which place it has in the order, and the text. */
interface Text {
  readonly number: number;
  readonly order: number;
  readonly text: string;
}

export const nothing: Span = { from: 0, to: 0 };
/** Between the oldest and the newest number of a place; more was not written by us. */
const MAX_SPAN = 100_000;
const VERSION = 1;

export const placeText = ({ order, text }: Omit<Text, 'number'>): string => `${order} ${text}`;
export const spanText = ({ from, to }: Span): string => JSON.stringify({ v: VERSION, from, to });

/** What is there; undefined: it is of a version that we do not know, and none of ours. */
export async function readPlace(
  storage: KeyStorage,
  where: string,
  failed: (error: Error) => void,
): Promise<Place | undefined> {
  const text = await storage.load(where);
  const written = text === null ? nothing : spanOf(text);
  if (written === 'foreign') return undefined;
  if (written === 'damaged') {
    failed(new Error('what an earlier page left is damaged, and was not read'));
    return { written: nothing, found: [] };
  }
  const found: Text[] = [];
  for (let number = written.from; number < written.to; number++) {
    const each = await storage.load(`${where}/${number}`);
    const [, order, rest] = /^(\d{1,15}) (.*)$/s.exec(each ?? '') ?? [];
    // what we did not write is handed on as it is: whoever reads it will know
    if (each !== null) found.push({ number, order: Number(order ?? 0), text: rest ?? each });
  }
  return { written, found: found.sort((a, b) => a.order - b.order || a.number - b.number) };
}

function spanOf(text: string): Span | 'damaged' | 'foreign' {
  try {
    const { v, from, to } = JSON.parse(text) as { readonly [key: string]: unknown };
    if (typeof v === 'number' && v > VERSION) return 'foreign';
    if (v !== VERSION || typeof from !== 'number' || typeof to !== 'number') return 'damaged';
    const fits = Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0 && from <= to;
    return fits && to - from <= MAX_SPAN ? { from, to } : 'damaged';
  } catch {
    return 'damaged';
  }
}
