// The machine that decides what should be true now. Pure: no time, no chance, no wires of its own.

import type { WireEnd } from '../transport/transport.js';
import type { Verdict } from './retry.js';

/** What is carried from attempt to attempt. */
interface Run {
  /** Failures in a row. */
  readonly attempt: number;
  /** Was there an open link since `start`? Tells reconnecting from connecting. */
  readonly hadOpen: boolean;
  /** Were new credentials asked for since the last stable link? Once is enough. */
  readonly renewed: boolean;
}

/** At most one wire: it exists in `opening` and `open`, and each `dial` number is a wire of its own. */
export type Phase =
  | { readonly name: 'idle'; readonly dial: number }
  | (Run & { readonly name: 'opening'; readonly dial: number; readonly due: number; readonly cause: WireEnd | null; readonly renewing: boolean })
  | (Run & {
      readonly name: 'open';
      readonly dial: number;
      readonly since: number;
      /** When the unanswered heartbeat was sent. */
      readonly pingAt: number | null;
      /** The alarm came so late that the answer may still lie in the queue: it got a second chance. */
      readonly excused: boolean;
      readonly due: number;
    })
  | (Run & { readonly name: 'waiting'; readonly dial: number; readonly due: number; readonly notBefore: number; readonly cause: WireEnd })
  /** The page is frozen or hidden: no wire, no alarm, until it is back. */
  | (Run & { readonly name: 'parked'; readonly dial: number })
  | { readonly name: 'closed' | 'failed'; readonly dial: number; readonly cause: WireEnd | null };

export type PhaseEvent =
  | { readonly type: 'start' | 'stop' | 'disconnect' | 'restart' | 'opened' | 'due' | 'wake' | 'offline' | 'park' | 'unpark' }
  | { readonly type: 'ended' | 'reopening'; readonly end: WireEnd };

export interface Policy {
  readonly connectTimeoutMs: number;
  readonly stableMs: number;
  readonly heartbeat: { readonly intervalMs: number; readonly timeoutMs: number } | null;
  readonly idleTimeoutMs: number;
  readonly judge: (end: WireEnd, attempt: number, renewed: boolean) => Verdict;
}

export interface Facts {
  readonly now: number;
  /** When the wire last said anything. */
  readonly heardAt: number;
  /** Did it say anything since the last heartbeat? */
  readonly answered: boolean;
  readonly online: boolean;
  readonly parked: boolean;
}

/** An alarm this late means that the process slept. */
const LATE_MS = 1_000;

const fresh: Run = { attempt: 0, hadOpen: false, renewed: false };
const runOf = ({ attempt, hadOpen, renewed }: Run): Run => ({ attempt, hadOpen, renewed });

