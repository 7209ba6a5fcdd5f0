// useRoomEvent: a handler for what is published in a room. Renders nothing.
'use client';

import { useEffect } from 'react';
import type { Presence } from '../client/room-handle.js';
import type { RoomMessage } from '../model/room.js';
import { NO_MESSAGES, type RoomLike, useRoomSeat } from './use-room-seat.js';

/**
 * Hears each message that is published while this is mounted, once, at once, also one's own and what was missed in an outage; with a
 * `type`, those of that type only. The newest handler hears. Joins while mounted, renders nothing and keeps nothing.
 *
 * @example
 * useRoomEvent(chat('general'), 'reaction', ({ data }) => confetti(data));
 */
export function useRoomEvent<T = unknown, P extends object = Presence>(
  room: RoomLike<T, P>,
  handler: (message: RoomMessage<T>) => void,
): void;
export function useRoomEvent<T = unknown, P extends object = Presence>(
  room: RoomLike<T, P>,
  type: string,
  handler: (message: RoomMessage<T>) => void,
): void;
export function useRoomEvent<T, P extends object>(
  room: RoomLike<T, P>,
  ...given: [(message: RoomMessage<T>) => void] | [string, (message: RoomMessage<T>) => void]
): void {
  const [type, handler] = given.length === 1 ? [undefined, given[0]] : given;
  const seat = useRoomSeat<T, P>(room, {
    ...NO_MESSAGES,
    onMessage: (message) => {
      if (type === undefined || message.type === type) handler(message);
    },
  });
  useEffect(() => seat.subscribe(() => {}), [seat]);
}
