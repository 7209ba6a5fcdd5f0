// Who is in a room: a snapshot and the changes after it, in the room's order, folded into members. Pure: no time, no I/O.

import type { PresenceChange, PresenceEntry } from '../protocol/rooms-frames.js';
import {
  type Change,
  changeEntries,
  changeOf,
  changeTo,
  type Entry,
  isSameList,
  keepKnown,
  type Member,
  memberOf,
  type PresenceData,
} from './presence-entries.js';
import { changeRoll, emptyRoll, type Roll, type Slot, slotOf } from './roll.js';

export type { Member, MemberConnection, PresenceData } from './presence-entries.js';

export type PresenceEvent =
  | { readonly type: 'members'; readonly seq: number; readonly members: readonly PresenceEntry[] }
  | { readonly type: 'presence'; readonly seq: number; readonly changes: readonly PresenceChange[] }
  /** The wire is gone: what was seen stays, and changes wait for the next snapshot. */
  | { readonly type: 'cut' }
  /** The room was left. */
  | { readonly type: 'reset' };

/** What others did, once each. `leave` has what they showed last. */
export interface PresenceHappening<P = PresenceData> {
  readonly type: 'enter' | 'leave' | 'update';
  readonly member: Member<P>;
}

interface Diff {
  readonly seq: number;
  readonly changes: readonly Change[];
}

export interface PresenceState<P = PresenceData> {
  /** Is `members` whole and current? */
  readonly synced: boolean;
  /** One per person, by their id. */
  readonly members: ReadonlyMap<string, Member<P>>;
  /** Of all members together. */
  readonly connections: number;
  /** A change is missing, or too many wait: a new snapshot must be asked for. */
  readonly lost: boolean;
  /** Private. */
  readonly core: PresenceCore;
}

interface PresenceCore {
  readonly synced: boolean;
  readonly connections: number;
  readonly lost: boolean;
  /** Of the view. */
  readonly seq: number;
  /** There was a snapshot before: what differs in the next one has happened meanwhile. */
  readonly known: boolean;
  readonly roll: Roll;
  readonly waiting: readonly Diff[];
  /** Changes in `waiting`. */
  readonly size: number;
  /** Grows with every change that counted. */
  readonly turn: number;
}

function stateOf(core: PresenceCore): PresenceState {
  const { synced, connections, lost } = core;
  return {
    ...{ synced, connections, lost, core },
    get members() {
      return core.roll.seen.members;
    },
  };
}

export const initialPresence: PresenceState = /* @__PURE__ */ stateOf({
  ...{ synced: false, connections: 0, lost: false, seq: -1, known: false },
  ...{ roll: emptyRoll, waiting: [], size: 0, turn: 0 },
});

/** Changes that wait for a snapshot. */
const WAITING_LIMIT = 1_000;
const NOBODY: readonly Entry[] = [];

/** People as they are in the middle of an event; nothing is shown of it before its end. */
interface Touched {
  readonly entries: readonly Entry[];
  /** The last ones that were not empty. */
  readonly last: readonly Entry[];
}

/**
 * A batch of events in, one new state out; the same object when nothing changed. Each event happens as a whole: who leaves and enters
 * within it has done neither. A snapshot comes whole too, so nobody is ever confirmed piece by piece; and those in the first one were
 * there before us: that is no `enter`.
 */
