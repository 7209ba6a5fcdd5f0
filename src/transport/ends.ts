// What the end of an attempt tells about the other attempts that could be made. Pure.

import type { WireEnd } from './transport.js';

/** A refusal that any other transport would get too. */
export const isAboutUs = ({ code, kind, verdict }: WireEnd): boolean =>
  code === 401 || code === 403 || code === 4401 || kind === 'forbidden' || verdict === 'closed';

/** Would the same transport, later, be told the same? */
export const isPermanent = ({ code = 0, verdict }: WireEnd): boolean =>
  verdict !== undefined || (code >= 400 && code <= 499 && ![408, 425, 429].includes(code));

/** What an end tells of the far end. From least to most: nothing, silence, no for good, no for now, no to all of them. */
function weightOf(end: WireEnd): number {
  if (isAboutUs(end)) return 4;
  if (end.kind === 'unsupported') return 0;
  if (end.why === 'timeout' || end.code === 1006) return 1;
  return isPermanent(end) ? 2 : 3;
}

/** A kind and a code, and nothing that may hold a secret. */
export const wordsOf = ({ kind, why, code }: WireEnd): string =>
  `${kind ?? why}${code === undefined ? '' : ` (${code})`}`;

/** An end, and whose it is. */
export type Named = WireEnd & { readonly by: string };

/** Two that failed as one: the end that tells more, or the later one. Its name says what became of the other. */
export function tellingOf(before: Named | undefined, now: Named): Named {
  if (!before) return now;
  const [most, other] = weightOf(now) >= weightOf(before) ? [now, before] : [before, now];
  return { ...most, by: `${other.by} ${wordsOf(other)}, ${most.by}` };
}

/** What a far end says itself when it ends a link: nothing on the way did. */
export const isSpoken = ({ code = 0 }: WireEnd): boolean =>
  code >= 4000 || [401, 403, 429, 503, 1000, 1012, 1013].includes(code);
