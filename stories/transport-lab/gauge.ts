// How late messages are, and whether one is missing. No React.

import type { Message } from '../../src/index.js';
import type { Numbered } from '../parts/demo-data.js';
import { quantile } from '../parts/format.js';

export interface Reading {
  readonly count: number;
  /** Numbers that never came, between the first one and the last. */
  readonly missing: number;
  readonly p50: number | null;
  readonly p95: number | null;
  /** When the newest messages came, and how late they were. */
  readonly at: readonly number[];
  readonly lateMs: readonly number[];
}

export interface Gauge {
  readonly record: (message: Message<Numbered>) => void;
  /** What the server's clock shows when ours shows 0; the same machine has the same clock. */
  readonly setSkew: (ms: number) => void;
  readonly read: () => Reading;
}

const KEPT = 400;

export function createGauge(): Gauge {
  let at: number[] = [];
  let lateMs: number[] = [];
  let count = 0;
  let first = 0;
  let last = 0;
  let skewMs = 0;
  return {
    record({ data, receivedAt }) {
      if (count === 0) first = data.n;
      last = Math.max(last, data.n);
      count += 1;
      at.push(receivedAt);
      lateMs.push(Math.max(0, receivedAt + skewMs - data.at));
      if (at.length < 2 * KEPT) return;
      at = at.slice(-KEPT);
      lateMs = lateMs.slice(-KEPT);
    },
    setSkew: (ms) => void (skewMs = ms),
    read() {
      const recent = lateMs.slice(-100);
      const missing = count === 0 ? 0 : last - first + 1 - count;
      return {
        count,
        missing,
        p50: quantile(recent, 0.5),
        p95: quantile(recent, 0.95),
        at: at.slice(-KEPT),
        lateMs: lateMs.slice(-KEPT),
      };
    },
  };
}
