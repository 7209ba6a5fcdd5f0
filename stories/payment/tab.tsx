// One tab of the customer's, with a connection of its own: the order, and how it has heard of its payment.

import { useState } from 'react';
import { RealtimeProvider, type UseRoom, useRoom } from '../../src/index.js';
import { timeOf } from '../parts/format.js';
import type { Lab } from '../parts/lab.js';
import { Log } from '../parts/log.js';
import { Panel } from '../parts/stage.js';
import { Stat, Stats } from '../parts/stat.js';
import { Connected } from '../parts/visitor.js';
import { orderRoom, PAYER, priceOf } from './order.js';

export interface TabProps {
  readonly name: string;
  readonly lab: Lab;
  readonly order: string;
}

const SOON = { initialDelayMs: 200, maxDelayMs: 800 };
/** In this lab an attempt that is held goes on when the network is back. */
const PATIENT_MS = 600_000;

export function Tab({ name, lab, order }: TabProps): React.JSX.Element {
  return (
    <RealtimeProvider url={lab.url} auth={{ getToken: () => 'Ada' }} retry={SOON} connectTimeoutMs={PATIENT_MS}>
      <Panel title={name} aside={<Connected of={name} />}>
        <Order key={order} name={name} order={order} />
      </Panel>
    </RealtimeProvider>
  );
}

/** How a payment came here; one that had arrived before this tab opened is in the order's history. */
type Way = 'live' | 'recovered';

const WAYS = { live: 'live', recovered: 'by recovery' } as const;

function Order({ name, order }: Pick<TabProps, 'name' | 'order'>): React.JSX.Element {
  const [ways, setWays] = useState<ReadonlyMap<string, Way>>(new Map());
  const { status, messages } = useRoom(orderRoom(order), {
    history: 10,
    // what was missed is told while the room is joined again
    onMessage: ({ id }) => setWays((before) => new Map(before).set(id, status === 'rejoining' ? 'recovered' : 'live')),
  });
  const wayOf = (id: string): string => {
    const way = ways.get(id);
    return way === undefined ? 'from history' : WAYS[way];
  };
  const payments = messages.filter(({ from }) => from === PAYER);
  const [first] = payments;
  const { words, tone } = verdictOf(status, payments.length);
  return (
    <>
      <p className="verdict" role="status" aria-label={`${name} shows`} data-tone={tone}>
        {words}
      </p>
      <Stats>
        <Stat label="Order" value={order.slice(0, 6)} />
        <Stat label="Payments" value={payments.length} />
        <Stat label="It came" value={first ? wayOf(first.id) : '–'} />
      </Stats>
      <Log label={`What ${name.toLowerCase()} was told`} empty="No payment yet." version={messages} height={96}>
        {payments.map(({ id, from, at, data }) => (
          <p className="log-line" key={id}>
            <span className="log-time">{timeOf(at)}</span>
            <span className="log-text">
              {priceOf(data.cents)} <span className="log-why">from {from}</span>
            </span>
            <span className="tag" data-tone="good">
              {wayOf(id)}
            </span>
          </p>
        ))}
      </Log>
    </>
  );
}

/** Before the room is joined nobody here knows whether the order was paid. */
function verdictOf(
  status: UseRoom['status'],
  payments: number,
): { readonly tone?: 'good' | 'wait' | 'bad'; readonly words: string } {
  if (payments > 1) return { tone: 'bad', words: 'Paid more than once' };
  if (payments === 1) return { tone: 'good', words: 'Paid' };
  if (status === 'joined' || status === 'rejoining') return { tone: 'wait', words: 'Waiting for the payment' };
  return { words: 'Asking for the order …' };
}
