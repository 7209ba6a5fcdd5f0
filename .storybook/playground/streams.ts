// What there is to listen to: a ticker, a small fleet's metrics, notifications. Invented, and always the same kind of story.

import type { Metrics, Note, Quote } from '../../stories/parts/demo-data.js';

/** Numbers that wander about a middle, as real ones do. */
function createWander(middle: number, spread: number, pull = 0.06): (drift?: number) => number {
  let offset = 0;
  return (drift = 0) => {
    // the sum of three throws is close enough to a bell curve
    const throwOf = (): number => Math.random() - 0.5;
    offset += (throwOf() + throwOf() + throwOf()) * spread * 0.35 + drift - offset * pull;
    return middle + offset;
  };
}

const round = (value: number, digits = 0): number => Number(value.toFixed(digits));

const NODES = ['ams-1', 'ams-2', 'fra-1'] as const;

/** A service in two cities: requests come in waves, and now and then a release makes the caches cold for a while. */
export function createMetrics(startAt: number): (at: number) => Metrics {
  const requests = createWander(420, 30);
  const fast = createWander(36, 2.4);
  const slow = createWander(128, 14);
  const cpus = NODES.map((_, i) => createWander(34 + i * 8, 4));
  const jitter = (share: number): number => 1 + (Math.random() - 0.5) * share;
  let releaseAt = startAt + 50_000;
  return (at) => {
    if (at > releaseAt + 14_000) releaseAt = at + 25_000 + Math.random() * 30_000;
    const releasing = at > releaseAt ? Math.exp(-(at - releaseAt) / 5_000) : 0;
    const wave = Math.sin(at / 14_000) * 90 + Math.sin(at / 4_700) * 30;
    const rate = Math.max(20, (requests() + wave) * jitter(0.1));
    const load = (rate - 420) / 420;
    return {
      at,
      requests: round(rate),
      p50: round(Math.max(9, (fast() * (1 + 0.25 * load) + releasing * 34) * jitter(0.12)), 1),
      p95: round(Math.max(40, (slow() * (1 + 0.6 * load) + releasing * 290) * jitter(0.18)), 1),
      errors: Math.random() < 0.06 + releasing * 0.8 ? 1 + Math.floor(Math.random() * (1.4 + releasing * 9)) : 0,
      cpu: cpus.map((next) =>
        round(Math.min(98, Math.max(4, (next() + load * 24 + releasing * 20) * jitter(0.08))), 1),
      ),
      nodes: NODES,
    };
  };
}

const SYMBOLS: readonly (readonly [string, number])[] = [
  ['OAK', 184.2],
  ['FERN', 62.75],
  ['MOSS', 311.4],
  ['REED', 27.08],
];

export function createTicker(): (at: number) => Quote {
  const prices = SYMBOLS.map(([symbol, price]) => ({ symbol, next: createWander(price, price * 0.004, 0.01) }));
  let turn = 0;
  return (at) => {
    const { symbol, next } = prices[turn++ % prices.length] as (typeof prices)[number];
    return { symbol, price: round(next(), 2), at };
  };
}

const NEWS: readonly (readonly [Note['kind'], string])[] = [
  ['build', 'Build 1841 is green: 312 tests, 48 s'],
  ['review', 'Noor asks for a review of "Close sockets in pagehide"'],
  ['alert', 'Disk on fra-1 is 81 % full'],
  ['build', 'Build 1842 failed: lint, 2 findings'],
  ['review', 'Your change "Name the limit in the warning" was approved'],
  ['message', 'Ines: the figures for Thursday are in the shared folder'],
  ['alert', 'p95 on ams-2 is back under 200 ms'],
  ['message', 'Jonas: lunch at half past twelve?'],
];

export function createNews(): (at: number) => Note {
  let turn = 0;
  return (at) => {
    const [kind, text] = NEWS[turn++ % NEWS.length] as (typeof NEWS)[number];
    return { id: `news-${at}-${turn}`, kind, text, at };
  };
}
