// @vitest-environment node
// The machine, event by event: every phase against every event, then the clocks that run inside an open link.

import { describe, expect, test } from 'vitest';
import { type Facts, idlePhase, next, type Phase, type PhaseEvent, type Policy } from '../../src/connection/phase.js';
import type { Verdict } from '../../src/connection/retry.js';
import type { WireEnd } from '../../src/transport/transport.js';

const lost: WireEnd = { why: 'lost', code: 1006 };
const retry = (delayMs: number, floorMs = 0): Verdict => ({ name: 'retry', delayMs, floorMs });
const policyOf = (parts: Partial<Policy> = {}): Policy => ({
  connectTimeoutMs: 10_000,
  stableMs: 5_000,
  heartbeat: null,
  idleTimeoutMs: Infinity,
  judge: () => retry(500),
  ...parts,
});
const factsOf = (now: number, parts: Partial<Facts> = {}): Facts => ({
  now,
  heardAt: 0,
  answered: true,
  askedAt: Infinity,
  online: true,
  lateMs: 1_000,
  parked: false,
  hasty: false,
  spent: false,
  ...parts,
});

const NOW = 20_000;
const phases = {
  idle: idlePhase,
  opening: { ...idlePhase, name: 'opening', dial: 1, due: NOW },
  open: { ...idlePhase, name: 'open', dial: 1, hadOpen: true, since: NOW - 10_000, due: NOW },
  waiting: { ...idlePhase, name: 'waiting', dial: 1, attempt: 1, due: NOW, cause: lost },
  offline: { ...idlePhase, name: 'waiting', dial: 1, attempt: 1, due: Infinity, cause: lost },
  parked: { ...idlePhase, name: 'parked', dial: 1, hadOpen: true },
  closed: { ...idlePhase, name: 'closed', dial: 1 },
  'closed by the far end': { ...idlePhase, name: 'closed', dial: 1, cause: lost },
  failed: { ...idlePhase, name: 'failed', dial: 1, attempt: 1, cause: lost },
} as const satisfies Record<string, Phase>;

type Row = Readonly<Record<PhaseEvent['type'], string>>;
const nothing = {
  opened: '-',
  moved: '-',
  due: '-',
  wake: '-',
  review: '-',
  offline: '-',
  park: '-',
  unpark: '-',
  ended: '-',
  reopening: '-',
};
const atRest = { start: 'opening', stop: 'idle', disconnect: 'closed', restart: 'opening', ...nothing };

/** What follows; a dash: the same object. */
const table: Readonly<Record<keyof typeof phases, Row>> = {
  idle: { ...atRest, stop: '-' },
  opening: {
    start: '-',
    stop: 'idle',
    disconnect: 'closed',
    restart: '-',
    opened: 'open',
    moved: 'open', // it was the platform that dialled again, and another wire was faster
    due: 'waiting',
    wake: '-',
    review: '-',
    offline: '-',
    park: 'parked',
    unpark: '-',
    ended: 'waiting',
    reopening: 'opening',
  },
  open: {
    start: '-',
    stop: 'idle',
    disconnect: 'closed',
    restart: 'opening',
    opened: '-',
    moved: 'open',
    due: 'open',
    wake: '-',
    review: '-',
    offline: '-',
    park: 'parked',
    unpark: '-',
    ended: 'waiting',
    reopening: 'opening',
  },
  waiting: {
    ...nothing,
    start: '-',
    stop: 'idle',
    disconnect: 'closed',
    restart: 'opening',
    due: 'opening',
    wake: 'opening',
    offline: 'waiting',
    park: 'parked',
  },
  offline: {
    ...nothing,
    start: '-',
    stop: 'idle',
    disconnect: 'closed',
    restart: 'opening',
    due: 'opening',
    wake: 'opening',
    park: 'parked',
  },
  parked: { ...nothing, start: '-', stop: 'idle', disconnect: 'closed', restart: 'opening', unpark: 'opening' },
  closed: { ...atRest, disconnect: '-' },
  'closed by the far end': atRest,
  failed: atRest,
};

const eventOf = (type: PhaseEvent['type']): PhaseEvent =>
  type === 'ended' || type === 'reopening' ? { type, end: { why: 'lost', code: 1012 } } : { type };

