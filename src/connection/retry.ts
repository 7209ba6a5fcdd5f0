// After an end: how long until the next attempt, or never. Pure but for the chance that is handed in.

import { guarded } from '../base/report.js';
import type { WireEnd } from '../transport/transport.js';

export interface RetryOptions {
  /** No wait is shorter. Default 100. */
  readonly minDelayMs?: number | undefined;
  /** The first window. Default 500. */
  readonly initialDelayMs?: number | undefined;
  /** No window is longer. Default 30,000. */
  readonly maxDelayMs?: number | undefined;
  /** Each window is this many times the one before. Default 2. */
  readonly factor?: number | undefined;
  /** Attempts in a row before giving up. Default Infinity. */
  readonly maxAttempts?: number | undefined;
  /** What a server may ask for at most (`Retry-After`, SSE `retry:`). Default 300,000. */
  readonly maxServerDelayMs?: number | undefined;
  /** Wins over the built-in table: true tries again, false gives up, a number is the wait in ms, undefined leaves it to the table. */
  readonly shouldReconnect?: ((end: WireEnd, attempt: number) => boolean | number | undefined) | undefined;
}

/** Options, or a policy of your own (`attempt` counts from 1), or `false` for never. */
export type Retry = RetryOptions | ((end: WireEnd, attempt: number, random: () => number) => number | false) | false;

/** What follows an end. `floorMs` is the part of the wait that the server asked for. */
export type Verdict =
  | { readonly name: 'retry'; readonly delayMs: number; readonly floorMs: number }
  | { readonly name: 'renew' }
  | { readonly name: 'closed' }
  | { readonly name: 'failed' };

export interface JudgeFacts {
  /** Which attempt in a row would be next, from 1. */
  readonly attempt: number;
  /** Is there somebody to ask for new credentials, who was not asked since the last stable link? */
  readonly renewable: boolean;
  /** What the server last asked to be waited. */
  readonly serverDelayMs: number;
  readonly random: () => number;
}

/** What makes no sense is taken as if nothing had been said: NaN would ring for ever, or never. */
export function sensible(value: number | undefined, usual: number): number {
  return value !== undefined && value >= 0 ? value : usual;
}

const unauthorized: readonly (number | undefined)[] = [401, 403, 4401];

/** Ends that no further attempt would change. Everything else is tried again, a clean 1000 included. */
function isPermanent(code: number | undefined): boolean {
  if (code === undefined) return false;
  if (code >= 4400 && code <= 4499) return code !== 4408 && code !== 4429;
  return [400, 404, 405, 406, 410, 1002, 1003, 1007, 1008, 1010].includes(code);
}

/** Full jitter below the cap: the cap bounds the window, never a wait that was already drawn. */
export function backoff(options: RetryOptions, attempt: number, random: () => number): number {
  const { factor = 2 } = options;
  const minDelayMs = sensible(options.minDelayMs, 100);
  // 0 * Infinity, after a thousand failures, is none
  const grown = sensible(options.initialDelayMs, 500) * factor ** (attempt - 1) || 0;
  const window = Math.min(sensible(options.maxDelayMs, 30_000), grown);
  return minDelayMs + random() * Math.max(0, window - minDelayMs);
}

export function judge(retry: Retry, end: WireEnd, facts: JudgeFacts): Verdict {
  const { attempt, random } = facts;
  const options = typeof retry === 'object' ? retry : {};
  const later = (delayMs: number): Verdict => {
    const floorMs = Math.min(end.retryAfterMs ?? facts.serverDelayMs, sensible(options.maxServerDelayMs, 300_000));
    // a wait without end is no wait
    if (attempt > (options.maxAttempts ?? Infinity) || delayMs === Infinity) return { name: 'failed' };
    return { name: 'retry', delayMs: floorMs + (delayMs >= 0 ? delayMs : backoff(options, attempt, random)), floorMs };
  };
  const usual = (): Verdict => later(NaN); // the policy's own wait

  const wish = guarded(options.shouldReconnect, end, attempt);
  if (wish === false) return { name: 'failed' };
  if (wish === true) return usual();
  if (typeof wish === 'number') return later(wish);
  if (end.verdict) return { name: end.verdict };
  if (unauthorized.includes(end.code)) return { name: facts.renewable ? 'renew' : 'failed' };
  if (isPermanent(end.code) || retry === false) return { name: 'failed' };
  if (typeof retry !== 'function') return usual();
  const delay = guarded(retry, end, attempt, random);
  return delay === false ? { name: 'failed' } : later(delay ?? NaN);
}
