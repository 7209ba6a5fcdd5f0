// @vitest-environment node
// After an end: the table row by row, the waits and their spread, and who may overrule them.

import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  backoff,
  judge,
  type JudgeFacts,
  type Retry,
  type RetryOptions,
  type Verdict,
} from '../../src/connection/retry.js';
import type { WireEnd } from '../../src/transport/transport.js';
import { catchReports } from '../support/reported.js';
import { createChance, firstSeed } from '../support/seed.js';

afterEach(() => vi.unstubAllGlobals());

const LAST = 1 - Number.EPSILON;
const lost = (code?: number): WireEnd => ({ why: 'lost', code });
const verdictOf = (end: WireEnd, retry: Retry = {}, facts: Partial<JudgeFacts> = {}): Verdict =>
  judge(retry, end, { attempt: 1, renewable: false, serverDelayMs: 0, random: () => 0, ...facts });
const delayOf = (end: WireEnd, retry: Retry = {}, facts: Partial<JudgeFacts> = {}): number => {
  const verdict = verdictOf(end, retry, facts);
  if (verdict.name !== 'retry') throw new Error(`it is ${verdict.name}`);
  return verdict.delayMs;
};

describe('the table', () => {
  const everyCode = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);

  test.each([400, 404, 405, 406, 410])('HTTP %d fails for good', (code) => {
    expect(verdictOf({ why: 'refused', code }, {}, { renewable: true }).name).toBe('failed');
  });

  test.each([408, 409, 425, 429, 500, 502, 503, 504, 599])('HTTP %d is tried again', (code) => {
    expect(verdictOf({ why: 'refused', code }).name).toBe('retry');
  });

  test.each([401, 403, 4401])('%d asks for new credentials once, where there is somebody to ask', (code) => {
    expect(verdictOf(lost(code), {}, { renewable: true }).name).toBe('renew');
    expect(verdictOf(lost(code), {}, { renewable: false }).name).toBe('failed');
  });

  test.each([1002, 1003, 1007, 1008, 1010])('close %d fails for good', (code) => {
    expect(verdictOf(lost(code)).name).toBe('failed');
  });

  test('4400 to 4499 fail for good, but for 4401, 4408 and 4429', () => {
    const names = new Map(
      everyCode(4400, 4499).map((code) => [code, verdictOf(lost(code), {}, { renewable: true }).name]),
    );
    expect(names.get(4401)).toBe('renew');
    expect([4408, 4429].map((code) => names.get(code))).toEqual(['retry', 'retry']);
    for (const code of [4401, 4408, 4429]) names.delete(code);
    expect(new Set(names.values())).toEqual(new Set(['failed']));
  });

  test('every other close that we did not ask for is tried again, 1000 included', () => {
    const permanent = [1002, 1003, 1007, 1008, 1010];
    const codes = [...everyCode(1000, 1015), 3000, 3999, 4000, 4399, 4500, 4999].filter(
      (code) => !permanent.includes(code),
    );
    expect(codes.filter((code) => verdictOf(lost(code)).name !== 'retry')).toEqual([]);
  });

  test.each<[string, WireEnd]>([
    ['the network', { why: 'refused' }],
    ['a time limit', { why: 'timeout' }],
    ['a silent stream', { why: 'stalled' }],
    ['a broken link', { why: 'lost' }],
  ])('%s is tried again', (_name, end) => {
    expect(verdictOf(end).name).toBe('retry');
  });

  test.each(['closed', 'failed'] as const)('what only the transport knows: %s', (verdict) => {
    expect(verdictOf({ why: 'refused', code: 503, verdict }).name).toBe(verdict);
  });
});

