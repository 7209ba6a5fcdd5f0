// The payment provider as one sees it from here: what it was asked to send for an order, and what the server has answered.

import { useState } from 'react';
import type { Lab, PayAnswer } from '../parts/lab.js';
import { PRICE } from './order.js';

export type Kind = 'payment' | 'repeat' | 'forgery';

/** One webhook, with its answer. */
export interface Telling extends PayAnswer {
  readonly id: number;
  readonly at: number;
  readonly kind: Kind;
}

export interface Provider {
  /** The oldest first. */
  readonly tellings: readonly Telling[];
  /** Has the server taken a payment for the order, as far as this page has heard? */
  readonly isPaid: boolean;
  /** A webhook is on its way. */
  readonly busy: boolean;
  readonly tell: (kind: Kind) => Promise<void>;
}

interface Account extends Omit<Provider, 'tell'> {
  readonly order: string;
}

const KEPT = 50;

export function useProvider({ pay }: Pick<Lab, 'pay'>, order: string): Provider {
  const opened: Account = { order, isPaid: false, busy: false, tellings: [] };
  const [last, setAccount] = useState(opened);
  const account = last.order === order ? last : opened;

  const tell = async (kind: Kind): Promise<void> => {
    setAccount({ ...account, busy: true });
    const answer = await pay({ order, cents: PRICE, forged: kind === 'forgery' }).catch(() => null);
    setAccount((before) => {
      // it comes when there is another order
      if (before.order !== order) return before;
      const id = (before.tellings.at(-1)?.id ?? 0) + 1;
      return {
        order,
        busy: false,
        isPaid: before.isPaid || (answer !== null && answer.status < 300),
        tellings: answer ? [...before.tellings, { ...answer, kind, at: Date.now(), id }].slice(-KEPT) : before.tellings,
      };
    });
  };
  return { ...account, tell };
}
