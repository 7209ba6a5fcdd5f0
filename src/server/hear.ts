// One room as a program hears it: every message once and in order, also after what rooms stand on was away. Decides nothing.

import { reportOutOfBand } from '../base/report.js';
import type { Unsubscribe } from '../base/readable.js';
import type { Place } from '../protocol/rooms-frames.js';
import type { Backplane, Past, RoomMessage } from './backplane.js';

export interface Hearing {
  readonly onMessage: (message: RoomMessage) => void;
  /** Something is missing that cannot be had any more. */
  readonly onGap: (gap: NonNullable<Past['gap']>) => void;
}

/** Hears all that is said from when it resolves. Rejects where that cannot be told. */
export async function hear(backplane: Backplane, room: string, { onMessage, onGap }: Hearing): Promise<Unsubscribe> {
  let place: Place | undefined;
  let isLate = false; // something came that could not be told at once
  let isAsking = false;
  let isOver = false;

  const tell = (message: RoomMessage): void => {
    place = { epoch: message.epoch, offset: message.offset };
    try {
      onMessage(message);
    } catch (error) {
      reportOutOfBand(error);
    }
  };
  const catchUp = async (): Promise<void> => {
    if (isAsking) return;
    isAsking = true;
    try {
      while (isLate && place && !isOver) {
        isLate = false;
        const past = await backplane.since(room, place, backplane.history);
        if (past.gap) onGap(past.gap);
        for (const each of past.messages) if (!isOver) tell(each);
        place = { epoch: past.epoch, offset: past.offset };
      }
    } catch {
      isLate = true; // out of reach: what is heard next asks again
    } finally {
      isAsking = false;
    }
  };
  const leave = await backplane.subscribe(room, (event) => {
    if (isOver || event.kind === 'presence') return;
    if (event.kind === 'message' && place?.epoch === event.message.epoch && !isLate && !isAsking) {
      if (event.message.offset <= place.offset) return;
      if (event.message.offset === place.offset + 1) return tell(event.message);
    }
    isLate = true;
    void catchUp();
  });
  const stop = (): void => {
    isOver = true;
    leave();
  };
  try {
    place = await backplane.position(room);
  } catch (error) {
    stop();
    throw error;
  }
  await catchUp();
  return stop;
}
