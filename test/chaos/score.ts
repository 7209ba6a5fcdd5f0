// What was said against what was heard: the server's order is the truth, and every difference is counted. Pure.

import type { RoomReceipt } from '../../src/client/room-handle.js';
import type { RoomGap } from '../../src/model/room.js';

/** A message that a room took, in the order in which it did. */
export interface Applied {
  readonly epoch: string;
  readonly offset: number;
  readonly id: string;
  /** Its content, in short. */
  readonly what: string;
}

export interface Truth {
  /** Every epoch that the room has had, also those in which nothing was said. */
  readonly epochs: readonly string[];
  readonly applied: readonly Applied[];
}

export type Heard = Pick<Applied, 'id' | 'what'> & { readonly offset: number | null };

/** What one client's listeners heard, and what became of what it sent. */
export interface Log {
  readonly name: string;
  /** So many messages were applied when it came. */
  readonly from: number;
  readonly heard: readonly Heard[];
  readonly gaps: readonly RoomGap[];
  /** The ids that it sent, in order. */
  readonly sent: readonly string[];
  readonly receipts: readonly RoomReceipt[];
}

export interface Score {
  readonly applied: number;
  readonly sent: number;
  readonly heard: number;
  /** Applied while it was there, and never heard: with a gap that says so, and without. */
  readonly toldMissing: number;
  readonly lost: number;
  /** Runs of `lost`. */
  readonly silentHoles: number;
  readonly doubled: number;
  /** Heard after one that came later in the room; applied after one that its sender sent later. */
  readonly inversions: number;
  /** Heard, and nobody said it: a place, an id or a content that the room never had. */
  readonly alien: number;
  readonly gaps: number;
  /** Told where nothing was missing and the room had not begun anew. */
  readonly falseGaps: number;
  readonly neverSettled: number;
  /** Settled otherwise than by an acknowledgement. */
  readonly unacknowledged: number;
  readonly acknowledgedButLost: number;
  /** Within one epoch: what a server has forgotten, it cannot know again. */
  readonly appliedTwice: number;
}

export function scoreOf({ epochs, applied }: Truth, logs: readonly Log[]): Score {
  const score = {
    ...{ applied: applied.length, sent: 0, heard: 0, toldMissing: 0, lost: 0, silentHoles: 0, doubled: 0 },
    ...{ inversions: 0, alien: 0, gaps: 0, falseGaps: 0, neverSettled: 0, unacknowledged: 0 },
    ...{ acknowledgedButLost: 0, appliedTwice: 0 },
  };
  const order = new Map(epochs.map((epoch, index) => [epoch, index]));
  const places = new Map<string, number[]>(); // of an id at an offset: more than one where the room began anew
  const once = new Set<string>();
  applied.forEach((each, index) => {
    const { id, epoch } = each;
    const key = keyOf(each);
    places.set(key, [...(places.get(key) ?? []), index]);
    if (once.has(`${epoch} ${id}`)) score.appliedTwice++;
    once.add(`${epoch} ${id}`);
  });
  const ids = new Set(applied.map(({ id }) => id));

  for (const log of logs) {
    hear(log);
    settle(log);
  }
  return score;

  function hear({ from, heard, gaps }: Log): void {
    const seen = new Set<number>();
    let last = -1;
    for (const each of heard) {
      const at = places.get(keyOf(each)) ?? [];
      const fresh = at.filter((index) => !seen.has(index));
      const index = fresh.find((place) => place > last) ?? fresh[0];
      if (at.length === 0) score.alien++;
      else if (index === undefined) score.doubled++;
      else {
        seen.add(index);
        if (index < last) score.inversions++;
        last = Math.max(last, index);
      }
    }
    score.heard += heard.length;
    score.gaps += gaps.length;
    const isTold = applied.map(() => false);
    for (const gap of gaps) {
      let missing = 0;
      applied.forEach((each, index) => {
        if (index < from || seen.has(index) || !within(gap, each)) return;
        isTold[index] = true;
        missing++;
      });
      const anew = gap.after !== null && gap.before !== null && gap.after.epoch !== gap.before.epoch;
      if (missing === 0 && !anew) score.falseGaps++;
    }
    let wasLost = false;
    for (let index = from; index < applied.length; index++) {
      const isMissing = !seen.has(index);
      const isLost = isMissing && !isTold[index];
      if (isMissing && !isLost) score.toldMissing++;
      if (isLost) score.lost++;
      if (isLost && !wasLost) score.silentHoles++;
      wasLost = isLost;
    }
  }

  /** Between the two places of a gap, neither included. */
  function within({ after, before }: RoomGap, { epoch, offset }: Applied): boolean {
    const at = order.get(epoch) ?? -1;
    const [first, last] = [order.get(after?.epoch ?? '') ?? -1, order.get(before?.epoch ?? '') ?? Infinity];
    const isAfter = at > first || (at === first && offset > (after?.offset ?? 0));
    return isAfter && (at < last || (at === last && offset < (before?.offset ?? Infinity)));
  }

  function settle({ sent, receipts }: Log): void {
    score.sent += sent.length;
    const settled = new Set(receipts.map(({ id }) => id));
    score.neverSettled += sent.filter((id) => !settled.has(id)).length;
    for (const { status, id } of receipts)
      if (status !== 'acknowledged') score.unacknowledged++;
      else if (!ids.has(id)) score.acknowledgedButLost++;
    const turn = new Map(sent.map((id, index) => [id, index]));
    let [epoch, last] = ['', -1];
    for (const each of applied) {
      const index = turn.get(each.id);
      if (index === undefined) continue;
      if (each.epoch !== epoch) [epoch, last] = [each.epoch, -1];
      if (index < last) score.inversions++;
      last = Math.max(last, index);
    }
  }
}

/** Of several rooms, or of several who heard the same one. */
export function addScores(scores: readonly Score[]): Score {
  const sum: Record<string, number> = {};
  for (const score of [scoreOf({ epochs: [], applied: [] }, []), ...scores])
    for (const [name, value] of Object.entries(score)) sum[name] = (sum[name] ?? 0) + value;
  return sum as unknown as Score;
}

const keyOf = ({ id, offset, what }: Heard): string => `${offset} ${id} ${what}`;

const ZERO = [
  ...['lost', 'silentHoles', 'doubled', 'inversions', 'alien', 'falseGaps', 'neverSettled', 'unacknowledged'],
  ...['acknowledgedButLost', 'appliedTwice'],
] as const;

/** What must be nothing and is not; empty is what one wants. */
export function faultsOf(score: Score): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(score).filter(([name, value]) => value !== 0 && ZERO.includes(name as (typeof ZERO)[number])),
  );
}

/** One line for people. */
export function lineOf(score: Score): string {
  const { applied, sent, heard, lost, doubled, inversions, gaps, toldMissing } = score;
  const rest = Object.entries(faultsOf(score)).filter(([name]) => !['lost', 'doubled', 'inversions'].includes(name));
  const told = gaps === 0 ? '' : `, ${gaps} gaps told (${toldMissing} messages)`;
  const bad = rest.length === 0 ? '' : `, ${rest.map(([name, value]) => `${name} ${value}`).join(', ')}`;
  return `${applied} applied (${sent} sent by clients), ${heard} heard, lost ${lost}, doubled ${doubled}, out of order ${inversions}${told}${bad}`;
}