describe('every phase against every event', () => {
  const rows = Object.entries(table).flatMap(([from, row]) =>
    Object.entries(row).map(([event, to]) => [from as keyof typeof phases, event as PhaseEvent['type'], to] as const),
  );

  test.each(rows)('%s, %s: %s', (from, event, to) => {
    const before: Phase = phases[from];
    const after = next(before, eventOf(event), policyOf(), factsOf(NOW));
    if (to === '-') {
      expect(after).toBe(before);
      return;
    }
    expect(after).not.toBe(before);
    expect(after.name).toBe(to);
    // each opening is a wire of its own, but for the one that the platform itself opens again; nothing else counts up
    expect(after.dial).toBe(before.dial + (to === 'opening' && event !== 'reopening' ? 1 : 0));
    const moves = after.due < Infinity;
    expect(moves, 'what is due').toBe(
      to === 'waiting' ? event !== 'offline' : to === 'opening' && event !== 'reopening',
    );
  });

  test('the table leaves nothing out', () => {
    expect(rows).toHaveLength(Object.keys(phases).length * 14);
  });

  test('what is frozen or hidden opens nothing, whoever asks', () => {
    for (const [name, phase] of Object.entries(phases))
      for (const [event, to] of Object.entries(table[name as keyof typeof phases]))
        if (to === 'opening' && event !== 'reopening') {
          const after = next(phase, eventOf(event as PhaseEvent['type']), policyOf(), factsOf(NOW, { parked: true }));
          expect([after.name, after.due, after.dial], `${name}, ${event}`).toEqual(['parked', Infinity, phase.dial]);
        }
  });
});

describe('memory', () => {
  const step = (
    phase: Phase,
    type: PhaseEvent['type'],
    policy: Partial<Policy> = {},
    facts: Partial<Facts> = {},
  ): Phase => next(phase, eventOf(type), policyOf(policy), factsOf(NOW, facts));

  test.each(['start', 'restart'] as const)(
    '%s begins anew: no failures, no cause, credentials may be renewed',
    (type) => {
      const worn = { ...phases.failed, attempt: 7, renewed: true, hadOpen: true };
      expect(step(worn, type)).toMatchObject({ attempt: 0, cause: null, renewed: false, hadOpen: type === 'restart' });
    },
  );

  test('stop and disconnect forget everything but the number of the wire', () => {
    const worn = { ...phases.waiting, dial: 9, attempt: 7, hadOpen: true };
    expect(step(worn, 'stop')).toEqual({ ...idlePhase, dial: 9 });
    expect(step(worn, 'disconnect')).toEqual({ ...idlePhase, dial: 9, name: 'closed' });
  });

  test('parking forgets the failures and keeps that there was a link', () => {
    expect(step({ ...phases.waiting, attempt: 7, hadOpen: true }, 'park')).toEqual({ ...phases.parked, hadOpen: true });
  });

  test('failures are forgotten only by a link that lasted', () => {
    const attempts: number[] = [];
    const judge: Policy['judge'] = (_end, attempt) => (attempts.push(attempt), retry(500));
    const worn: Phase = { ...phases.open, attempt: 3 };
    step({ ...worn, since: NOW - 4_999 }, 'ended', { judge });
    step({ ...worn, since: NOW - 5_000 }, 'ended', { judge });
    step({ ...worn, since: NOW }, 'ended', { judge, stableMs: 0 });
    step({ ...phases.opening, attempt: 3 }, 'ended', { judge });
    expect(attempts).toEqual([4, 1, 1, 4]);
  });

  test('credentials are renewed once, and again after a link that lasted', () => {
    const asked: boolean[] = [];
    const judge: Policy['judge'] = (_end, _attempt, renewed) => {
      asked.push(renewed);
      return renewed ? { name: 'failed' } : { name: 'renew' };
    };
    const first = step(phases.open, 'ended', { judge });
    expect(first).toMatchObject({ name: 'opening', renewing: true, renewed: true, dial: 2 });
    expect(step(first, 'ended', { judge }).name).toBe('failed');
    const open = step(first, 'opened', { judge });
    expect(step({ ...open, since: NOW - 10 }, 'ended', { judge }).name).toBe('failed');
    expect(step({ ...open, since: NOW - 5_000 }, 'ended', { judge }).name).toBe('opening');
    expect(asked).toEqual([false, true, true, false]);
  });

  test('only the attempt right after a refusal renews', () => {
    const renewing = { ...phases.opening, renewing: true, renewed: true };
    expect(step(step(renewing, 'ended'), 'due')).toMatchObject({ name: 'opening', renewing: false, renewed: true });
  });

  test('the platform opening again: the same wire, a failure more, no time limit of ours', () => {
    const stable = step({ ...phases.open, attempt: 3 }, 'reopening');
    expect(stable).toMatchObject({ name: 'opening', dial: 1, due: Infinity, attempt: 1, hadOpen: true });
    expect(step(stable, 'reopening')).toMatchObject({ attempt: 2 });
    expect(step(stable, 'opened')).toMatchObject({ name: 'open', dial: 1, since: NOW, cause: null });
    expect(step(stable, 'ended')).toMatchObject({ name: 'waiting', attempt: 2 });
  });

  test('two ends that are one object are two ends', () => {
    const end: PhaseEvent = { type: 'ended', end: lost };
    const first = next(phases.opening, end, policyOf(), factsOf(NOW));
    const second = next(next(first, { type: 'due' }, policyOf(), factsOf(NOW)), end, policyOf(), factsOf(NOW));
    expect(second.cause).toEqual(lost);
    expect(second.cause).not.toBe(first.cause);
  });
});

