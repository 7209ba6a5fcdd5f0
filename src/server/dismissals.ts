// Whoever is sent away from one server is sent away from all that stand on the same rooms. Knows no connections.

import type { Cancel, Clock } from '../base/clock.js';
import { createId } from '../base/id.js';
import type { Unsubscribe } from '../base/readable.js';
import { guarded } from '../base/report.js';
import type { Backplane, Draft, Past, RoomMessage } from './backplane.js';
import { hear } from './hear.js';

export interface Dismissal {
  readonly user: string;
  readonly code: number;
  readonly reason: string;
}

export interface Dismissals {
  /** To the other servers. While that cannot be said it is tried again. */
  tell(dismissal: Dismissal): void;
  close(): void;
}

export interface DismissalsParts {
  readonly backplane: Backplane;
  readonly clock: Clock;
  readonly random: () => number;
  /** Another server has said so. */
  readonly dismissed: (dismissal: Dismissal) => void;
  /** Something of it is lost: one more waits to be said than may, or what others said cannot be had any more. */
  readonly onError: (error: unknown) => void;
}

/** No client can name it: names have no control characters. */
const ROOM = '\0dismissals';
const AGAIN_MS = 1_000;
/** That wait to be said. */
const MAX = 1_000;

/** In a room, so that also a server that was cut off for a while hears what was said meanwhile. */
export function createDismissals({ backplane, clock, random, dismissed, onError }: DismissalsParts): Dismissals {
  const self = createId(random);
  const begunAt = clock.wallNow();
  const timers = new Set<Cancel>();
  let stop: Unsubscribe | undefined;
  let isClosed = false;

  const again = (run: () => void): void => {
    if (isClosed) return;
    const cancel = clock.after(AGAIN_MS, () => {
      timers.delete(cancel);
      run();
    });
    timers.add(cancel);
  };
  const onMessage = ({ from, payload }: RoomMessage): void => {
    if (from !== self && !isClosed) dismissed(JSON.parse(String(payload)) as Dismissal);
  };
  const onGap = (): void => onError(new Error('It is not known here whom other servers have sent away meanwhile.'));
  /** Also what was said while this server served already, and could not listen yet. */
  const catchUp = async (): Promise<Past> => {
    const past = await backplane.latest(ROOM, backplane.history);
    for (const each of past.messages) if (each.at >= begunAt) guarded(onMessage, each);
    return past;
  };
  const listen = async (): Promise<void> => {
    try {
      stop = await hear(backplane, ROOM, { onMessage, onGap }, catchUp);
      if (isClosed) stop();
    } catch {
      again(() => void listen()); // who watches what rooms stand on knows already
    }
  };
  /** Under one id: said twice it is heard once. */
  const say = async (draft: Draft): Promise<void> => {
    try {
      await backplane.publish(ROOM, draft);
    } catch (error) {
      if (timers.size < MAX) again(() => void say(draft));
      else onError(error);
    }
  };
  void listen();
  return {
    tell(dismissal) {
      const draft = { id: createId(random), from: self, payload: JSON.stringify(dismissal), type: 'dismissal' };
      if (!isClosed) void say(draft);
    },
    close() {
      isClosed = true;
      for (const cancel of timers) cancel();
      timers.clear();
      stop?.();
    },
  };
}
