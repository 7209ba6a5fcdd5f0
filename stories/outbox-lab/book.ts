// What was sent, by its numbers, written down beside the library and over reloads: the other side of the account. No React.

import { newLabId } from '../parts/lab.js';

export interface Pages {
  /** Names the lab, its room and its kept queue. */
  readonly house: string;
  /** How many were sent; they are numbered from 1. */
  readonly sent: number;
  /** Numbers that were given up, as the page was told. */
  readonly givenUp: readonly number[];
  /** Numbers that were sent again after that: they keep no order. */
  readonly again: readonly number[];
  /** Is this page's link cut? */
  readonly away: boolean;
}

export interface Book {
  readonly read: () => Pages;
  /** The number of the next message: written down before it is sent. */
  readonly next: () => number;
  readonly gaveUp: (numbers: readonly number[]) => void;
  readonly sentAgain: (n: number) => void;
  readonly turn: (away: boolean) => void;
}

const KEY = 'outbox-lab';

function empty(): Pages {
  return { house: newLabId(), sent: 0, givenUp: [], again: [], away: false };
}

/** The one of this tab, or an empty one. */
export function createBook(): Book {
  const text = sessionStorage.getItem(KEY);
  let pages: Pages = text === null ? empty() : (JSON.parse(text) as Pages);
  const write = (more: Partial<Pages>): void => {
    pages = { ...pages, ...more };
    sessionStorage.setItem(KEY, JSON.stringify(pages));
  };
  write({});
  return {
    read: () => pages,
    next() {
      write({ sent: pages.sent + 1 });
      return pages.sent;
    },
    gaveUp(numbers) {
      const news = numbers.filter((n) => !pages.givenUp.includes(n));
      if (news.length > 0) write({ givenUp: [...pages.givenUp, ...news] });
    },
    sentAgain: (n) =>
      write({ givenUp: pages.givenUp.filter((each) => each !== n), again: [...new Set([...pages.again, n])] }),
    turn: (away) => write({ away }),
  };
}

export const throwBookAway = (): void => sessionStorage.removeItem(KEY);

export type Fate = 'waiting' | 'arrived' | 'lost';

export interface Reading {
  readonly waiting: number;
  readonly givenUp: number;
  readonly twice: number;
  readonly disorder: number;
  /** The newest, oldest first. */
  readonly fates: readonly { readonly n: number; readonly fate: Fate }[];
}

const SHOWN = 160;

/** The book against what the server has, in its order. */
export function compare({ sent, givenUp, again }: Pages, there: readonly number[]): Reading {
  const have = new Set(there);
  const [dropped, late] = [new Set(givenUp), new Set(again)];
  const inOrder = there.filter((n) => !late.has(n));
  const fateOf = (n: number): Fate => (have.has(n) ? 'arrived' : dropped.has(n) ? 'lost' : 'waiting');
  const fates = Array.from({ length: sent }, (_, i) => ({ n: i + 1, fate: fateOf(i + 1) }));
  return {
    waiting: fates.filter(({ fate }) => fate === 'waiting').length,
    givenUp: fates.filter(({ fate }) => fate === 'lost').length,
    twice: there.length - have.size,
    disorder: inOrder.filter((n, i) => n < (inOrder[i - 1] ?? 0)).length,
    fates: fates.slice(-SHOWN),
  };
}
