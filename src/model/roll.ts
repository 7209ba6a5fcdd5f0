// Many people by their id, as a value: changing one of ten thousand copies a few, and the map of all is built when somebody reads it. Pure.

import type { Entry, Member } from './presence-entries.js';

export interface Slot {
  readonly member: Member;
  readonly entries: readonly Entry[];
  /** When this member came: one who left and came again stands at the end. */
  readonly since: number;
}

type Slots = ReadonlyMap<string, Slot>;
/** undefined: gone. */
type Changes = ReadonlyMap<string, Slot | undefined>;

export interface Roll {
  readonly base: Slots;
  /** What differs from `base`; short. */
  readonly over: Changes;
  readonly all: { readonly slots: Slots };
  /** The same object as long as no member changes. */
  readonly seen: { readonly members: ReadonlyMap<string, Member> };
}

/** Once more than this has changed a new base is made: what that costs is shared by as many changes. */
const longest = (base: Slots): number => 64 + base.size / 64;

function put<T extends Slot | undefined>(map: Map<string, T>, id: string, slot: T): void {
  if (map.get(id)?.since !== slot?.since) map.delete(id);
  map.set(id, slot);
}

function apply(base: Slots, over: Changes): Slots {
  if (over.size === 0) return base;
  const slots = new Map(base);
  for (const [id, slot] of over)
    if (slot) put(slots, id, slot);
    else slots.delete(id);
  return slots;
}

function rollOf(base: Slots, over: Changes, known?: Roll['seen']): Roll {
  let slots: Slots | undefined;
  const all = {
    get slots() {
      return (slots ??= apply(base, over));
    },
  };
  let members: ReadonlyMap<string, Member> | undefined;
  const seen = known ?? {
    get members() {
      return (members ??= new Map(Array.from(all.slots, ([id, { member }]) => [id, member])));
    },
  };
  return { base, over, all, seen };
}

export const emptyRoll: Roll = /* @__PURE__ */ rollOf(new Map(), new Map());

export function slotOf({ base, over }: Roll, id: string): Slot | undefined {
  return over.has(id) ? over.get(id) : base.get(id);
}

/** The same roll where nothing changes. */
export function changeRoll(roll: Roll, changes: Changes): Roll {
  if (changes.size === 0) return roll;
  const over = new Map(roll.over);
  let isSameSeen = true;
  for (const [id, slot] of changes) {
    isSameSeen &&= slotOf(roll, id)?.member === slot?.member;
    if (!slot && !roll.base.has(id)) over.delete(id);
    else put(over, id, slot);
  }
  const known = isSameSeen ? roll.seen : undefined;
  return over.size <= longest(roll.base)
    ? rollOf(roll.base, over, known)
    : rollOf(apply(roll.base, over), new Map(), known);
}
