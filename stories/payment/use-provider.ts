// The payment provider as one sees it from here: what it was asked to send for an order, and what the server has answered.

import { useState } from 'react';
import type { Lab, PayAnswer } from '../parts/lab.js';
import { PRICE } from './order.js';

export type Kind = 'payment' | 'repeat' | 'forgery';

/** One webhook, with its answer. */
export interface Telling extends PayAnswer {
  readonly id: number;
  readonly order: string;
  readonly at: number;
  readonly kind: Kind;
}

export interface Provider {
  /** The oldest first. */
  readonly tellings: readonly Telling[];
  /** Has the server taken a payment for the order, as far as this page has asked for one? */
  readonly isPaid: boolean;
  readonly tell: (kind: Kind) => Promise<void>;
}

const KEPT = 50;

export function useProvider({ pay }: Pick<Lab, 'pay'>, order: string): Provider {
  const [all, setAll] = useState<readonly Telling[]>([]); // answers may come when there is another order already
  const tellings = all.filter((each) => each.order === order);
  const tell = async (kind: Kind): Promise<void> => {
    const answer = await pay({ order, cents: PRICE, forged: kind === 'forgery' });
    setAll((before) =>
      [...before, { ...answer, order, kind, at: Date.now(), id: (before.at(-1)?.id ?? 0) + 1 }].slice(-KEPT),
    );
  };
  return { tellings, isPaid: tellings.some(({ status }) => status < 300), tell };
}
