// useRealtime: the root state, or a part of it. Joins nothing.
'use client';

import { initialRealtimeState, type RealtimeState } from '../model/realtime.js';
import { type IsEqual, useReadable } from './use-readable.js';
import { useRealtimeClient } from './use-realtime-client.js';

/**
 * What `realtimeReducer` folds: the connection, who we are, and every room that this client has. Renders when what `selector` takes
 * (default: all of it) is no longer equal to what it took before (default: `Object.is`).
 *
 * @example
 * const joined = useRealtime(({ rooms }) => [...rooms.values()].filter(({ status }) => status === 'joined').length);
 */
export function useRealtime(): RealtimeState;
export function useRealtime<Selected>(
  selector: (state: RealtimeState) => Selected,
  isEqual?: IsEqual<Selected>,
): Selected;
export function useRealtime(
  selector: (state: RealtimeState) => unknown = whole,
  isEqual: IsEqual<unknown> = Object.is,
): unknown {
  return useReadable(useRealtimeClient(), initialRealtimeState, selector, isEqual);
}

const whole = (state: RealtimeState): RealtimeState => state;
