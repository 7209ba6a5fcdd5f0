// What one lane has sent, and what became of it. No React.

import type { Delivery, Message } from '../../src/index.js';
import type { Numbered } from '../parts/demo-data.js';

/** A message that a reader publishes among the server's numbered ones. */
export interface Own {
  readonly by: string;
  readonly k: number;
}

export type Heard = Numbered | Own;

export interface Sent {
  readonly k: number;
  /** `back`: it was heard again, so the server has it. */
  readonly state: Delivery['verdict'] | 'back';
}

export interface Ledger {
  readonly send: (send: (own: Own) => Delivery) => void;
  /** true: it was one of ours, or of another lane. */
  readonly heard: (message: Message<Heard>) => boolean;
  readonly read: () => readonly Sent[];
}

const KEPT = 5;

export function createLedger(by: string): Ledger {
  let sent: readonly Sent[] = [];
  let next = 1;
  const mark = (k: number, state: Sent['state']): void => {
    sent = sent.map((each) => (each.k === k && each.state !== 'back' ? { k, state } : each));
  };
  return {
    send(send) {
      const k = next++;
      const { verdict, done } = send({ by, k });
      sent = [...sent, { k, state: verdict }].slice(-KEPT);
      void done.then(({ status }) => mark(k, status === 'sent' ? 'sent' : 'dropped'));
    },
    heard({ data }) {
      if (!('by' in data)) return false;
      if (data.by === by) mark(data.k, 'back');
      return true;
    },
    read: () => sent,
  };
}
