// Who comes to a joined room and wants more of its past than was asked for gets it. Shows nothing and knows no wires.

import type { RoomState } from '../model/room.js';

export interface Backfill {
  /** How many to ask for with a join. */
  joining(): number;
  /** Somebody came, whose options hold as well. */
  wanted(): void;
  /** Something happened in the room. */
  folded(state: RoomState): void;
}

export interface BackfillParts {
  /** Messages that are wanted. */
  readonly limit: () => number;
  readonly fold: () => RoomState;
  /** Asks for so many from before the oldest. */
  readonly load: (missing: number) => Promise<boolean>;
}

export function createBackfill({ limit, fold, load }: BackfillParts): Backfill {
  /** As many were asked for; null: none were yet, and the join will ask. */
  let asked: number | null = null;
  let waits = false;

  const wanted = (): void => {
    if (asked === null || waits || limit() <= asked) return;
    const { status, more, messages } = fold();
    const target = limit();
    if (status !== 'joined') return; // looked at again when it is
    const missing = target - messages.filter(({ offset }) => offset !== null).length;
    if (!more || missing <= 0) return void (asked = target);
    waits = true;
    const settled = (): void => {
      waits = false;
      // once, whatever came: what a schema or the server refuses would be missing for ever. After a cut it was not asked at all
      if (fold().status === 'joined') asked = target;
      wanted();
    };
    void load(missing).then(settled, settled);
  };

  return {
    joining() {
      // a join that knows its place is brought what it missed, and nothing from before
      asked ??= limit();
      return limit();
    },
    wanted,
    folded({ status }) {
      // what a smaller bound has dropped is asked for anew when it grows
      if (asked !== null) asked = Math.min(asked, limit());
      if (status === 'joined') wanted();
    },
  };
}
