// How fast a plain WebSocket may write: it has no words for "later", so what is faster waits on its own side. Reads no messages.

import type { WebSocket } from 'ws';
import type { Cancel, Clock } from '../../../base/clock.js';
import { createTokenBucket } from '../../../base/token-bucket.js';
import type { Rates } from '../../session-services.js';

export interface Inflow {
  /** A message came. What came with it in one piece counts too, and is waited for afterwards. */
  heard(): void;
  /** So much of what came is not where it belongs until then. */
  owe(size: number, until: Promise<unknown>): void;
  stop(): void;
}

export interface InflowOptions {
  readonly socket: Pick<WebSocket, 'pause' | 'resume'>;
  readonly room: string;
  readonly rates: Rates;
  readonly maxOwed: number;
  readonly clock: Clock;
  readonly tooFast: (option: 'rateLimit' | 'roomRateLimit') => void;
}

export function createInflow({ socket, room, rates, maxOwed, clock, tooFast }: InflowOptions): Inflow {
  const { limit, rooms } = rates;
  const own = createTokenBucket(clock, () => limit);
  let cancel: Cancel | undefined;
  let isPaused = false;
  let stopped = false;
  let owed = 0;
  const look = (): void => {
    cancel?.();
    cancel = undefined;
    const [mine, theirs] = [own.nextAt, rooms.of(room).nextAt];
    const waitMs = Math.max(mine, theirs) - clock.now();
    isPaused = !stopped && (waitMs > 0 || owed > maxOwed);
    if (!isPaused) return socket.resume();
    socket.pause();
    if (waitMs <= 0) return;
    tooFast(mine >= theirs ? 'rateLimit' : 'roomRateLimit');
    cancel = clock.after(Math.ceil(waitMs), look);
  };
  const pay = (size: number): void => {
    owed -= size;
    if (isPaused && owed <= maxOwed) look();
  };
  return {
    heard() {
      own.spend(1);
      rooms.of(room).spend(1);
      if (!isPaused && (own.tokens < 1 || rooms.of(room).tokens < 1)) look();
    },
    owe(size, until) {
      owed += size;
      if (!isPaused && owed > maxOwed) look();
      const paid = (): void => pay(size);
      until.then(paid, paid);
    },
    stop() {
      stopped = true;
      // one that is not read hears of no end
      if (isPaused) look();
    },
  };
}