describe('the wait', () => {
  const windows = (options: RetryOptions, attempts: number): number[] =>
    Array.from({ length: attempts }, (_, index) => Math.round(backoff(options, index + 1, () => LAST)));

  test('the window doubles up to the cap', () => {
    expect(windows({}, 9)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    expect(windows({ initialDelayMs: 1_000, factor: 3, maxDelayMs: 10_000 }, 4)).toEqual([1_000, 3_000, 9_000, 10_000]);
  });

  test('full jitter below the cap: from the shortest wait to the whole window, at the cap too', () => {
    const { random } = createChance(1);
    for (const attempt of [1, 3, 50]) {
      const window = Math.min(30_000, 500 * 2 ** (attempt - 1));
      const waits = Array.from({ length: 2_000 }, () => backoff({}, attempt, random));
      expect(Math.min(...waits)).toBeGreaterThanOrEqual(100);
      expect(Math.max(...waits)).toBeLessThanOrEqual(window);
      expect(Math.min(...waits)).toBeLessThan(100 + (window - 100) * 0.02);
      expect(Math.max(...waits)).toBeGreaterThan(window * 0.98);
    }
  });

  test('a window below the shortest wait is the shortest wait', () => {
    expect(backoff({ minDelayMs: 800, initialDelayMs: 10 }, 1, () => LAST)).toBe(800);
    expect(backoff({ minDelayMs: 800, maxDelayMs: 10 }, 9, () => LAST)).toBe(800);
  });

  test('an outage of any length: always a number, never over the cap', () => {
    for (const options of [
      {},
      { initialDelayMs: 0 },
      { factor: 0 },
      { factor: 10 },
      { initialDelayMs: 0, minDelayMs: 0 },
    ])
      for (const attempt of [1, 2, 100, 1_023, 1_026, 1e6, 1e9]) {
        const wait = backoff(options, attempt, () => LAST);
        expect(wait, JSON.stringify({ ...options, attempt })).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(30_000);
      }
  });
});

describe('what the server asks for', () => {
  const busy = (retryAfterMs: number): WireEnd => ({ why: 'refused', code: 503, retryAfterMs });

  test('Retry-After is a floor, and jitter comes on top', () => {
    expect(delayOf(busy(2_000), {}, { random: () => 0 })).toBe(2_100);
    expect(delayOf(busy(2_000), {}, { random: () => LAST })).toBeCloseTo(2_500);
    expect(verdictOf(busy(2_000))).toMatchObject({ floorMs: 2_000 });
  });

  test('SSE `retry:` is a floor for every wait; Retry-After speaks for its own', () => {
    expect(delayOf(lost(), {}, { serverDelayMs: 3_000 })).toBe(3_100);
    expect(delayOf(busy(1_000), {}, { serverDelayMs: 3_000 })).toBe(1_100);
    expect(delayOf(busy(0), {}, { serverDelayMs: 3_000 })).toBe(100);
  });

  test('is clamped to maxServerDelayMs, whoever asked', () => {
    expect(delayOf(busy(1e9))).toBe(300_100);
    expect(delayOf(lost(), {}, { serverDelayMs: Infinity })).toBe(300_100);
    expect(delayOf(busy(1e9), { maxServerDelayMs: 5_000 })).toBe(5_100);
    expect(delayOf(busy(1e9), { maxServerDelayMs: 0 })).toBe(100);
    expect(delayOf(busy(1e9), () => 7)).toBe(300_007);
  });

  test('is also the floor of waits that others chose', () => {
    expect(delayOf(busy(2_000), { shouldReconnect: () => 50 })).toBe(2_050);
    expect(delayOf(busy(2_000), () => 50)).toBe(2_050);
  });
});

describe('shouldReconnect', () => {
  test('sees the end and the attempt', () => {
    const shouldReconnect = vi.fn(() => undefined);
    const end = lost(1001);
    verdictOf(end, { shouldReconnect }, { attempt: 4 });
    expect(shouldReconnect.mock.calls).toEqual([[end, 4]]);
  });

  test.each([
    ['true tries again what the table gives up', true, lost(1008), 'retry'],
    ['true tries again what the transport closed', true, { why: 'refused', verdict: 'closed' } as WireEnd, 'retry'],
    ['true asks for no credentials', true, lost(4401), 'retry'],
    ['false gives up what the table tries again', false, lost(1006), 'failed'],
    ['a number tries again', 5, lost(1008), 'retry'],
    ['undefined leaves it to the table', undefined, lost(1008), 'failed'],
    ['undefined leaves it to the table', undefined, lost(1006), 'retry'],
  ] as const)('%s', (_name, wish, end, verdict) => {
    expect(verdictOf(end, { shouldReconnect: () => wish }, { renewable: true }).name).toBe(verdict);
  });

  test('a number is the wait; one that is none leaves the wait to the backoff', () => {
    expect(delayOf(lost(), { shouldReconnect: () => 1_234 })).toBe(1_234);
    expect(delayOf(lost(), { shouldReconnect: () => 0 })).toBe(0);
    expect(delayOf(lost(), { shouldReconnect: () => NaN })).toBe(100);
    expect(delayOf(lost(), { shouldReconnect: () => -1 })).toBe(100);
  });

  test('one that throws is reported, and the table decides', () => {
    const reported = catchReports();
    const shouldReconnect = (): never => {
      throw new Error('bad policy');
    };
    expect(verdictOf(lost(1006), { shouldReconnect }).name).toBe('retry');
    expect(verdictOf(lost(1008), { shouldReconnect }).name).toBe('failed');
    expect(reported).toHaveLength(2);
  });
});

describe('a policy of your own', () => {
  test('sees end, attempt and chance; its number is the wait', () => {
    const policy = vi.fn((_end: WireEnd, attempt: number, random: () => number) => attempt * 10 + random());
    const end = lost(1006);
    expect(delayOf(end, policy, { attempt: 3, random: () => 0.5 })).toBe(30.5);
    expect(policy.mock.calls[0]?.slice(0, 2)).toEqual([end, 3]);
  });

  test('false gives up', () => {
    expect(verdictOf(lost(1006), () => false).name).toBe('failed');
  });

  test('is not asked what the table knows to be permanent', () => {
    const policy = vi.fn(() => 10);
    expect(verdictOf(lost(1008), policy).name).toBe('failed');
    expect(verdictOf({ why: 'refused', verdict: 'closed' }, policy).name).toBe('closed');
    expect(policy).not.toHaveBeenCalled();
  });

  test('one that throws, or gives no number, gets the usual wait', () => {
    const reported = catchReports();
    expect(
      delayOf(lost(), () => {
        throw new Error('bad policy');
      }),
    ).toBe(100);
    expect(delayOf(lost(), () => NaN)).toBe(100);
    expect(reported).toEqual([new Error('bad policy')]);
  });
});

describe('giving up', () => {
  test('maxAttempts in a row, and not one more', () => {
    const names = [1, 2, 3, 4].map((attempt) => verdictOf(lost(), { maxAttempts: 3 }, { attempt }).name);
    expect(names).toEqual(['retry', 'retry', 'retry', 'failed']);
    expect(verdictOf(lost(), { maxAttempts: 0 }).name).toBe('failed');
    expect(verdictOf(lost(), { maxAttempts: 1, shouldReconnect: () => 5 }, { attempt: 2 }).name).toBe('failed');
  });

  test('retry: false never tries again', () => {
    expect(verdictOf(lost(1006), false).name).toBe('failed');
    expect(verdictOf({ why: 'refused', verdict: 'closed' }, false).name).toBe('closed');
  });
});

describe('a thousand clients that lose one server', () => {
  const CLIENTS = 1_000;
  const BUCKET_MS = 100;

  /** The fullest bucket of the waits against their mean over the whole window. */
  function crowding(waits: readonly number[], from: number, to: number): number {
    const buckets = new Map<number, number>();
    for (const wait of waits) {
      const bucket = Math.floor((wait - from) / BUCKET_MS);
      buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
    }
    return Math.max(...buckets.values()) / (waits.length / ((to - from) / BUCKET_MS));
  }

  test.each<[string, RetryOptions, WireEnd, number, number, number]>([
    ['at their first retry', { initialDelayMs: 2_000 }, lost(1012), 1, 100, 2_000],
    ['at their second', { initialDelayMs: 1_000 }, lost(1012), 2, 100, 2_000],
    [
      'after a Retry-After',
      { initialDelayMs: 2_000 },
      { why: 'refused', code: 503, retryAfterMs: 5_000 },
      1,
      5_100,
      7_000,
    ],
  ])('spread over the whole window %s', (_name, retry, end, attempt, from, to) => {
    const seed = firstSeed();
    const waits = Array.from({ length: CLIENTS }, (_, client) =>
      delayOf(end, retry, { attempt, random: createChance(seed + client).random }),
    );
    expect(crowding(waits, from, to), `WALK_SEED=${seed}`).toBeLessThan(2);
    expect(Math.min(...waits), `WALK_SEED=${seed}`).toBeGreaterThanOrEqual(from);
    expect(Math.max(...waits), `WALK_SEED=${seed}`).toBeLessThanOrEqual(to);
  });
});
