// What became of the session: tokens asked for, renewals, links; and what is kept of it in this tab. No React.

import { keyStorage, type OutboxStorage, type RealtimeAuth, type Status } from '../../src/index.js';
import type { TokenAnswer } from '../parts/lab.js';

export type Reason = Parameters<RealtimeAuth['getToken']>[0];

export interface Entry {
  readonly id: number;
  readonly at: number;
  readonly what: string;
}

export interface Snapshot {
  /** The token that was given last; null: there is none. */
  readonly token: { readonly until: number; readonly lifeMs: number } | null;
  /** Tokens that were asked for while the link stood. */
  readonly renewed: number;
  /** Links that opened. */
  readonly links: number;
  readonly entries: readonly Entry[];
}

export interface Record {
  readonly asked: (reason: Reason, answer: TokenAnswer) => void;
  readonly status: (status: Status, why?: string) => void;
  readonly did: (what: string) => void;
  /** Whoever comes next begins at nought. */
  readonly signedOut: () => void;
  readonly read: () => Snapshot;
}

const KEPT = 60;
const REASONS = { connect: 'to connect', refresh: 'to go on', expired: 'the last one is no longer taken' } as const;

export function createRecord(): Record {
  let now: Snapshot = { token: null, renewed: 0, links: 0, entries: [] };
  let next = 0;
  let link: Status = 'idle';
  const write = (what: string, more: Partial<Snapshot> = {}): void => {
    now = { ...now, ...more, entries: [...now.entries, { id: next++, at: Date.now(), what }].slice(-KEPT) };
  };
  return {
    asked(reason, answer) {
      if ('refused' in answer) return write(`no token: ${answer.refused}`, { token: null });
      const token = { until: Date.now() + answer.lifeMs, lifeMs: answer.lifeMs };
      const inPlace = link === 'open';
      if (inPlace) write('renewed in place', { token, renewed: now.renewed + 1 });
      else write(`new token: ${REASONS[reason]}`, { token });
    },
    status(status, why) {
      if (status === link) return;
      link = status;
      const over = status === 'failed' || status === 'closed';
      write(why === undefined ? `link ${status}` : `link ${status}: ${why}`, {
        ...(status === 'open' ? { links: now.links + 1 } : {}),
        ...(over ? { token: null } : {}),
      });
    },
    did: (what) => write(what),
    signedOut: () => write('signed out', { token: null, renewed: 0, links: 0 }),
    read: () => now,
  };
}

export interface Shelf {
  readonly storage: OutboxStorage;
  /** Messages that are kept. */
  readonly count: () => number;
}

/** This tab's `sessionStorage`, with a count. */
export function createShelf(): Shelf {
  const mine = new Set<string>();
  return {
    storage: keyStorage({
      load: (key) => sessionStorage.getItem(key),
      save(key, text) {
        if (text === null) sessionStorage.removeItem(key);
        else sessionStorage.setItem(key, text);
        if (text === null) mine.delete(key);
        else mine.add(key);
      },
    }),
    // beside the messages there is a record of their numbers
    count: () => [...mine].filter((key) => /\/\d+\/\d+$/.test(key)).length,
  };
}
