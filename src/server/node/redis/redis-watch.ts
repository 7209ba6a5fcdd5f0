// What is done again and again: saying that this server lives, looking for what was missed, forgetting rooms that nobody is in. Knows no Redis.

import type { Cancel, Clock } from '../../../base/clock.js';
import type { RedisLink } from './redis-link.js';
import type { RedisRoom, Standing } from './redis-room.js';

export interface RedisWatch {
  /** How long this server counts as alive after each sign. */
  readonly leaseMs: number;
  start(): void;
  /** Redis is there, perhaps again. */
  up(): void;
  down(): void;
  /** May others be found dead? Not by one that could not have said itself that it lives. */
  maySweep(): boolean;
  close(): void;
}

export interface RedisWatchParts {
  readonly clock: Clock;
  /** From the death of a server to the end of its entries. */
  readonly leaseMs: number;
  readonly link: Pick<RedisLink, 'barrier' | 'isUp'>;
  readonly names: () => Iterable<string>;
  readonly renew: (name: string) => Promise<Standing>;
  readonly roomOf: (name: string) => RedisRoom | undefined;
  readonly forget: (name: string) => void;
}

/** Questions at once. */
const AT_ONCE = 100;
/** Of a lease: three may pass without a sign, the fourth is how long it takes others to notice. */
const PARTS = 4;

export function createRedisWatch({ clock, leaseMs, link, names, renew, roomOf, forget }: RedisWatchParts): RedisWatch {
  const everyMs = leaseMs / PARTS;
  let cancel: Cancel | undefined;
  let isClosed = false;
  let isBusy = false;
  let sweepsFrom = 0;
  let dueAt = Infinity;
  let downAt: number | undefined;
  let isTold = false;
  const idle = new Set<string>();

  const wait = (): void => void (sweepsFrom = clock.now() + leaseMs);
  const check = async (): Promise<void> => {
    const all = [...names()];
    const standings = new Map<string, Standing>();
    for (let at = 0; at < all.length; at += AT_ONCE)
      await Promise.allSettled(all.slice(at, at + AT_ONCE).map(async (name) => standings.set(name, await renew(name))));
    await link.barrier(); // also where there is nothing to ask: a connection that says nothing is taken for dead
    for (const [name, standing] of standings) {
      const room = roomOf(name);
      if (!room) continue;
      room.compare(standing);
      if (room.listeners > 0) idle.delete(name);
      else if (!idle.has(name)) idle.add(name);
      else {
        idle.delete(name);
        forget(name);
      }
    }
  };
  /** What was heard is so old that it must not pass for the truth. */
  const tellStale = (): void => {
    if (isTold || downAt === undefined || clock.now() - downAt < leaseMs) return;
    isTold = true;
    for (const name of names()) roomOf(name)?.resync();
  };
  const set = (): void => {
    if (isClosed) return;
    dueAt = clock.now() + everyMs;
    cancel = clock.after(everyMs, turn);
  };
  /** Who slept, or was busy for so long, knows nothing of others, and perhaps they slept as well. */
  const overslept = (): boolean => clock.now() > dueAt + everyMs;
  const turn = (): void => {
    if (overslept()) wait();
    cancel?.();
    set();
    tellStale();
    if (isBusy || isClosed) return;
    isBusy = true;
    const done = (): void => void (isBusy = false);
    check().then(done, done);
  };

  return {
    leaseMs: Math.floor(((PARTS - 1) * leaseMs) / PARTS),
    start() {
      if (!cancel) set();
    },
    up() {
      if (downAt !== undefined) wait();
      downAt = undefined;
      isTold = false;
      isBusy = false;
      turn(); // what was missed is found by comparing
    },
    down() {
      downAt ??= clock.now();
      wait();
    },
    maySweep: () => downAt === undefined && clock.now() >= sweepsFrom && !overslept(),
    close() {
      isClosed = true;
      cancel?.();
      cancel = undefined;
    },
  };
}
