// Who is in a room, as the server tells it; what is missing is asked for, and not for ever. Shows nobody.

import { createBudget } from '../base/budget.js';
import type { Cancel, Clock } from '../base/clock.js';
import type { ServerEvent } from '../protocol/rooms-frames.js';
import type { Attendance } from './attendance.js';
import type { RoomStore } from './room-store.js';

export interface RoomRoster {
  hear(event: ServerEvent & { readonly t: 'members' | 'presence' }): void;
  /** Something is missing: everything is asked for, once. */
  ask(): void;
  /** No answer will come any more. */
  cut(): void;
}

export interface RoomRosterParts {
  readonly id: string;
  readonly clock: Clock;
  readonly store: RoomStore;
  readonly fit: Pick<Attendance, 'entries' | 'changes'>;
  readonly say: (event: object) => void;
}

/** So many questions within so long. An answer may be lost, or refused, or not whole: as long after, it is asked again. */
const ASKS = 3;
const WITHIN_MS = 10_000;

export function createRoomRoster({ id, clock, store, fit, say }: RoomRosterParts): RoomRoster {
  const mayAsk = createBudget(clock, ASKS, WITHIN_MS);
  let cancelWait: Cancel | undefined;
  const stopWaiting = (): void => {
    cancelWait?.();
    cancelWait = undefined;
  };
  const ask = (): void => {
    if (cancelWait) return;
    if (mayAsk()) say({ t: 'members', room: id });
    cancelWait = clock.after(WITHIN_MS, () => {
      cancelWait = undefined;
      if (!store.fold().synced) ask();
    });
  };
  return {
    hear(event) {
      if (event.t === 'members') {
        stopWaiting();
        const members = fit.entries(id, event.members);
        store.push({ type: 'presence', event: { type: 'members', seq: event.seq, members } });
      } else {
        const changes = fit.changes(id, event.changes);
        store.push({ type: 'presence', event: { type: 'presence', seq: event.seq, changes } });
      }
    },
    ask,
    cut: stopWaiting,
  };
}
