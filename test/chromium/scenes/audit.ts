// Looks at the screen at every commit: does everything that shows the same thing agree? Knows no hooks.

import type { Group } from './words.js';

export interface Audit {
  /** To be called in each commit, when the DOM is up to date. */
  look(): void;
  readonly commits: number;
  readonly torn: readonly string[];
  readonly late: readonly string[];
  /** Of a group, as it was at the last look. */
  shown(group: Group): string;
  /** Was that on the screen, in any commit? */
  ever(group: Group, text: string): boolean;
  /** Every reader that can be seen shows this turn. */
  isAt(turn: number): boolean;
  readonly readers: number;
}

const distinct = (elements: readonly HTMLElement[], read: (each: HTMLElement) => string | undefined): string[] => [
  ...new Set(elements.map((each) => read(each) ?? '')),
];

/** Readers are elements with `data-of` (the group) and `data-turn`, their text is what they read. */
export function createAudit(root: HTMLElement): Audit {
  const torn: string[] = [];
  const late: string[] = [];
  const ever = new Set<string>();
  let commits = 0;
  let before = new Set<HTMLElement>(); // seen in the commit before
  const visible = (): HTMLElement[] =>
    [...root.querySelectorAll<HTMLElement>('[data-of]')].filter((each) => each.checkVisibility());

  return {
    look() {
      commits++;
      const all = visible();
      const known = all.filter((each) => before.has(each));
      for (const group of distinct(all, ({ dataset }) => dataset['of'])) {
        const inGroup = (each: HTMLElement): boolean => each.dataset['of'] === group;
        const values = distinct(known.filter(inGroup), ({ textContent }) => textContent);
        for (const value of values) ever.add(`${group} ${value}`);
        if (values.length > 1) torn.push(`commit ${commits}: ${group} shows ${values.join(' and ')}`);
        const fresh = all.filter((each) => inGroup(each) && !before.has(each));
        for (const value of distinct(fresh, ({ textContent }) => textContent))
          if (values.length > 0 && !values.includes(value)) late.push(`${group} '${value}'`);
      }
      const turns = distinct(all, ({ dataset }) => dataset['turn']);
      if (turns.length > 1) torn.push(`commit ${commits}: turns ${turns.join(' and ')}`);
      before = new Set(all);
    },
    get commits() {
      return commits;
    },
    torn,
    late,
    shown: (group) =>
      distinct(
        visible().filter(({ dataset }) => dataset['of'] === group),
        ({ textContent }) => textContent,
      ).join(' and '),
    ever: (group, text) => ever.has(`${group} ${text}`),
    isAt: (turn) => visible().every(({ dataset }) => dataset['turn'] === String(turn)),
    get readers() {
      return visible().length;
    },
  };
}