describe('waiting', () => {
  const ended = (verdict: Verdict, facts: Partial<Facts> = {}): Phase =>
    next(phases.opening, { type: 'ended', end: lost }, policyOf({ judge: () => verdict }), factsOf(NOW, facts));
  const event = (phase: Phase, type: 'wake' | 'offline' | 'due', at: number): Phase =>
    next(phase, { type }, policyOf(), factsOf(at));

  test('as long as the verdict says', () => {
    expect(ended(retry(500))).toMatchObject({ name: 'waiting', due: NOW + 500, notBefore: NOW, cause: lost });
    expect(ended({ name: 'failed' })).toMatchObject({ name: 'failed', due: Infinity });
    expect(ended({ name: 'closed' })).toMatchObject({ name: 'closed', due: Infinity });
  });

  test('without a network: until it is back', () => {
    const waiting = ended(retry(500), { online: false });
    expect(waiting.due).toBe(Infinity);
    expect(event(waiting, 'wake', NOW + 1).name).toBe('opening');
  });

  test('a network that goes stops the clock, one that comes dials at once', () => {
    const offline = event(ended(retry(500)), 'offline', NOW + 100);
    expect(offline).toMatchObject({ name: 'waiting', due: Infinity });
    expect(event(offline, 'offline', NOW + 200)).toBe(offline);
    expect(event(offline, 'wake', NOW + 300)).toMatchObject({ name: 'opening', attempt: 1 });
  });

  test('not before the server said, whatever wakes it', () => {
    const waiting = ended(retry(3_400, 3_000));
    expect(event(waiting, 'wake', NOW + 2_999)).toMatchObject({ name: 'waiting', due: NOW + 3_000 });
    expect(event(event(waiting, 'offline', NOW), 'wake', NOW + 1)).toMatchObject({ name: 'waiting', due: NOW + 3_000 });
    expect(event(waiting, 'wake', NOW + 3_000).name).toBe('opening');
  });

  test('nor after a freeze or a hidden pause', () => {
    const at = (phase: Phase, type: 'park' | 'unpark' | 'restart', now: number): Phase =>
      next(phase, { type }, policyOf(), factsOf(now));
    const away = at(ended(retry(3_400, 3_000)), 'park', NOW + 10);
    expect(away).toMatchObject({ name: 'parked', due: Infinity });
    expect(at(away, 'unpark', NOW + 2_999)).toMatchObject({ name: 'waiting', due: NOW + 3_000 });
    const thawed = next(away, { type: 'unpark' }, policyOf(), factsOf(NOW + 20, { online: false }));
    expect(thawed).toMatchObject({ name: 'waiting', due: Infinity });
    expect(next(away, { type: 'unpark' }, policyOf(), factsOf(NOW + 20, { parked: true })).name).toBe('parked');
    expect(at(away, 'unpark', NOW + 3_000).name).toBe('opening');
    // asked for by a human, and after a link that was up, it is dialled at once
    expect(at(away, 'restart', NOW + 20).name).toBe('opening');
    expect(at(at({ ...phases.open, notBefore: NOW + 5_000 }, 'park', NOW), 'unpark', NOW + 1).name).toBe('opening');
  });
});

describe('asked for a dial in the turn of another one', () => {
  test.each(['start', 'restart'] as const)('%s waits for the next turn', (type) => {
    const after = next(phases.failed, { type }, policyOf(), factsOf(NOW, { hasty: true }));
    expect(after).toMatchObject({ name: 'waiting', due: NOW, dial: 1, attempt: 0, cause: null });
    const frozen = next(phases.failed, { type }, policyOf(), factsOf(NOW, { hasty: true, parked: true }));
    expect(frozen).toMatchObject({ name: 'parked', due: Infinity });
  });
});

