// What the rooms of a client share on their way out: one outbox with its bounds, a pace, and a place that outlives the page. Says nothing.

import { createAlarm } from '../base/alarm.js';
import type { RealtimeError } from '../base/error.js';
import type { Host } from '../base/host.js';
import type { Keep, Kept, Restored } from '../base/keep.js';
import { createOutbox, DEFAULT_BYTES, DEFAULT_LIMIT, type OutboxOptions } from '../base/outbox.js';
import { createWaiters } from '../base/waiters.js';
import type { KeepingOptions } from '../connection/keeping.js';
import { createPace, type PaceOptions } from '../connection/pace.js';
import { sensible } from '../connection/retry.js';
import type { Postage } from './parcel.js';
import { type Found, readPaper } from './publication.js';

export interface RoomsOutboxOptions extends OutboxOptions, KeepingOptions {
  /** How long a message may take until the server has it, reconnects and reloads included. Default 120,000; with `storage` 86,400,000 (a day). */
  readonly ttlMs?: number | undefined;
  /** At the bound: give up the new message, or the oldest of those that never left, or throw in the caller's stack. Default 'drop-newest': what is sent stays a beginning of what was meant. */
  readonly overflow?: OutboxOptions['overflow'];
  /** As the server names them, where that is known before it has answered: what is written offline after a reload is then theirs. */
  readonly user?: string | undefined;
}

export interface PostOffice extends Postage {
  /** Default of `timeoutMs`. */
  readonly ttlMs: number;
  /** Is what waits kept, whatever becomes of this page? */
  readonly isKept: boolean;
  /** Messages without an answer. */
  readonly size: number;
  /** Begins to keep, and hands over what earlier pages left. */
  open(): void;
  close(): void;
  /** Resolves when it is at most half full. Never rejects. */
  drained(): Promise<void>;
}

export interface PostOfficeParts {
  readonly host: Host;
  readonly options: () => PaceOptions & { readonly outbox?: RoomsOutboxOptions | undefined };
  /** Where everything goes; undefined: a function says it, anew each time. */
  readonly address: string | undefined;
  readonly user: (room: string) => string | undefined;
  readonly dedupeMs: (room: string) => number;
  readonly adopt: (found: Found, kept: Kept) => void;
  /** It is known what earlier pages left. */
  readonly opened: () => void;
  /** `size` changed. */
  readonly changed: () => void;
  readonly onError: (error: RealtimeError) => void;
}

const DAY_MS = 86_400_000;
/** A store that does not answer holds nothing up for longer. */
const PATIENCE_MS = 2_000;

export function createPostOffice({
  host,
  options,
  address,
  adopt,
  changed,
  onError,
  ...parts
}: PostOfficeParts): PostOffice {
  const box = createOutbox<null>();
  const outbox = (): RoomsOutboxOptions => options().outbox ?? {};
  let keep: Keep | undefined;
  const waiters = createWaiters();
  let state: 'closed' | 'opening' | 'open' = 'closed';
  const isCalm = (): boolean => {
    const { limit, maxBytes } = outbox();
    return box.size <= sensible(limit, DEFAULT_LIMIT) / 2 && box.bytes <= sensible(maxBytes, DEFAULT_BYTES) / 2;
  };

  const restore = (restored: readonly Restored[]): number => {
    let damaged = 0;
    for (const { text, kept } of restored) {
      const found = readPaper(text);
      if (found) adopt(found, kept);
      else {
        damaged++;
        kept.remove();
      }
    }
    return damaged;
  };
  const ready = (): void => {
    if (state !== 'opening') return;
    state = 'open';
    alarm.set(Infinity);
    parts.opened();
  };
  const alarm = createAlarm(host.clock, ready);

  return {
    get ttlMs() {
      const { ttlMs, storage } = outbox();
      return sensible(ttlMs, storage ? DAY_MS : 120_000);
    },
    get isKept() {
      return keep !== undefined;
    },
    get size() {
      return box.size;
    },
    open() {
      if (state !== 'closed') return;
      keep ??= outbox().storage?.start({ host, options: outbox(), kind: 'rooms', address, restore, ready, onError });
      state = keep ? 'opening' : 'open';
      if (keep) alarm.set(host.clock.now() + PATIENCE_MS);
      keep?.open();
    },
    close() {
      state = 'closed';
      alarm.set(Infinity);
      keep?.close();
    },
    isOpen: () => state !== 'opening',
    enter(place, overflow = outbox().overflow ?? 'drop-newest') {
      const isIn = box.push(place, { ...outbox(), overflow });
      changed();
      return isIn;
    },
    leave(place) {
      if (!box.remove(place)) return;
      changed();
      if (isCalm()) waiters.release();
    },
    drained: () => (isCalm() ? Promise.resolve() : waiters.wait()),
    keep: (text) => keep?.add(text),
    pace: createPace(host.clock, options, () => 0),
    user: (room) => parts.user(room) ?? outbox().user,
    dedupeMs: parts.dedupeMs,
    lost: onError,
  };
}
