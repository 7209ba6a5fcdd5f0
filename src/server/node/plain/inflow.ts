// How fast a plain WebSocket may write: it has no words for "later", so what is faster waits on its own side. Reads no messages.

import { createBudget } from '../../../base/budget.js';
import type { Cancel, Clock } from '../../../base/clock.js';
import { createTokenBucket, type TokenBucket } from '../../../base/token-bucket.js';
import type { Rates } from '../../sessions/session-services.js';

/** One socket that has written: a record, for there are as many. */
export interface Inflow {
  readonly socket: { pause(): void; resume(): void };
  readonly room: string;
  readonly rates: Rates;
  readonly own: TokenBucket;
  cancel: Cancel | undefined;
  mayReport: (() => boolean) | undefined;
  isPaused: boolean;
  isStopped: boolean;
  owed: number;
}

export interface Inflows {
  open(socket: Inflow['socket'], room: string, rates: Rates): Inflow;
  /** A message came. What came with it in one piece counts too, and is waited for afterwards. */
  heard(inflow: Inflow): void;
  /** So much of what came is not where it belongs until then. */
  owe(inflow: Inflow, size: number, until: Promise<unknown>): void;
  stop(inflow: Inflow): void;
}

export interface InflowOptions {
  readonly maxOwed: number;
  readonly clock: Clock;
  /** Once a second at most: a flood is no flood of reports. */
  readonly tooFast: (room: string, option: 'rateLimit' | 'roomRateLimit') => void;
}

export function createInflows({ maxOwed, clock, tooFast }: InflowOptions): Inflows {
  const look = (inflow: Inflow): void => {
    const { socket, room, own, rates } = inflow;
    inflow.cancel?.();
    inflow.cancel = undefined;
    const [mine, theirs] = [own.nextAt, rates.rooms.of(room).nextAt];
    const waitMs = Math.max(mine, theirs) - clock.now();
    inflow.isPaused = !inflow.isStopped && (waitMs > 0 || inflow.owed > maxOwed);
    if (!inflow.isPaused) return socket.resume();
    socket.pause();
    if (waitMs <= 0) return;
    inflow.mayReport ??= createBudget(clock, 1, 1_000);
    if (inflow.mayReport()) tooFast(room, mine >= theirs ? 'rateLimit' : 'roomRateLimit');
    inflow.cancel = clock.after(Math.ceil(waitMs), () => look(inflow));
  };
  return {
    open(socket, room, rates) {
      const own = createTokenBucket(clock, () => rates.limit);
      return {
        socket,
        room,
        rates,
        own,
        cancel: undefined,
        mayReport: undefined,
        isPaused: false,
        isStopped: false,
        owed: 0,
      };
    },
    heard(inflow) {
      const { room, own, rates } = inflow;
      own.spend(1);
      rates.rooms.of(room).spend(1);
      if (!inflow.isPaused && (own.tokens < 1 || rates.rooms.of(room).tokens < 1)) look(inflow);
    },
    owe(inflow, size, until) {
      inflow.owed += size;
      if (!inflow.isPaused && inflow.owed > maxOwed) look(inflow);
      const paid = (): void => {
        inflow.owed -= size;
        if (inflow.isPaused && inflow.owed <= maxOwed) look(inflow);
      };
      until.then(paid, paid);
    },
    stop(inflow) {
      inflow.isStopped = true;
      // one that is not read hears of no end
      if (inflow.isPaused) look(inflow);
    },
  };
}
