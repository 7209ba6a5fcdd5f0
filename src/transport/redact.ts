// Secrets out of texts: errors are shown, logged and sent to strangers. Pure.

import type { WireEnd } from './transport.js';

const HIDDEN = '…';
/** Shorter ones are words, and would be cut out of every sentence. */
const LEAST = 8;
/** A chain of causes may be a circle. */
const DEPTH = 5;

const literal = (text: string): string => text.replace(/[^\w]/g, '\\$&');

/** The text without names and passwords in addresses, without the query parameter `queryName`, and without these secrets as such. */
export function redact(text: string, queryName = 'access_token', secrets: readonly string[] = []): string {
  let shown = text
    .replace(/(:\/\/)[^\s/?#]+@/g, `$1${HIDDEN}@`)
    .replace(new RegExp(`([?&]${literal(queryName)}=)[^&#\\s"'<>]+`, 'gi'), `$1${HIDDEN}`)
    .replace(/(\bbearer\s+)[^\s"',;]+/gi, `$1${HIDDEN}`);
  for (const secret of secrets)
    if (secret.length >= LEAST)
      for (const each of [secret, encodeURIComponent(secret), String(new URLSearchParams({ '': secret })).slice(1)])
        shown = shown.replaceAll(each, HIDDEN);
  return shown;
}

/** An error whose own words, or those of its causes, would tell: a copy that does not. The same object where there is nothing to hide. */
export function redactCause(cause: unknown, hide: (text: string) => string, depth: number = DEPTH): unknown {
  if (typeof cause === 'string') return hide(cause);
  const { name, message, stack, cause: inner } = (cause ?? {}) as Partial<Error>;
  if (typeof message !== 'string') return cause;
  const under = depth > 0 ? redactCause(inner, hide, depth - 1) : undefined;
  if (hide(message) === message && hide(stack ?? '') === (stack ?? '') && under === inner) return cause;
  // of its own class, and with nothing else on it: some carry the whole request
  const fields = Object.entries({ name, message: hide(message), stack: hide(stack ?? ''), cause: under });
  const shown = fields.filter(([, value]) => value !== undefined).map(([field, value]) => [field, { value }] as const);
  return Object.create(Object.getPrototypeOf(cause) as object, Object.fromEntries(shown)) as unknown;
}

/** An end as it may be shown. */
export function redactEnd(end: WireEnd, hide: (text: string) => string): WireEnd {
  const { reason, cause } = end;
  return {
    ...end,
    ...(reason === undefined ? {} : { reason: hide(reason) }),
    ...(cause === undefined ? {} : { cause: redactCause(cause, hide) }),
  };
}