export function reducePresence(
  state: PresenceState,
  events: readonly PresenceEvent[],
): { readonly state: PresenceState; readonly happened: readonly PresenceHappening[] } {
  const happened: PresenceHappening[] = [];
  let now = state.core;
  let { roll, turn } = now;
  const changed = new Map<string, Slot | undefined>(); // since `roll`
  const slot = (user: string): Slot | undefined => (changed.has(user) ? changed.get(user) : slotOf(roll, user));

  const touch = (scope: Map<string, Touched>, change: Change): void => {
    const known = slot(change.user)?.entries ?? NOBODY;
    const before = scope.get(change.user) ?? { entries: known, last: known };
    const after = changeEntries(before.entries, change, turn + 1);
    if (after === before.entries) return;
    turn++;
    scope.set(change.user, { entries: after, last: after.length > 0 ? after : before.last });
  };

  const commit = (scope: ReadonlyMap<string, Touched>, isTold: boolean): void => {
    let { connections } = now;
    for (const [user, { entries, last }] of scope) {
      const known = slot(user);
      if (isSameList(known?.entries ?? NOBODY, entries)) continue;
      const before = known?.member;
      const after = entries.length > 0 ? memberOf(user, entries, before) : undefined;
      connections += entries.length - (known?.entries.length ?? 0);
      if (!known) changed.delete(user); // who comes again stands at the end
      changed.set(user, after && { member: after, entries, since: known?.since ?? turn });
      if (!isTold) continue;
      if (!after) happened.push({ type: 'leave', member: memberOf(user, last, before) });
      else if (!before) happened.push({ type: 'enter', member: after });
      else if (before.presence !== after.presence) happened.push({ type: 'update', member: after });
    }
    now = { ...now, connections };
  };

  const wait = (diff: Diff, lost: boolean): void => {
    const size = now.size + Math.max(1, diff.changes.length);
    if (size > WAITING_LIMIT) now = { ...now, synced: false, lost: true, waiting: [], size: 0 };
    else now = { ...now, synced: false, lost, waiting: [...now.waiting, diff], size };
  };

  const replace = ({ seq, members: list }: PresenceEvent & { readonly type: 'members' }): void => {
    const { known, waiting } = now;
    const scope = new Map<string, Touched>();
    roll = changeRoll(roll, changed);
    changed.clear();
    for (const [user, { entries: last }] of roll.all.slots) scope.set(user, { entries: NOBODY, last });
    const changes = list.map(changeTo);
    changes.sort((one, other) => (one.connection?.joinedAt ?? 0) - (other.connection?.joinedAt ?? 0));
    for (const change of changes) touch(scope, change);
    for (const [user, { entries: found, last }] of scope) {
      const before = slotOf(roll, user)?.entries;
      if (!before) continue;
      const kept = found.map((entry) =>
        keepKnown(
          entry,
          before.find(({ connection }) => connection.id === entry.connection.id),
        ),
      );
      // who is gone showed last what we saw last, and not what the snapshot never said
      scope.set(user, { entries: kept, last: kept.length > 0 ? kept : last });
    }
    now = { ...now, synced: true, known: true, lost: false, seq, waiting: [], size: 0 };
    // what waited and is not contained belongs to the same step: who is absent from one and entered by the other never left
    for (const diff of waiting)
      if (!now.synced) wait(diff, true);
      else if (diff.seq === now.seq + 1) {
        for (const change of diff.changes) touch(scope, change);
        now = { ...now, seq: diff.seq };
      } else if (diff.seq > now.seq) wait(diff, true);
    commit(scope, known);
  };

  for (const event of events)
    switch (event.type) {
      case 'members':
        replace(event);
        break;
      case 'presence': {
        if (now.synced && event.seq <= now.seq) break;
        const diff = { seq: event.seq, changes: event.changes.map(changeOf) };
        if (!now.synced) wait(diff, now.lost);
        else if (event.seq > now.seq + 1) wait(diff, true);
        else {
          const scope = new Map<string, Touched>();
          for (const change of diff.changes) touch(scope, change);
          commit(scope, true);
          now = { ...now, seq: event.seq };
        }
        break;
      }
      case 'cut':
        if (now.synced || now.lost || now.waiting.length > 0)
          now = { ...now, synced: false, lost: false, waiting: [], size: 0 };
        break;
      case 'reset':
        now = initialPresence.core;
        ({ roll, turn } = now);
        changed.clear();
        break;
    }
  const core = { ...now, roll: changeRoll(roll, changed), turn };
  const isSame = Object.entries(core).every(([name, value]) => state.core[name as keyof PresenceCore] === value);
  if (isSame) return { state, happened };
  return { state: turn === 0 && now === initialPresence.core ? initialPresence : stateOf(core), happened };
}
