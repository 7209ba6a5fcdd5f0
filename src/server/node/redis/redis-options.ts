// What rooms in Redis can be told, with the defaults. Connects nothing.

import { type Clock, systemClock } from '../../../base/clock.js';
import { RealtimeError } from '../../../base/error.js';
import { checkLeast } from '../../check.js';
import type { HistoryOptions } from '../../hub.js';
import type { DedupeOptions } from '../../ledger.js';

/** A client of the `redis` package, as far as it is asked: it is copied, and never used itself. */
export interface RedisSource {
  duplicate(overrides?: object): unknown;
}

/** `lost`: calls are refused until it is `connected` again; `error` says why. */
export type RedisStatus = { readonly status: 'connected' } | { readonly status: 'lost'; readonly error: RealtimeError };

export interface RedisOptions {
  /** What all keys and channels begin with; no braces. Default 'roomtone:'. */
  readonly prefix?: string | undefined;
  /** What is kept per room, and how long. Default 100 messages, 300,000 ms. Memory is bounded by Redis itself (`maxmemory`). */
  readonly history?: Pick<HistoryOptions, 'size' | 'ttlMs'> | undefined;
  /** How long, and of how many messages, a room knows that it has them. Default 300,000 ms, 10,000. */
  readonly dedupe?: DedupeOptions | undefined;
  /** No later than this after a server has died without a word its members are gone. Default 15,000; 100 at least. */
  readonly leaseMs?: number | undefined;
  /** How long Redis may take to answer; then the call is refused. Default 2,000. */
  readonly timeoutMs?: number | undefined;
  /** Changes of presence that follow each other within this time go out together. Default 20. */
  readonly presenceTickMs?: number | undefined;
  /** Redis was reached, or lost: once each time. */
  readonly onStatus?: ((status: RedisStatus) => void) | undefined;
  readonly clock?: Clock | undefined;
}

export interface RedisSettings {
  readonly prefix: string;
  readonly history: number;
  readonly historyMs: number;
  readonly dedupe: number;
  readonly dedupeMs: number;
  readonly leaseMs: number;
  readonly timeoutMs: number;
  readonly presenceTickMs: number;
  /** How long Redis keeps a room that nobody is in. */
  readonly keepMs: number;
  readonly clock: Clock;
}

/** As Redis takes them: whole, and not for ever. */
const whole = (value: number): number => Math.min(Math.floor(value), 2 ** 40);

/** Throws `config` where something makes no sense. */
export function redisSettingsOf(options: RedisOptions): RedisSettings {
  const {
    prefix = 'roomtone:',
    leaseMs = 15_000,
    timeoutMs = 2_000,
    presenceTickMs = 20,
    clock = systemClock,
  } = options;
  const { size = 100, ttlMs = 300_000 } = options.history ?? {};
  const { windowMs = 300_000, size: known = 10_000 } = options.dedupe ?? {};
  checkLeast(0, { 'history.size': size, 'dedupe.windowMs': windowMs, 'dedupe.size': known, presenceTickMs });
  checkLeast(1, { 'history.ttlMs': ttlMs, timeoutMs });
  checkLeast(100, { leaseMs });
  if (/[{}]/.test(prefix))
    throw new RealtimeError('config', '`prefix` has no braces: they tell a cluster what belongs together.');
  return {
    prefix,
    history: whole(size),
    historyMs: whole(ttlMs),
    dedupe: windowMs === 0 ? 0 : whole(known),
    dedupeMs: whole(windowMs),
    leaseMs: whole(leaseMs),
    timeoutMs,
    presenceTickMs,
    // whoever comes back finds the same stream for as long as anything of it may be known
    keepMs: whole(Math.max(2 * ttlMs, windowMs, 4 * leaseMs)),
    clock,
  };
}
