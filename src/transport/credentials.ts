// Where to and as whom, asked afresh before every attempt. No sockets here.

import { settle } from '../base/settle.js';
import type { Auth } from './auth.js';
import { redact, redactEnd } from './redact.js';
import type { Dial, WireEnd } from './transport.js';

export type { Auth } from './auth.js';

/** An address, or a function that is asked for it before every attempt. */
export type Endpoint = string | URL | (() => string | URL | Promise<string | URL>);

/** Query parameters; `undefined` and `null` are left out. */
export type Params = Readonly<Record<string, string | number | boolean | null | undefined>>;

export type Via = NonNullable<Auth['via']>;

/** What the far end is shown of us, and what nobody else is. */
export interface Pass {
  readonly via: Via;
  /** null: none, or none that the transport is to carry. */
  readonly token: string | null;
  /** The token where it goes into the query. */
  readonly query: Params;
  readonly auth: Auth | undefined;
  /** An end without the token in its words. */
  hide(end: WireEnd): WireEnd;
}

interface Ways {
  readonly transport: string;
  readonly usual: Via;
  readonly can: readonly Via[];
}

/** How each way is missed, where a transport does not have it. */
const missing = ({ transport, can }: Ways, via: Via): string =>
  `auth.via '${via}' is not for ${transport}${via === 'header' ? ': browsers cannot set headers there' : ''}; use ${can
    .map((each) => `'${each}'`)
    .join(' or ')}`;

/** The address, where it is the same for each attempt. */
export const addressOf = (endpoint: Endpoint): string | undefined =>
  typeof endpoint === 'function' ? undefined : String(endpoint);

/** Asks for the address, then for the token. `can`: how it may travel on this transport; `usual`: where nobody says how. */
export function askWhere(
  endpoint: Endpoint,
  own: Auth | undefined,
  dial: Dial,
  ways: Ways,
  then: (url: string, pass: Pass) => void,
  failed: (end: WireEnd) => void,
): void {
  const { usual, can } = ways;
  const given = typeof dial.auth === 'object' ? dial.auth : undefined;
  const auth = own ?? given;
  const { via = usual, queryName = 'access_token' } = auth ?? {};
  const stop = (kind: 'config' | 'unsupported', reason: string): void =>
    failed({ why: 'refused', verdict: 'failed', kind, reason });
  if (own && dial.auth) return stop('config', 'both the client and its transport have `auth`; give it to the client');
  // where the dialler says how, another transport of the same ladder may know that way
  if (auth && !can.includes(via)) return stop(given ? 'unsupported' : 'config', missing(ways, via));
  const refused = (error: unknown): void => failed(refusal(error, queryName));
  settle(
    () => (typeof endpoint === 'function' ? endpoint() : endpoint),
    (url) =>
      settle(
        () => (auth ? auth.getToken(dial.credentials) : null),
        (asked) => {
          const token = via === 'cookie' ? null : asked;
          const query = token !== null && via === 'query' ? { [queryName]: token } : {};
          const hide = (text: string): string => redact(text, queryName, asked === null ? [] : [asked]);
          const pass: Pass = { via, token, query, auth, hide: (end) => redactEnd(end, hide) };
          then(withParams(String(url), { session: dial.session }), pass);
        },
        refused,
      ),
    refused,
  );
}

/** Does it say that nobody may, now or later? */
export const isNotAllowed = (error: unknown): boolean =>
  (error as { name?: unknown } | null)?.name === 'NotAllowedError';

/** What a url, token or headers function threw: "not allowed" stops, the rest is tried again later. */
export function refusal(error: unknown, queryName?: string): WireEnd {
  const end: WireEnd = {
    why: 'refused',
    reason: `the url, token or headers function threw: ${error instanceof Error ? error.message : String(error)}`,
    cause: error,
    ...(isNotAllowed(error) ? { verdict: 'failed', kind: 'forbidden' } : {}),
  };
  return redactEnd(end, (text) => redact(text, queryName));
}

/** The address with these parameters, and the rest of its query to the letter: it may be signed. Relative ones too. */
export function withParams(url: string, params: Params | undefined): string {
  const entries = Object.entries(params ?? {}).filter(([, value]) => value !== undefined && value !== null);
  if (entries.length === 0) return url;
  const [, path = '', query = '', hash = ''] = /^([^?#]*)\??([^#]*)(.*)$/s.exec(url) ?? [];
  const ours = new Map(entries.map(([name, value]) => [name, String(value)]));
  const rest = query.split('&').filter((pair) => {
    // the `&` in front keeps a leading question mark part of the name
    const [name] = new URLSearchParams(`&${pair}`).keys();
    return name !== undefined && !ours.has(name);
  });
  return `${path}?${[...rest, new URLSearchParams([...ours]).toString()].join('&')}${hash}`;
}
