// One room as this server hears it: each message once, in order; what a channel lost is fetched, or told as lost. Knows no Redis.

import type { Unsubscribe } from '../../../base/readable.js';
import { createSignal } from '../../../base/signal.js';
import type { Past, RoomEvent } from '../../backplane.js';
import type { RedisRecord } from './redis-record.js';

/** Where a room is, by Redis. */
export interface Standing {
  readonly epoch: string;
  readonly offset: number;
  readonly seq: number;
}

/** What came after a place, and when Redis said so. */
export interface Look extends Past {
  readonly seq: number;
  readonly now: number;
}

export interface RedisRoom {
  /** What was told here; undefined: nothing yet. */
  readonly standing: Standing | undefined;
  readonly listeners: number;
  on(listener: (event: RoomEvent) => void): Unsubscribe;
  hear(record: RedisRecord): void;
  /** What was told may be missed: looks, and tells what it finds. Rejects as `look` does; then all waits for the next time. */
  sync(): Promise<void>;
  /** Redis was there, and all that it told up to then was heard. */
  compare(standing: Standing): void;
  /** Nobody knows what happens there. */
  resync(): void;
}

export interface RedisRoomParts {
  /** What came after the standing; with a larger one than is true the room begins anew. */
  readonly look: (standing: Standing | undefined) => Promise<Look>;
  /** Resolves when all that was told before was heard. */
  readonly barrier: () => Promise<void>;
}

/** More is not held back: it is looked up. */
const MAX_HELD = 10_000;

export function createRedisRoom({ look, barrier }: RedisRoomParts): RedisRoom {
  const events = createSignal<RoomEvent>();
  let told: Standing | undefined;
  /** The newest that came over the channel, which never says a thing twice. */
  let heard = { offset: 0, seq: 0 };
  /** When we last looked: what is older may have been found before it was heard. */
  let lookedAt = 0;
  let held: RedisRecord[] = [];
  let isHolding = true;
  let syncing: Promise<void> | undefined;
  let again = false;
  let wentBack = false;

  const resync = (): void => events.emit({ kind: 'resync' });
  const begin = ({ epoch, offset, seq }: Standing): void => {
    told = { epoch, offset, seq };
    heard = { offset: 0, seq: 0 };
  };
  /** Holds everything back, and looks. */
  const mend = (record?: RedisRecord): void => {
    isHolding = true;
    if (record) held.push(record);
    sync().catch(() => {}); // the next sign of life tries again
  };

  const takePlace = (
    kind: 'offset' | 'seq',
    place: number,
    at: number,
    standing: Standing,
  ): 'next' | 'old' | 'hole' | 'back' => {
    const isBack = place <= heard[kind] || (place <= standing[kind] && at > lookedAt);
    if (isBack) return 'back';
    if (place > standing[kind] + 1) return 'hole';
    heard[kind] = place;
    if (place <= standing[kind]) return 'old';
    told = { ...standing, [kind]: place };
    return 'next';
  };
  const take = (record: RedisRecord): void => {
    if (isHolding || !told) {
      if (held.length < MAX_HELD) held.push(record);
      else {
        held = [];
        again = true;
      }
      return;
    }
    if (record.epoch !== told.epoch) return mend();
    if (record.kind === 'epoch') return;
    const isMessage = record.kind === 'message';
    const [place, at] = isMessage ? [record.message.offset, record.message.at] : [record.seq, record.at];
    const found = takePlace(isMessage ? 'offset' : 'seq', place, at, told);
    if (found === 'old') return;
    if (found === 'back') {
      // Redis lost its newest part, and gives the same places to others
      wentBack = true;
      return mend();
    }
    if (isMessage) return found === 'hole' ? mend(record) : events.emit({ kind: 'message', message: record.message });
    if (found === 'next') return events.emit({ kind: 'presence', seq: record.seq, changes: record.changes });
    const { seq } = record; // what is missing before it is kept nowhere
    told = { ...told, seq };
    heard = { ...heard, seq };
    resync();
  };

  /** Tells what was found. */
  const settle = (past: Look): void => {
    const before = told;
    lookedAt = past.now;
    if (!before) return begin(past);
    if (past.epoch !== before.epoch || past.gap) {
      begin(past);
      return resync();
    }
    told = { ...before, offset: Math.max(before.offset, past.offset) };
    for (const message of past.messages) events.emit({ kind: 'message', message });
  };
  const round = async (): Promise<void> => {
    again = false;
    isHolding = true; // or what is told meanwhile would be found a second time
    const isBack = wentBack;
    const known = told && (isBack ? { ...told, offset: Number.MAX_SAFE_INTEGER } : told);
    const isFirst = !told;
    const past = await look(known);
    if (isBack) wentBack = false;
    settle(past);
    const rest = held;
    held = [];
    isHolding = false;
    for (const record of rest)
      if (record.epoch === told?.epoch) take(record);
      else again = true; // it was later than what we saw, or it is of another life
    if (isFirst) return;
    // what was told of presence cannot be fetched; but perhaps it is only on its way
    await barrier();
    compareSeq(past);
  };
  const compareSeq = ({ epoch, seq }: Standing): void => {
    if (!told || isHolding || told.epoch !== epoch || told.seq >= seq) return;
    told = { ...told, seq };
    resync();
  };
  const sync = (): Promise<void> => {
    again = true;
    isHolding = true;
    syncing ??= (async () => {
      while (again || isHolding) await round();
    })().finally(() => (syncing = undefined));
    return syncing;
  };

  return {
    get standing() {
      return told;
    },
    get listeners() {
      return events.size;
    },
    on: (listener) => events.on(listener),
    hear: take,
    sync,
    compare(standing) {
      if (isHolding || !told || told.epoch !== standing.epoch || told.offset < standing.offset) return mend();
      compareSeq(standing);
    },
    resync,
  };
}
