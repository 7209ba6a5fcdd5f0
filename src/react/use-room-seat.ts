// A component's seat in a room: another one only for another room or client. Watches nothing by itself.
'use client';

import { useInsertionEffect, useMemo } from 'react';
import type { RoomRef } from '../client/room-handle.js';
import { createRoomSeat, type RoomSeat, type SeatOptions } from './room-seat.js';
import { useRealtimeClient } from './use-realtime-client.js';

/** A room by its name, or by what `defineRoom` made; such an object may be a new one in each render. */
export type RoomLike<T, P extends object> = string | RoomRef<T, P>;

export function useRoomSeat<T, P extends object>(room: RoomLike<T, P>, options: SeatOptions<T, P>): RoomSeat<T, P> {
  const client = useRealtimeClient();
  const id = typeof room === 'string' ? room : room.id;
  const seat = useMemo(() => createRoomSeat<T, P>(client, id), [client, id]);
  // before every other effect of this commit, so that whatever runs in them meets the newest options
  useInsertionEffect(() => seat.use(room, options));
  return seat;
}

/** For those who show no messages: they ask for none, and what others in the room ask for holds. */
export const NO_MESSAGES: { readonly history: 0 } = { history: 0 };