describe('other options while it is open', () => {
  const heartbeat = { intervalMs: 1_000, timeoutMs: 500 };
  const review = (phase: Phase, policy: Partial<Policy>, heardAt = NOW): Phase =>
    next(phase, { type: 'review' }, policyOf(policy), factsOf(NOW, { heardAt }));

  test('a heartbeat that is switched on begins', () => {
    const quiet: Phase = { ...phases.open, due: Infinity };
    expect(review(quiet, { heartbeat }).due).toBe(NOW + 1_000);
    expect(review(quiet, { idleTimeoutMs: 3_000 }, NOW - 1_000).due).toBe(NOW + 2_000);
    expect(review(quiet, {})).toBe(quiet);
  });

  test('a look that was planned earlier stays, and so does an excuse', () => {
    const looked: Phase = { ...phases.open, due: NOW + 500 };
    expect(review(looked, { heartbeat })).toBe(looked);
    const excused: Phase = { ...phases.open, due: NOW + 500, pingAt: NOW - 9_000, excused: true };
    expect(review(excused, { heartbeat })).toBe(excused);
  });
});

describe('a POST that was sent', () => {
  const spent = factsOf(NOW, { spent: true });

  test('fails with its end, unless the transport says how', () => {
    const seen: WireEnd[] = [];
    const judge: Policy['judge'] = (end) => (seen.push(end), { name: 'failed' });
    next(phases.open, { type: 'ended', end: lost }, policyOf({ judge }), spent);
    next(phases.open, { type: 'ended', end: { ...lost, verdict: 'closed' } }, policyOf({ judge }), spent);
    expect(seen.map(({ verdict }) => verdict)).toEqual(['failed', 'closed']);
  });

  test('is not parked, for it could not come back', () => {
    const judge: Policy['judge'] = ({ verdict }) => (verdict ? { name: verdict } : retry(500));
    expect(next(phases.open, { type: 'park' }, policyOf({ judge }), spent).name).toBe('closed');
  });
});

describe('connecting', () => {
  const due = (at: number, heardAt: number): Phase =>
    next(phases.opening, { type: 'due' }, policyOf(), factsOf(at, { heardAt }));

  test('is given up after its time limit', () => {
    const after = due(NOW, NOW - 10_000);
    expect(after).toMatchObject({ name: 'waiting', attempt: 1, cause: { why: 'timeout' } });
    expect(after.cause?.reason).toContain('10000 ms');
  });

  test('a pulse says that somebody is still trying', () => {
    expect(due(NOW, NOW - 2_000)).toMatchObject({ name: 'opening', dial: 1, due: NOW + 8_000 });
  });
});

/** An open link that is looked at whenever it is due; what the far end says is given by its moment. */
function live(
  policy: Partial<Policy>,
  { says = [], replies, until }: { says?: number[]; replies?: number; until: number },
) {
  const rules = policyOf(policy);
  let phase = next({ ...phases.opening, due: 10_000 }, { type: 'opened' }, rules, factsOf(0));
  const pings: number[] = [];
  const heard = [...says];
  let heardAt = 0;
  let answered = true;
  let end: string | undefined;
  for (let looks = 0; phase.name === 'open' && looks < 1_000; looks++) {
    const speaks = Math.min(...heard);
    const at = Math.min(phase.due, speaks);
    if (at > until) break;
    if (speaks <= phase.due) {
      heard.splice(heard.indexOf(speaks), 1);
      heardAt = at;
      answered = true;
      continue;
    }
    const before = phase;
    phase = next(phase, { type: 'due' }, rules, factsOf(at, { heardAt, answered }));
    if (phase.name !== 'open') end = `${phase.cause?.why} at ${at}`;
    else if (phase.pingAt !== null && phase.pingAt !== before.pingAt) {
      pings.push(at);
      answered = false;
      if (replies !== undefined) heard.push(at + replies);
    }
    expect(phase.due, 'the next look lies ahead').toBeGreaterThan(at);
  }
  return { pings, end };
}

