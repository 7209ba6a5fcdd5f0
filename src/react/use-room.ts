// useRoom: one room, whole: its state, its verbs, oneself in it. Which fields are read decides what renders.
'use client';

import { useEffect, useMemo, useSyncExternalStore } from 'react';
import type { Presence, RoomOptions } from '../client/room-handle.js';
import type { Member, PresenceHappening } from '../model/presence.js';
import { initialRoom, type RoomGap, type RoomMessage, type RoomState, roomStateOf } from '../model/room.js';
import type { RoomSeat, RoomVerbs } from './room-seat.js';
import { shapeOf, trackFields } from './tracked.js';
import { type RoomLike, useRoomSeat } from './use-room-seat.js';

/** Inline functions and objects are fine: the newest hold, and nothing but another room's id joins anew. */
export interface UseRoomOptions<T = unknown, P extends object = Presence> extends RoomOptions {
  /**
   * What to show of oneself. With it the component enters, and leaves when it unmounts; a later value is merged into what is shown.
   * Default: nothing, and nobody is told that one watches. Where several enter one room, the first one's first value holds.
   */
  readonly presence?: NoInfer<P> | undefined;
  /** Hears each message that is published while this is mounted, once, also one's own and what was missed in an outage. Default none. */
  readonly onMessage?: ((message: RoomMessage<NoInfer<T>>) => void) | undefined;
  /** Hears that messages are missing and will not come. Default none; see `gap`. */
  readonly onGap?: ((gap: RoomGap) => void) | undefined;
  /** Hears who enters, leaves, or shows something else. Those who were there before are no news. Default none. */
  readonly onPresence?: ((happening: PresenceHappening<NoInfer<P>>) => void) | undefined;
}

/** The verbs stay the same functions as long as the room does; those of one room never act on another. */
export interface UseRoom<T = unknown, P extends object = Presence> extends RoomState<T, P>, RoomVerbs<T, P> {
  /** Members without this client's own connection; one's own other devices are the member whose `id` is `self.user`. */
  readonly others: readonly Member<P>[];
}

/**
 * Joins a room while mounted. The same room in many components is one join, left when the last one goes, after the linger.
 *
 * @example
 * const { messages, others, send } = useRoom(chat('general'), { presence: { name: 'Ada' } });
 * send({ text: 'hello' }); // shown at once, as pending
 */
export function useRoom<T = unknown, P extends object = Presence>(
  room: RoomLike<T, P>,
  options: UseRoomOptions<T, P> = {},
): UseRoom<T, P> {
  const seat = useRoomSeat(room, options);
  const [read, readIdle] = useMemo(() => snapshotsOf(seat), [seat]);
  const view = useSyncExternalStore(seat.subscribe, read, readIdle);
  const isShown = options.presence !== undefined;
  useEffect(() => (isShown ? seat.attend() : undefined), [seat, isShown]);
  useEffect(() => seat.follow());
  return view;
}

const shape = /* @__PURE__ */ shapeOf(/* @__PURE__ */ roomStateOf(/* @__PURE__ */ initialRoom('')), {
  ...{ send: 0, retry: 0, updatePresence: 0, loadOlder: 0, clear: 0, others: 0 },
});

function snapshotsOf<T, P extends object>(seat: RoomSeat<T, P>): readonly [() => UseRoom<T, P>, () => UseRoom<T, P>] {
  const others = { others: { of: seat.others } };
  const track = (getState: () => RoomState<T, P>): (() => UseRoom<T, P>) =>
    trackFields<RoomState<T, P>, UseRoom<T, P>>(getState, seat.verbs, seat.read, shape, others);
  return [track(seat.getSnapshot), track(() => seat.idle)];
}
