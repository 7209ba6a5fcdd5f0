// What a fallback remembers of its rungs: which one works, how long they take, which were cut, when to look again. Dials nothing.

import type { Cancel } from '../base/clock.js';
import type { Host } from '../base/host.js';
import { isPermanent, isSpoken, wordsOf } from './ends.js';
import type { FallbackOptions } from './fallback-options.js';
import type { WireEnd } from './transport.js';

/** A better transport that is not in use, and why: an error's kind and code, and nothing that may hold a secret. */
export interface Skipped {
  readonly transport: string;
  readonly why: string;
}

export interface RungMemory {
  readonly names: readonly string[];
  /** Minds the network from now on. */
  watch(host: Host): Cancel;
  /** How often the network came back. */
  readonly returns: number;
  /** May the better ones have failed for want of a network only, or on another one? */
  readonly doubtful: boolean;
  /** Where a dial begins. */
  first(now: number): number;
  /** How long a try may take; the last one of a dial has nothing to hurry to. */
  budgetMs(isLast: boolean): number;
  /** The one in use, or the last one that was. */
  readonly current: number;
  readonly skipped: readonly Skipped[];
  /** The one that told the place that the next dial may carry. */
  teller: number | undefined;
  /** When the better ones are to be tried, on `host.clock`. */
  readonly probeAt: number;
  /** Those above `index` that this platform can do, best first. */
  above(index: number): number[];
  opened(index: number, tookMs: number, host: Host): void;
  /** Dialled at `since`, it did not open. Is it to be tried again by a later dial, rather than the next one now? */
  refused(index: number, how: WireEnd, isFirst: boolean, since: number): boolean;
  /** It was open; `end` is how it was lost, or nothing where we let go. */
  over(index: number, livedMs: number, host: Host, end?: WireEnd, heard?: boolean): void;
  /** The better ones were tried, or could not be: not again for a while, and longer where they failed. */
  probed(host: Host, failed: boolean): void;
}

const MAX_TRY_MS = 4_000;
const MIN_TRY_MS = 1_000;
/** A try may take so many times the slowest that was seen. */
const SLACK = 8;
/** After so many dials in a row in which it did not open, the last winner is no longer relied on. */
const MAX_MISSES = 3;
/** So many links in a row that were cut as soon as they were open: something on the way lets nothing live. */
const MAX_CUTS = 3;
/** Twice nothing is nothing: it would never grow. */
const MIN_PROBE_MS = 1;
const MAX_PROBE_MS = 300_000;
/** So long after it is back a network may not carry yet. */
const SETTLE_MS = 2_000;
/** What may have to be done by all at once is spread over this part of the wait for a look. */
const SPREAD = 0.2;

