// One room as one reader hears it: every message once and in order, also after what rooms stand on was away. Decides nothing.

import type { Unsubscribe } from '../base/readable.js';
import { guarded } from '../base/report.js';
import type { Place } from '../protocol/rooms-frames.js';
import { orUndo, whenThere } from './awaitable.js';
import type { Awaitable, Backplane, Past, RoomMessage } from './backplane.js';

export interface Hearing {
  readonly onMessage: (message: RoomMessage) => void;
  /** Something is missing that cannot be had any more. */
  readonly onGap: (gap: NonNullable<Past['gap']>) => void;
}

/** More is not held back while something is asked for: it is asked for too. */
const MAX_HELD = 10_000;

/**
 * Hears all that is said behind the place that `read` finds; without it, from when this resolves. Fails as the backplane does.
 * In memory nothing of it takes a turn of the event loop.
 */
export function hear(
  backplane: Pick<Backplane, 'history' | 'subscribe' | 'since' | 'position'>,
  room: string,
  { onMessage, onGap }: Hearing,
  read: () => Awaitable<Place> = () => backplane.position(room),
): Awaitable<Unsubscribe> {
  // where it is; not as an object, which would be one for each message and reader, or would keep a payload alive
  let epoch: string | undefined;
  let offset = 0;
  let held: RoomMessage[] = [];
  let isAsking = true; // for the place first, for what is missing later
  let isLate = false; // something is missing
  let isOver = false;

  const standAt = (place: Place): void => void ({ epoch, offset } = place);
  const tell = (message: RoomMessage): void => {
    standAt(message);
    if (!isOver) guarded(onMessage, message);
  };
  const take = (message: RoomMessage): void => {
    const isSame = message.epoch === epoch;
    if (isSame && message.offset <= offset) return;
    if (isSame && message.offset === offset + 1 && !isLate) tell(message);
    else isLate = true; // it is among what is missing
  };
  /** All that there was at some moment is told: what came meanwhile follows. */
  const goOnFrom = (place: Place): void => {
    standAt(place);
    for (const message of held) take(message); // and what comes while that is told
    held = [];
  };
  const catchUp = async (): Promise<void> => {
    isAsking = true;
    while (isLate && epoch !== undefined && !isOver) {
      isLate = false;
      try {
        const past = await backplane.since(room, { epoch, offset }, backplane.history);
        if (past.gap && !isOver) guarded(onGap, past.gap);
        past.messages.forEach(tell);
        goOnFrom(past);
      } catch {
        // out of reach: what was heard meanwhile asks again, or what is heard next
        const isHeardOf = isLate || held.length > 0;
        isLate = true;
        held = [];
        if (!isHeardOf) break;
      }
    }
    isAsking = false;
  };
  return whenThere(
    backplane.subscribe(room, (event) => {
      if (isOver || event.kind === 'presence') return;
      if (event.kind === 'resync') isLate = true;
      else if (!isAsking) take(event.message);
      else if (held.length < MAX_HELD) held.push(event.message);
      else isLate = true;
      if (isLate && !isAsking) void catchUp();
    }),
    (leave) => {
      const stop = (): void => {
        isOver = true;
        leave();
      };
      return orUndo(
        () =>
          whenThere(read(), (found) => {
            goOnFrom(found);
            isAsking = false;
            if (isLate) void catchUp();
            return stop;
          }),
        stop,
      );
    },
  );
}