describe('the heartbeat', () => {
  const every = (step: number, until: number): number[] =>
    Array.from({ length: until / step }, (_, n) => (n + 1) * step);

  test.each([
    ['the usual', 25_000, 10_000],
    ['a time limit shorter than the interval', 1_000, 200],
    ['a time limit as long as the interval', 1_000, 1_000],
    ['a time limit longer than the interval', 1_000, 3_500],
    ['an interval of nothing', 0, 100],
  ])('%s: a silent server is asked once, and given up after the limit', (_name, intervalMs, timeoutMs) => {
    expect(live({ heartbeat: { intervalMs, timeoutMs } }, { until: 100_000 })).toEqual({
      pings: [intervalMs],
      end: `timeout at ${intervalMs + timeoutMs}`,
    });
  });

  test.each([
    ['the usual', 25_000, 10_000],
    ['a time limit longer than the interval', 1_000, 3_500],
  ])('%s: one that answers is asked once per interval of its silence', (_name, intervalMs, timeoutMs) => {
    const { pings, end } = live({ heartbeat: { intervalMs, timeoutMs } }, { replies: 50, until: intervalMs * 4 });
    expect(end).toBeUndefined();
    expect(pings).toEqual([1, 2, 3].map((n) => n * intervalMs + (n - 1) * 50));
  });

  test('a chatty server is never asked', () => {
    const heartbeat = { intervalMs: 1_000, timeoutMs: 200 };
    expect(live({ heartbeat }, { says: every(900, 90_000), until: 90_000 })).toEqual({ pings: [], end: undefined });
  });

  test('any word is an answer, also one that comes late within the limit', () => {
    const heartbeat = { intervalMs: 1_000, timeoutMs: 3_000 };
    expect(live({ heartbeat }, { says: [3_900], until: 4_500 })).toEqual({ pings: [1_000], end: undefined });
    expect(live({ heartbeat }, { says: [3_900], until: 20_000 }).end).toBe('timeout at 7900');
  });

  test('none where none is asked for', () => {
    expect(live({}, { until: 1e9 })).toEqual({ pings: [], end: undefined });
  });

  test('silence longer than idleTimeoutMs is stalled, heartbeat or not', () => {
    expect(live({ idleTimeoutMs: 7_000 }, { until: 1e9 })).toEqual({ pings: [], end: 'stalled at 7000' });
    expect(live({ idleTimeoutMs: 7_000 }, { says: [5_000], until: 1e9 }).end).toBe('stalled at 12000');
    const heartbeat = { intervalMs: 5_000, timeoutMs: 10_000 };
    expect(live({ idleTimeoutMs: 7_000, heartbeat }, { until: 1e9 })).toEqual({
      pings: [5_000],
      end: 'stalled at 7000',
    });
  });
});

describe('a question of the protocol', () => {
  const heartbeat = { intervalMs: 25_000, timeoutMs: 10_000 };
  const rules = policyOf({ heartbeat });
  const opened = next(phases.opening, { type: 'opened' }, rules, factsOf(0));
  // a frame was heard a moment ago, always
  const hearing = (now: number, askedAt: number): Facts => factsOf(now, { heardAt: now - 1, askedAt });
  const asked = next(opened, { type: 'due' }, rules, hearing(13_000, 3_000));

  test('that nobody answers makes the ping due, and an unanswered ping is the end, whatever else is heard', () => {
    expect(opened.due).toBe(25_000);
    expect(next(opened, { type: 'review' }, rules, hearing(3_000, 3_000))).toMatchObject({ pingAt: null, due: 13_000 });
    expect(next(opened, { type: 'due' }, rules, hearing(12_999, 3_000))).toMatchObject({ pingAt: null, due: 13_000 });
    expect(asked).toMatchObject({ pingAt: 13_000, due: 23_000 });
    expect(next(asked, { type: 'due' }, rules, hearing(23_000, 3_000)).cause).toMatchObject({ why: 'timeout' });
  });

  test('that is answered, or asked after the ping, ends nothing', () => {
    expect(next(asked, { type: 'due' }, rules, hearing(23_000, Infinity))).toMatchObject({
      pingAt: null,
      due: 22_999 + 25_000,
    });
    expect(next(asked, { type: 'due' }, rules, hearing(23_001, 13_001))).toMatchObject({ pingAt: 23_001 });
    expect(next(asked, { type: 'due' }, rules, hearing(23_000, 20_000))).toMatchObject({ pingAt: null, due: 30_000 });
  });

  test('is asked about once: neither waking nor another look says the ping again', () => {
    expect(next(asked, { type: 'wake' }, rules, hearing(14_000, 3_000))).toBe(asked);
    expect(next(asked, { type: 'review' }, rules, hearing(14_000, 3_000))).toBe(asked);
  });

  test('has the interval where that is shorter than the patience', () => {
    const hasty = policyOf({ heartbeat: { intervalMs: 1_000, timeoutMs: 10_000 } });
    expect(next(opened, { type: 'review' }, hasty, hearing(0, 0)).due).toBeLessThanOrEqual(1_000);
  });

  test('without a heartbeat is nobody’s', () => {
    expect(next(phases.open, { type: 'due' }, policyOf(), hearing(60_000, 0))).toMatchObject({
      pingAt: null,
      due: Infinity,
    });
  });
});

