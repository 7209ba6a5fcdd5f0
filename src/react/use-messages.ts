// useMessages: the messages of a room, or a part of them.
'use client';

import type { Presence } from '../client/room-handle.js';
import type { RoomMessage } from '../model/room.js';
import { type IsEqual, useReadable } from './use-readable.js';
import { type RoomLike, useRoomSeat } from './use-room-seat.js';

/**
 * What `useRoom` gives as `messages` (the newest 100, or as many as a `useRoom` of this room asks for, if more), or what `selector`
 * takes from them. Renders when that is no longer equal to what it was (default: `Object.is`). Joins while mounted.
 *
 * @example
 * const last = useMessages(chat('general'), (messages) => messages.at(-1)?.data.text);
 */
export function useMessages<T = unknown, P extends object = Presence>(room: RoomLike<T, P>): readonly RoomMessage<T>[];
export function useMessages<T = unknown, P extends object = Presence, Selected = unknown>(
  room: RoomLike<T, P>,
  selector: (messages: readonly RoomMessage<T>[]) => Selected,
  isEqual?: IsEqual<Selected>,
): Selected;
export function useMessages<T, P extends object>(
  room: RoomLike<T, P>,
  selector?: (messages: readonly RoomMessage<T>[]) => unknown,
  isEqual?: IsEqual<unknown>,
): unknown {
  const seat = useRoomSeat(room, {});
  return useReadable(seat, seat.idle, ({ messages }) => (selector ? selector(messages) : messages), isEqual);
}
