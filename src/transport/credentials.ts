// Where to and as whom, asked afresh before every attempt. No sockets here.

import { settle } from '../base/settle.js';
import type { Dial, WireEnd } from './transport.js';

/** An address, or a function that is asked for it before every attempt. */
export type Endpoint = string | URL | (() => string | URL | Promise<string | URL>);

/** Credentials that are asked for before every attempt. */
export interface Auth {
  /**
   * A string is used, `null` connects without. Throw an error named `NotAllowedError` to stop for good;
   * anything else that is thrown is tried again later, with backoff.
   * `reason`: 'connect' at first, 'refresh' on later attempts, 'expired' right after the far end refused the last token.
   */
  readonly getToken: (reason: 'connect' | 'refresh' | 'expired') => string | null | Promise<string | null>;
  /** How it travels. Default 'header' where the transport can set one (fetch), else 'query'. */
  readonly via?: 'header' | 'query' | 'subprotocol' | undefined;
  /** Default 'access_token'. */
  readonly queryName?: string | undefined;
}

/** Query parameters; `undefined` and `null` are left out. */
export type Params = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Asks for the address, then for the token. */
export function askWhere(
  endpoint: Endpoint,
  auth: Auth | undefined,
  dial: Dial,
  then: (url: string, token: string | null) => void,
  failed: (end: WireEnd) => void,
): void {
  const refused = (error: unknown): void => failed(refusal(error));
  settle(
    () => (typeof endpoint === 'function' ? endpoint() : endpoint),
    (url) =>
      settle(
        () => (auth ? auth.getToken(dial.credentials) : null),
        (token) => then(withParams(String(url), { session: dial.session }), token),
        refused,
      ),
    refused,
  );
}

/** What a url, token or headers function threw: "not allowed" stops, the rest is tried again later. */
export function refusal(error: unknown): WireEnd {
  const stop = (error as { name?: unknown } | null)?.name === 'NotAllowedError';
  return {
    why: 'refused',
    reason: `the url, token or headers function threw: ${error instanceof Error ? error.message : String(error)}`,
    cause: error,
    ...(stop ? { verdict: 'failed', kind: 'forbidden' } : {}),
  };
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
