// The reader's side of a lab: a private bad network in front of the playground's server. Server side: .storybook/playground/lab.ts.

import { useCallback, useState } from 'react';
import type { LabOrder, LabReport, Way } from '../../.storybook/playground/lab.js';
import type { PayAnswer, PayWish } from '../../.storybook/playground/provider.js';
import type { TokenAnswer, TokenWish } from '../../.storybook/playground/tokens.js';

export type { LabOrder, LabReport, PayAnswer, PayWish, TokenAnswer, TokenWish, Way };

export interface Lab {
  readonly id: string;
  /** The shared server's rooms, seen through this lab. */
  readonly url: string;
  /** One room of it as a plain link. */
  readonly realtime: (room: string) => string;
  /** The room of the lab's numbered messages. */
  readonly room: string;
  /** One takes effect after the other. */
  readonly order: (order: LabOrder) => Promise<LabReport>;
  /** A token of the playground's own service. */
  readonly token: (wish: TokenWish) => Promise<TokenAnswer>;
  /** Lets the pretend payment provider send its webhook. */
  readonly pay: (wish: PayWish) => Promise<PayAnswer>;
}

export const newLabId = (): string => Math.random().toString(36).slice(2, 12).padEnd(6, '0');

/** A lab of one's own, for as long as this is mounted, or as its name is known: nobody else feels its faults. */
export function useLab(name?: string): Lab {
  const [ownId] = useState(newLabId);
  const id = name ?? ownId;
  const [inTurn] = useState(createTurns);
  const order = useCallback(
    (wish: LabOrder) => inTurn(() => post<LabReport>(`/lab/${id}/control`, wish)),
    [id, inTurn],
  );
  const token = useCallback((wish: TokenWish) => post<TokenAnswer>(`/lab/${id}/token`, wish), [id]);
  const pay = useCallback((wish: PayWish) => post<PayAnswer>(`/lab/${id}/pay`, wish), [id]);
  const realtime = useCallback((room: string) => `/lab/${id}/realtime?room=${encodeURIComponent(room)}`, [id]);
  return { id, url: `/lab/${id}/realtime`, realtime, room: `stream-${id}`, order, token, pay };
}

/** Requests that are made at once may arrive in any order: each waits for the one before it. */
function createTurns(): <T>(run: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const mine = last.then(run, run);
    last = mine;
    return mine;
  };
}

async function post<T>(url: string, body: object): Promise<T> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`The lab answered ${response.status}`);
  return (await response.json()) as T;
}