describe('a process that slept', () => {
  const heartbeat = { intervalMs: 25_000, timeoutMs: 10_000 };
  const rules = policyOf({ heartbeat });
  const opened = next(phases.opening, { type: 'opened' }, rules, factsOf(0));
  const asked = next(opened, { type: 'due' }, rules, factsOf(25_000, { heardAt: 0 }));
  const HOUR = 3_600_000;

  test('a late alarm gives one excuse: the answer may lie in the queue', () => {
    const facts = { heardAt: 0, answered: false };
    expect(asked).toMatchObject({ pingAt: 25_000, due: 35_000 });
    const excused = next(asked, { type: 'due' }, rules, factsOf(HOUR, facts));
    expect(excused).toMatchObject({ name: 'open', pingAt: 25_000, due: HOUR + 1_000 });
    const over = next(excused, { type: 'due' }, rules, factsOf(HOUR + 1_000, facts));
    expect(over).toMatchObject({ name: 'waiting', cause: { why: 'timeout', code: 4408 } });
    // also where the alarm is late once more
    expect(next(excused, { type: 'due' }, rules, factsOf(2 * HOUR, facts)).name).toBe('waiting');
  });

  test('an answer within the excuse is one, and the next question gets an excuse of its own', () => {
    const excused = next(asked, { type: 'due' }, rules, factsOf(HOUR, { heardAt: 0, answered: false }));
    const again = next(excused, { type: 'due' }, rules, factsOf(HOUR + 1_000, { heardAt: HOUR + 10, answered: true }));
    expect(again).toMatchObject({ name: 'open', pingAt: null, due: HOUR + 10 + 25_000 });
    const askedAgain = next(again, { type: 'due' }, rules, factsOf(again.due, { heardAt: HOUR + 10 }));
    expect(askedAgain).toMatchObject({ pingAt: again.due, excused: false });
  });

  test('an alarm that is a little late gives none', () => {
    expect(next(asked, { type: 'due' }, rules, factsOf(36_000, { heardAt: 0, answered: false })).name).toBe('waiting');
  });

  test('an alarm that slept through the interval asks', () => {
    expect(next(opened, { type: 'due' }, rules, factsOf(HOUR, { heardAt: 0 }))).toMatchObject({
      name: 'open',
      pingAt: HOUR,
      due: HOUR + 10_000,
    });
  });

  test.each(['wake', 'offline'] as const)('%s asks at once', (type) => {
    expect(next(opened, { type }, rules, factsOf(5_000))).toMatchObject({ name: 'open', pingAt: 5_000, due: 15_000 });
  });

  test('a hidden page’s timers are late by up to a minute, and that is no sleep', () => {
    const late = (now: number) =>
      next(asked, { type: 'due' }, rules, factsOf(now, { heardAt: 0, answered: false, lateMs: 61_000 }));
    expect(late(95_000).name).toBe('waiting');
    expect(late(97_000)).toMatchObject({ name: 'open', excused: true });
  });

  test('waking does not ask twice', () => {
    expect(next(asked, { type: 'wake' }, rules, factsOf(26_000, { answered: false }))).toBe(asked);
  });

  test('a question that was answered may be followed by another', () => {
    expect(next(asked, { type: 'wake' }, rules, factsOf(26_000, { answered: true }))).toMatchObject({ pingAt: 26_000 });
  });

  test('a question from before the sleep is asked again', () => {
    const woken = next(asked, { type: 'wake' }, rules, factsOf(HOUR, { answered: false }));
    expect(woken).toMatchObject({ pingAt: HOUR, due: HOUR + 10_000, excused: false });
  });

  test('without a heartbeat nobody is asked', () => {
    expect(next(phases.open, { type: 'wake' }, policyOf(), factsOf(HOUR))).toBe(phases.open);
  });
});
