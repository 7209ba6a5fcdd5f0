// How fast a plain WebSocket may write: it has no words for "later", so what is faster waits on its own side. Reads no messages.

import type { WebSocket } from 'ws';
import type { Cancel, Clock } from '../../base/clock.js';
import { createTokenBucket } from '../../base/token-bucket.js';
import type { Rates } from '../session-services.js';

export interface Inflow {
  /** A message came. What came with it in one piece counts too, and is waited for afterwards. */
  heard(): void;
  stop(): void;
}

export function createInflow(
  socket: Pick<WebSocket, 'pause' | 'resume'>,
  room: string,
  { limit, rooms }: Rates,
  clock: Clock,
  tooFast: (option: 'rateLimit' | 'roomRateLimit') => void,
): Inflow {
  const own = createTokenBucket(clock, () => limit);
  let cancel: Cancel | undefined; // while nothing is read
  let stopped = false;
  const look = (): void => {
    cancel?.();
    cancel = undefined;
    const [mine, theirs] = [own.nextAt, rooms.of(room).nextAt];
    const waitMs = Math.max(mine, theirs) - clock.now();
    if (waitMs <= 0 || stopped) return socket.resume();
    tooFast(mine >= theirs ? 'rateLimit' : 'roomRateLimit');
    socket.pause();
    cancel = clock.after(Math.ceil(waitMs), look);
  };
  return {
    heard() {
      own.spend(1);
      rooms.of(room).spend(1);
      if (!cancel && (own.tokens < 1 || rooms.of(room).tokens < 1)) look();
    },
    stop() {
      stopped = true;
      // one that is not read hears of no end
      if (cancel) look();
    },
  };
}
