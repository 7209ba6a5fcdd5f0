// Where we are in a room, and what is missing: places, repeats, holes. Pure.

import type { RoomGap } from '../model/room.js';
import type { JoinedFrame, Place, RoomFrame } from '../protocol/rooms-frames.js';

/** What a `joined` brought, for somebody who was at `before`. */
export interface Recovered {
  /** Those that were not known, in order. */
  readonly fresh: readonly RoomFrame[];
  readonly gap: RoomGap | null;
}

export function recover(before: Place | null, { epoch, offset, messages, gap }: JoinedFrame): Recovered {
  if (!before) return { fresh: messages, gap: null };
  const isSame = epoch === before.epoch;
  const fresh: RoomFrame[] = [];
  let missed = 0;
  let last = isSame ? before.offset : null;
  for (const message of messages) {
    // a server that repeats itself, or says things in a wrong order, adds nothing
    if (last !== null && message.offset <= last) continue;
    if (last !== null) missed += message.offset - last - 1;
    last = message.offset;
    fresh.push(message);
  }
  if (last !== null) missed += Math.max(0, offset - last);
  const place = { epoch, offset: fresh[0]?.offset ?? offset + 1 };
  if (gap) return { fresh, gap: { reason: gap.reason, after: before, before: place, missed: gap.missed ?? null } };
  if (!isSame) return { fresh, gap: { reason: 'epoch', after: before, before: place, missed: null } };
  return { fresh, gap: missed > 0 ? { reason: 'lost', after: before, before: place, missed } : null };
}

/** What a live message is to somebody who is at `place`. */
export function judgeOffset({ offset }: Place, next: number): 'repeat' | 'next' | 'hole' {
  return next <= offset ? 'repeat' : next === offset + 1 ? 'next' : 'hole';
}
