// useOthers: who else is in a room, or a part of them.
'use client';

import type { Presence } from '../client/room-handle.js';
import type { Member } from '../model/presence.js';
import { type IsEqual, useReadable } from './use-readable.js';
import { NO_MESSAGES, type RoomLike, useRoomSeat } from './use-room-seat.js';

/**
 * Members without this client's own connection, or what `selector` takes from them. One's own other devices are there, as the member
 * whose `id` is `useSelf(room).user`. Renders when that is no longer equal to what it was (default: `Object.is`); who did not change
 * stays the same object. Joins while mounted, and enters nobody: looking shows nobody that one looks.
 *
 * @example
 * const typing = useOthers(chat('general'), (others) => others.filter(({ presence }) => presence.typing).length);
 */
export function useOthers<T = unknown, P extends object = Presence>(room: RoomLike<T, P>): readonly Member<P>[];
export function useOthers<T = unknown, P extends object = Presence, Selected = unknown>(
  room: RoomLike<T, P>,
  selector: (others: readonly Member<P>[]) => Selected,
  isEqual?: IsEqual<Selected>,
): Selected;
export function useOthers<T, P extends object>(
  room: RoomLike<T, P>,
  selector?: (others: readonly Member<P>[]) => unknown,
  isEqual?: IsEqual<unknown>,
): unknown {
  const seat = useRoomSeat(room, NO_MESSAGES);
  return useReadable(
    seat,
    seat.idle,
    (state) => {
      const others = seat.others(state);
      return selector ? selector(others) : others;
    },
    isEqual,
  );
}
