// usePresence: what we show of ourselves in a room, like a state that others see.
'use client';

import { useEffect } from 'react';
import type { Presence } from '../client/room-handle.js';
import { useReadable } from './use-readable.js';
import { NO_MESSAGES, type RoomLike, useRoomSeat } from './use-room-seat.js';

/**
 * `[mine, update]`. With `initial` the component enters when it mounts, without it with its first `update`; it leaves when it
 * unmounts, unless another component shows us still. `update` merges: at once here, at most every 50 ms there (the provider's
 * `presenceThrottleMs`), where the last value always arrives. It stays the same function as long as the room does. `mine` is null
 * while nothing is shown. A later `initial` changes nothing.
 *
 * @example
 * const [mine, update] = usePresence(chat('general'), { typing: false });
 * <input onFocus={() => update({ typing: true })} onBlur={() => update({ typing: false })} />
 */
export function usePresence<T = unknown, P extends object = Presence>(
  room: RoomLike<T, P>,
  initial?: NoInfer<P>,
): readonly [mine: P | null, update: (patch: Partial<P>) => void] {
  const seat = useRoomSeat<T, P>(room, { ...NO_MESSAGES, presence: initial });
  useEffect(() => seat.attend(), [seat]);
  const mine = useReadable(seat, seat.idle, ({ self }) => self.presence);
  return [mine, seat.patch];
}
