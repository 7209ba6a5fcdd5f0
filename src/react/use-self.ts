// useSelf: oneself in a room, or a part of that.
'use client';

import type { Presence } from '../client/room-handle.js';
import type { RoomState } from '../model/room.js';
import { type IsEqual, useReadable } from './use-readable.js';
import { NO_MESSAGES, type RoomLike, useRoomSeat } from './use-room-seat.js';

/**
 * Who we are in a room (`user`, `connection`: null until the server has said it) and what we show there (`presence`: null unless a
 * component has entered), or what `selector` takes from that. Joins while mounted, and enters nobody.
 *
 * @example
 * const mine = useSelf(chat('general'), ({ user }) => user);
 */
export function useSelf<T = unknown, P extends object = Presence>(room: RoomLike<T, P>): RoomState<T, P>['self'];
export function useSelf<T = unknown, P extends object = Presence, Selected = unknown>(
  room: RoomLike<T, P>,
  selector: (self: RoomState<T, P>['self']) => Selected,
  isEqual?: IsEqual<Selected>,
): Selected;
export function useSelf<T, P extends object>(
  room: RoomLike<T, P>,
  selector?: (self: RoomState<T, P>['self']) => unknown,
  isEqual?: IsEqual<unknown>,
): unknown {
  const seat = useRoomSeat(room, NO_MESSAGES);
  return useReadable(seat, seat.idle, ({ self }) => (selector ? selector(self) : self), isEqual);
}
