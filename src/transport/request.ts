// One HTTP request, with everything asked afresh: the floor of SSE, long poll, poll and uplink. Reads no body.

import { wallTimeOf } from '../base/clock.js';
import { settle } from '../base/settle.js';
import { type Auth, askWhere, type Endpoint, type Params, type Pass, refusal, withParams } from './credentials.js';
import type { Dial, WireEnd } from './transport.js';

type HeaderRecord = Readonly<Record<string, string>>;

export interface RequestOptions {
  /** Default 'GET'. Others are sent again on reconnect only with `resend: true`. */
  readonly method?: string | undefined;
  /** A value, or a function that is asked before every request. */
  readonly headers?: HeaderRecord | (() => HeaderRecord | Promise<HeaderRecord>) | undefined;
  /** A value, or a function that is asked before every request. */
  readonly body?: BodyInit | (() => BodyInit | Promise<BodyInit>) | undefined;
  /** As in fetch. Default 'same-origin'; 'include' where `auth.via` is 'cookie'. */
  readonly credentials?: RequestCredentials | undefined;
  /** Added to the address as query. */
  readonly params?: Params | undefined;
  /** Asked before every request; travels as `Authorization: Bearer` (default), as query or as a cookie. */
  readonly auth?: Auth | undefined;
  /** May a method other than GET be sent again after a drop? Default false: its end is the end. */
  readonly resend?: boolean | undefined;
  /** Default: the global one. */
  readonly fetch?: typeof fetch | undefined;
}

export interface RequestParts {
  readonly endpoint: Endpoint;
  readonly options: RequestOptions;
  readonly dial: Dial;
  readonly signal: AbortSignal;
  /** Of the transport, under those of the user. */
  readonly headers?: HeaderRecord | undefined;
  readonly params?: Params | undefined;
  /** Anything else for fetch; its headers win. */
  readonly init?: RequestInit | undefined;
  /** The request is on its way. */
  readonly sent?: (() => void) | undefined;
}

/** Is there somebody to ask for new credentials? */
export function isRenewable(endpoint: Endpoint, { auth, headers }: RequestOptions): boolean {
  return typeof endpoint === 'function' || auth !== undefined || typeof headers === 'function';
}

/** May this request be made again? */
export function isRepeatable({ method = 'GET', resend = false }: RequestOptions): boolean {
  return resend || method.toUpperCase() === 'GET';
}

/** How a request ended that was sent and must not be repeated: its end is `closed`, its failure `failed`. */
export function finalFor(options: RequestOptions, end: WireEnd, clean: boolean): WireEnd {
  return isRepeatable(options) || end.verdict ? end : { ...end, verdict: clean ? 'closed' : 'failed' };
}

const AUTH = { transport: 'requests', usual: 'header', can: ['header', 'query', 'cookie'] } as const;

/** Exactly one of the two is called, unless `signal` is aborted first: then neither. */
export function sendRequest(
  parts: RequestParts,
  onResponse: (response: Response) => void,
  onEnd: (end: WireEnd) => void,
): void {
  const { endpoint, options, dial, signal } = parts;
  if (signal.aborted) return;
  let pass: Pass | undefined;
  /** Nothing was sent, so that trying again sends nothing twice. */
  const unsent = (how: WireEnd): void => {
    if (!signal.aborted) onEnd(pass?.hide(how) ?? how);
  };
  const end = (how: WireEnd): void => unsent(finalFor(options, how, false));
  const refused = (error: unknown): void => unsent(refusal(error));
  const misuse = (kind: 'config' | 'unsupported', reason: string): void =>
    unsent({ why: 'refused', verdict: 'failed', kind, reason });

  askWhere(
    endpoint,
    options.auth,
    dial,
    AUTH,
    (url, granted) => {
      if (signal.aborted) return;
      pass = granted;
      const { via, token, query } = granted;
      const { headers, body } = options;
      settle(
        () => (typeof headers === 'function' ? headers() : headers),
        (own) =>
          settle(
            () => (typeof body === 'function' ? body() : body),
            (content) => send(url, own, content),
            refused,
          ),
        refused,
      );
      function send(address: string, own: HeaderRecord | undefined, content: BodyInit | undefined): void {
        if (signal.aborted) return;
        const request = options.fetch ?? globalThis.fetch;
        if (!request) return misuse('unsupported', 'there is no fetch here; give one as the `fetch` option');
        let target: string;
        let init: RequestInit;
        try {
          target = new URL(
            withParams(address, { ...options.params, ...parts.params, ...query }),
            globalThis.location?.href,
          ).href;
          init = {
            method: options.method ?? 'GET',
            cache: 'no-store',
            credentials: options.credentials ?? (via === 'cookie' ? 'include' : 'same-origin'),
            ...parts.init,
            headers: merged(
              parts.headers,
              token !== null && via === 'header' ? { authorization: `Bearer ${token}` } : undefined,
              own,
              parts.init?.headers && Object.fromEntries(new Headers(parts.init.headers)),
            ),
            ...(content === undefined ? {} : { body: content }),
            signal,
          };
        } catch {
          return misuse('config', 'the url or a header is not valid');
        }
        parts.sent?.();
        settle(
          () => request(target, init),
          (response) => {
            if (signal.aborted) return void response.body?.cancel().catch(() => {});
            if (response.ok || response.status === 304) return onResponse(response);
            void response.body?.cancel().catch(() => {});
            end({
              why: 'refused',
              code: response.status,
              reason: response.statusText,
              retryAfterMs: retryAfterMs(response, dial.host.clock.wallNow()),
            });
          },
          (cause: unknown) => {
            if (!isValid(target, init)) return misuse('config', 'fetch does not take this method, body or header');
            end({
              why: 'refused',
              reason: 'no answer; is the server up, the url right, and does CORS allow it?',
              cause,
            });
          },
        );
      }
    },
    unsent,
  );
}

/**
 * fetch fails alike for a request that can never be made and for a server that is down: which was it?
 * Asked without the body, which may be used up, and without the signal, which may be of another realm.
 */
function isValid(target: string, init: RequestInit): boolean {
  try {
    return (
      typeof Request !== 'function' ||
      Boolean(new Request(target, { ...init, signal: null, body: init.body ? '-' : null }))
    );
  } catch {
    return false;
  }
}

/** The later one wins, in whatever case it is written: fetch would send both. */
function merged(...groups: readonly (HeaderRecord | undefined)[]): Record<string, string> {
  const all: Record<string, string> = {};
  for (const group of groups) for (const [name, value] of Object.entries(group ?? {})) all[name.toLowerCase()] = value;
  return all;
}

/** `Retry-After` (RFC 9110 §10.2.3): seconds, or a date by the server's own clock. */
function retryAfterMs(response: Response, wallNow: number): number | undefined {
  const value = response.headers.get('retry-after')?.trim();
  if (!value) return undefined;
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1_000, Number.MAX_SAFE_INTEGER);
  // engines read a date into nearly anything: '-5' and '1.5' too
  const moment = /^\w+, .+:\d\d GMT$/.test(value) ? wallTimeOf(value) : NaN;
  const now = wallTimeOf(response.headers.get('date') ?? '');
  return Number.isNaN(moment) ? undefined : Math.max(0, moment - (Number.isNaN(now) ? wallNow : now));
}