/** One step. Returns the same object where nothing changes. */
export function next(phase: Phase, event: PhaseEvent, policy: Policy, facts: Facts): Phase {
  const { now, heardAt } = facts;
  const dial = phase.dial;

  const opening = (run: Run, cause: WireEnd | null, renewing = false): Phase =>
    facts.parked
      ? { ...runOf(run), name: 'parked', dial }
      : { ...runOf(run), name: 'opening', dial: dial + 1, due: now + policy.connectTimeoutMs, cause, renewing };

  const watching = (open: Phase & { name: 'open' }, pingAt: number | null, excused = false): Phase => {
    const { heartbeat, idleTimeoutMs } = policy;
    const beat = heartbeat === null ? Infinity : pingAt === null ? heardAt + heartbeat.intervalMs : pingAt + heartbeat.timeoutMs;
    return { ...open, pingAt, excused, due: Math.min(beat, heardAt + idleTimeoutMs) };
  };

  const over = (run: Run & { since?: number }, end: WireEnd): Phase => {
    // failures are forgotten only by a link that lasted
    const stable = run.since !== undefined && now - run.since >= policy.stableMs;
    const renewed = run.renewed && !stable;
    const attempt = (stable ? 0 : run.attempt) + 1;
    const hadOpen = run.hadOpen || run.since !== undefined;
    const verdict = policy.judge(end, attempt, renewed);
    switch (verdict.name) {
      case 'renew':
        return opening({ attempt, hadOpen, renewed: true }, end, true);
      case 'retry':
        return {
          name: 'waiting',
          dial,
          attempt,
          hadOpen,
          renewed,
          due: facts.online ? now + verdict.delayMs : Infinity,
          notBefore: now + verdict.floorMs,
          cause: end,
        };
      case 'closed':
      case 'failed':
        return { name: verdict.name, dial, cause: end };
    }
  };

  switch (event.type) {
    case 'start':
      return phase.name === 'idle' || phase.name === 'closed' || phase.name === 'failed' ? opening(fresh, null) : phase;
    case 'stop':
      return phase.name === 'idle' ? phase : { name: 'idle', dial };
    case 'disconnect':
      return phase.name === 'closed' && !phase.cause ? phase : { name: 'closed', dial, cause: null };
    case 'restart':
      if (phase.name === 'opening') return phase;
      return opening({ ...fresh, hadOpen: 'hadOpen' in phase && phase.hadOpen }, null);
    case 'opened':
      if (phase.name !== 'opening') return phase;
      return watching({ ...runOf(phase), name: 'open', dial, hadOpen: true, since: now, pingAt: null, excused: false, due: 0 }, null);
    case 'ended':
      return phase.name === 'opening' || phase.name === 'open' ? over(phase, event.end) : phase;
    case 'reopening':
      // the platform dials again by itself, by its own rules: same wire, no time limit of ours
      if (phase.name !== 'opening' && phase.name !== 'open') return phase;
      return { ...runOf(phase), name: 'opening', dial, attempt: phase.attempt + 1, due: Infinity, cause: event.end, renewing: false };
    case 'park':
      if (phase.name !== 'opening' && phase.name !== 'open' && phase.name !== 'waiting') return phase;
      return { name: 'parked', dial, attempt: 0, hadOpen: phase.hadOpen, renewed: false };
    case 'unpark':
      return phase.name === 'parked' ? opening(phase, null) : phase;
    case 'offline':
      // a rumour, not a fact: an open link is asked, a waiting one waits for `online`
      if (phase.name === 'waiting') return phase.due === Infinity ? phase : { ...phase, due: Infinity };
      return phase.name === 'open' ? probe(phase) : phase;
    case 'wake':
      if (phase.name === 'open') return probe(phase);
      if (phase.name !== 'waiting') return phase;
      return now >= phase.notBefore ? opening(phase, phase.cause) : { ...phase, due: phase.notBefore };
    case 'due':
      switch (phase.name) {
        case 'waiting':
          return opening(phase, phase.cause);
        case 'opening':
          // a pulse says that somebody is still trying
          if (heardAt + policy.connectTimeoutMs > now) return { ...phase, due: heardAt + policy.connectTimeoutMs };
          return over(phase, { why: 'timeout', reason: `no connection within ${policy.connectTimeoutMs} ms` });
        case 'open':
          return beat(phase);
        default:
          return phase;
      }
  }

  function probe(open: Phase & { name: 'open' }): Phase {
    if (!policy.heartbeat) return open;
    // a question older than its time limit was asked before the sleep: ask again
    return open.pingAt === null || facts.answered || now >= open.due ? watching(open, now) : open;
  }

  function beat(open: Phase & { name: 'open' }): Phase {
    const { heartbeat, idleTimeoutMs } = policy;
    if (now - heardAt >= idleTimeoutMs)
      return over(open, { why: 'stalled', reason: `no byte for ${idleTimeoutMs} ms; does something on the way buffer or compress the stream?` });
    if (!heartbeat) return watching(open, null);
    if (open.pingAt === null || facts.answered)
      return watching(open, now - heardAt >= heartbeat.intervalMs ? now : null);
    if (now < open.pingAt + heartbeat.timeoutMs) return watching(open, open.pingAt, open.excused);
    if (now - open.due > LATE_MS && !open.excused) return { ...open, excused: true, due: now + Math.min(LATE_MS, heartbeat.timeoutMs) };
    return over(open, { why: 'timeout', code: 4408, reason: `no answer to the heartbeat within ${heartbeat.timeoutMs} ms` });
  }
}
