// The machine that decides what should be true now. Pure: no time, no chance, no wires of its own.

import type { WireEnd } from '../transport/transport.js';
import type { Verdict } from './retry.js';

/**
 * A wire exists in `opening` and `open`, and each `dial` number is a wire of its own. `waiting` for the next attempt.
 * `parked`: the page is frozen or hidden, so there is no wire and no alarm until it is back.
 */
export interface Phase {
  readonly name: 'idle' | 'opening' | 'open' | 'waiting' | 'parked' | 'closed' | 'failed';
  readonly dial: number;
  /** When the next decision is due; Infinity: never by itself. */
  readonly due: number;
  /** Failures in a row. */
  readonly attempt: number;
  /** Was there an open link since `start`? Tells reconnecting from connecting. */
  readonly hadOpen: boolean;
  /** Were new credentials asked for since the last stable link? Once is enough. */
  readonly renewed: boolean;
  /** opening: is it that attempt? */
  readonly renewing: boolean;
  /** open: since when. */
  readonly since: number;
  /** open: when the unanswered heartbeat was sent. */
  readonly pingAt: number | null;
  /** open: the alarm came so late that the answer may still lie in the queue, and got a second chance. */
  readonly excused: boolean;
  /** waiting: not before this, whatever happens; the server said so. */
  readonly notBefore: number;
  /** Why it is not open. */
  readonly cause: WireEnd | null;
}

export type PhaseEvent =
  | {
      readonly type:
        | 'start'
        | 'stop'
        | 'disconnect'
        | 'restart'
        | 'opened'
        | 'moved'
        | 'due'
        | 'wake'
        | 'review'
        | 'offline'
        | 'park'
        | 'unpark';
    }
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
  /** Since when nothing that the protocol asked was answered, whatever else was heard; Infinity: nothing waits for an answer. */
  readonly askedAt: number;
  readonly online: boolean;
  /** An alarm that is later means that the process slept. */
  readonly lateMs: number;
  /** Must no wire exist now? */
  readonly parked: boolean;
  /** Was there a dial in this turn already? */
  readonly hasty: boolean;
  /** Did the wire send what must not be sent again by itself? */
  readonly spent: boolean;
}

export const idlePhase: Phase = {
  name: 'idle',
  dial: 0,
  due: Infinity,
  attempt: 0,
  hadOpen: false,
  renewed: false,
  renewing: false,
  since: 0,
  pingAt: null,
  excused: false,
  notBefore: 0,
  cause: null,
};

/** After a sleep, for what lies in the queue. */
const GRACE_MS = 1_000;