export function createRungMemory(names: readonly string[], options: FallbackOptions): RungMemory {
  const { tryMs, retryBestAfterMs = 300_000, stableMs = 10_000 } = options;
  const probeAfterMs = Math.max(MIN_PROBE_MS, options.probeAfterMs ?? 30_000);
  let current = -1;
  let winner = -1;
  let preferredUntil = 0;
  let misses = 0;
  let slowestMs: number | undefined;
  let cuts = 0; // links in a row that did not last
  const shaky = new Set<number>(); // left because they were cut, and none of theirs has lasted since
  let probeWaitMs = probeAfterMs;
  let probeAt = Infinity;
  const whys: (string | undefined)[] = [];
  const hopeless = new Set<number>();
  let isDoubtful = false; // whether the better ones would be refused now
  let awayUntil = -Infinity; // Infinity: it is
  let returns = 0;
  let shown: readonly Skipped[] = [];

  const wasAway = (since: number): boolean => awayUntil + SETTLE_MS >= since;
  const relyOnNext = (index: number): void => {
    winner = (index + 1) % names.length;
    misses = MAX_MISSES;
  };
  const probeLater = ({ clock, random }: Host, factor: number): void => {
    probeWaitMs = Math.min(probeWaitMs * factor, Math.max(MAX_PROBE_MS, probeAfterMs));
    probeAt = clock.now() + probeWaitMs * (0.8 + 0.4 * random());
  };
  const probeSoon = ({ clock, random }: Host, notBefore = 0): void => {
    probeAt = Math.max(notBefore, clock.now() + SPREAD * probeAfterMs * random());
  };
  const mind = (host: Host): void => {
    if (!host.network.getSnapshot()) awayUntil = Infinity;
    else if (awayUntil === Infinity) {
      awayUntil = host.clock.now();
      returns++;
      // perhaps it is another one
      isDoubtful = whys[0] !== undefined;
      cuts = misses = 0;
      if (current > 0) probeSoon(host);
    }
  };
  const cut = (index: number, host: Host): void => {
    if (++cuts < MAX_CUTS && !shaky.has(index)) return;
    cuts = MAX_CUTS; // one is enough from here on
    shaky.add(index);
    whys[index] = `cut within ${stableMs} ms of opening`;
    relyOnNext(index);
    probeLater(host, 2);
    if (winner > 0) return;
    // not one of them lasts: it is the server, and the best is as good as any
    cuts = 0;
    shaky.clear();
  };

  return {
    names,
    teller: undefined,
    watch(host) {
      mind(host);
      return host.network.subscribe(() => mind(host));
    },
    get returns() {
      return returns;
    },
    get doubtful() {
      return isDoubtful;
    },
    first: (now) => (now < preferredUntil ? winner : 0),
    budgetMs(isLast) {
      if (tryMs !== undefined) return tryMs;
      if (isLast || slowestMs === undefined) return MAX_TRY_MS;
      return Math.min(Math.max(MIN_TRY_MS, SLACK * slowestMs), MAX_TRY_MS);
    },
    get current() {
      return current;
    },
    get skipped() {
      const now = names.slice(0, Math.max(current, 0)).map((transport, index): Skipped => {
        const [before, why = 'not tried'] = [shown[index], whys[index]];
        return before?.why === why ? before : { transport, why };
      });
      const isSame = now.length === shown.length && now.every((each, index) => each === shown[index]);
      return isSame ? shown : (shown = now);
    },
    get probeAt() {
      return probeAt;
    },
    above: (index) => [...Array(index).keys()].filter((each) => !hopeless.has(each)),
    opened(index, tookMs, host) {
      current = index;
      if (index === 0) isDoubtful = false;
      // the next dial goes back to the one that won before
      if (!isDoubtful || index < winner || winner < 0) winner = index;
      misses = 0;
      preferredUntil = host.clock.now() + retryBestAfterMs;
      slowestMs = Math.max(slowestMs ?? 0, tookMs);
      whys[index] = undefined;
      if (index === 0) probeAt = Infinity;
      else if (isDoubtful) probeSoon(host);
      else if (probeAt === Infinity) probeLater(host, 1);
      // links that come back all at once do not look around all at once
      else probeSoon(host, probeAt);
    },
    refused(index, how, isFirst, since) {
      if (how.kind === 'unsupported') hopeless.add(index);
      whys[index] = wordsOf(how);
      cuts = 0; // who accepts everything and lets nothing live does not refuse
      if (how.why === 'timeout') slowestMs = undefined; // it may be the network that has become slow
      if (wasAway(since)) isDoubtful = true;
      // a server that restarts refuses everything for a moment: that is no reason to leave what has worked
      else if (how.why !== 'timeout' && isFirst && index === winner && !isPermanent(how)) return ++misses < MAX_MISSES;
      return false;
    },
    over(index, livedMs, host, end, heard = true) {
      if (livedMs >= stableMs) {
        cuts = 0;
        shaky.delete(index);
        if (index === 0) probeWaitMs = probeAfterMs;
      } else if (end && !isSpoken(end)) cut(index, host);
      // it took the request and nothing came: that is nothing to rely on
      if (end?.why === 'timeout' && !heard) relyOnNext(index);
    },
    probed(host, failed) {
      if (failed && !wasAway(host.clock.now())) {
        isDoubtful = false;
        winner = current;
      }
      if (isDoubtful) probeSoon(host);
      else probeLater(host, failed ? 2 : 1);
    },
  };
}