/** One step. Returns the same object where nothing changes. */
export function next(phase: Phase, event: PhaseEvent, policy: Policy, facts: Facts): Phase {
  const { name, dial, pingAt } = phase;
  const { now, heardAt, askedAt } = facts;
  // with what was asked before the ping unanswered, what else is heard does not say that anything gets through to the far end
  const answered = facts.answered && !(pingAt !== null && askedAt <= pingAt);
  const { connectTimeoutMs, heartbeat, idleTimeoutMs } = policy;
  const isOpen = name === 'open';
  const hasWire = isOpen || name === 'opening';

  const opening = (from: Phase, renewing = false): Phase =>
    facts.parked
      ? { ...from, name: 'parked', due: Infinity }
      : { ...from, name: 'opening', dial: dial + 1, due: now + connectTimeoutMs, renewing };

  /** As asked for: at once, but never again and again within one turn, where a far end fails inside the dial. */
  const beginning = (from: Phase): Phase =>
    facts.hasty && !facts.parked ? { ...from, name: 'waiting', due: now } : opening(from);

  /** The next look at an open link: when the heartbeat or the patience with its silence runs out. */
  const watching = (open: Phase, ping: number | null): Phase => {
    const { intervalMs = Infinity, timeoutMs = Infinity } = heartbeat ?? {};
    const soonMs = Math.min(intervalMs, timeoutMs);
    // a ping may be answered long before its time is over, and then the interval counts again
    const patience = now < (ping ?? 0) + intervalMs ? soonMs : timeoutMs;
    const beat = ping === null ? Math.min(heardAt + intervalMs, askedAt + soonMs) : ping + patience;
    return { ...open, pingAt: ping, due: Math.min(beat, heardAt + idleTimeoutMs) };
  };
  const asking = (): Phase => watching({ ...phase, excused: false }, now);

  // failures are forgotten only by a link that lasted
  const stable = isOpen && now - phase.since >= policy.stableMs;
  const renewed = phase.renewed && !stable;
  const attempt = (stable ? 0 : phase.attempt) + 1;

  // each end is one of its own, also where a transport says the same object again
  const failing = (end: WireEnd): Phase => ({ ...phase, attempt, renewed, cause: { ...end }, due: Infinity });
  const over = (end: WireEnd): Phase => {
    const verdict = policy.judge(facts.spent && !end.verdict ? { ...end, verdict: 'failed' } : end, attempt, renewed);
    const after = failing(end);
    if (verdict.name === 'renew') return opening({ ...after, renewed: true }, true);
    if (verdict.name !== 'retry') return { ...after, name: verdict.name };
    return {
      ...after,
      name: 'waiting',
      due: facts.online ? now + verdict.delayMs : Infinity,
      notBefore: now + verdict.floorMs,
    };
  };

  switch (event.type) {
    case 'start':
      return name === 'idle' || name === 'closed' || name === 'failed' ? beginning({ ...idlePhase, dial }) : phase;
    case 'restart':
      return name === 'opening' ? phase : beginning({ ...idlePhase, dial, hadOpen: phase.hadOpen });
    case 'stop':
      return name === 'idle' ? phase : { ...idlePhase, dial };
    case 'disconnect':
      return name === 'closed' && !phase.cause ? phase : { ...idlePhase, dial, name: 'closed' };
    case 'opened':
      if (name !== 'opening') return phase;
      return watching({ ...phase, name: 'open', hadOpen: true, since: now, excused: false, cause: null }, null);
    case 'moved':
      // what was asked on the old wire is not answered on the new one
      return isOpen ? watching({ ...phase, excused: false }, null) : next(phase, { type: 'opened' }, policy, facts);
    case 'ended':
      return hasWire ? over(event.end) : phase;
    case 'reopening':
      // the platform dials again by itself, by its own rules: the same wire, and no time limit of ours
      return hasWire ? { ...failing(event.end), name: 'opening', renewing: false } : phase;
    case 'park':
      if (hasWire && facts.spent)
        return over({ why: 'lost', verdict: 'closed', reason: 'the page was hidden or frozen' });
      if (!hasWire && name !== 'waiting') return phase;
      return { ...idlePhase, dial, name: 'parked', hadOpen: phase.hadOpen, notBefore: hasWire ? 0 : phase.notBefore };
    case 'unpark':
      if (name !== 'parked') return phase;
      // what the server asked to be waited is waited for, also by a page that was away meanwhile
      if (now >= phase.notBefore || facts.parked) return opening(phase);
      return { ...phase, name: 'waiting', due: facts.online ? phase.notBefore : Infinity };
    case 'review': {
      // other options, other patience: look earlier if that is due earlier, and never later than was planned
      const watched = isOpen && !phase.excused ? watching(phase, pingAt) : phase;
      return watched.due < phase.due ? watched : phase;
    }
    case 'offline':
    case 'wake':
      // `offline` is a rumour, not a fact: an open link is asked. A question older than its time limit was asked before
      // the sleep: it is asked again
      if (isOpen) return heartbeat && (pingAt === null || answered || now >= phase.due) ? asking() : phase;
      if (name !== 'waiting') return phase;
      if (event.type === 'offline') return phase.due === Infinity ? phase : { ...phase, due: Infinity };
      return now >= phase.notBefore ? opening(phase) : { ...phase, due: phase.notBefore };
    case 'due':
      if (name === 'waiting') return opening(phase);
      if (name === 'opening') {
        // a pulse says that somebody is still trying
        const limit = heardAt + connectTimeoutMs;
        return limit > now
          ? { ...phase, due: limit }
          : over({ why: 'timeout', reason: `no link within ${connectTimeoutMs} ms` });
      }
      if (!isOpen) return phase;
      if (now - heardAt >= idleTimeoutMs)
        return over({
          why: 'stalled',
          reason: `silent for ${idleTimeoutMs} ms; does something on the way buffer or compress the stream?`,
        });
      if (!heartbeat) return watching(phase, null);
      if (pingAt === null || answered) {
        const watched = watching(phase, null);
        return now >= watched.due ? asking() : watched;
      }
      if (now < pingAt + heartbeat.timeoutMs) return watching(phase, pingAt);
      if (now - phase.due > facts.lateMs && !phase.excused) return { ...phase, excused: true, due: now + GRACE_MS };
      return over({
        why: 'timeout',
        code: 4408,
        reason: `no answer to the heartbeat within ${heartbeat.timeoutMs} ms`,
      });
  }
}
