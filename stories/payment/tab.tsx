// One tab of the customer's, with a connection of its own: the order, and how it has heard of its payment.

import { useState } from 'react';
import { RealtimeProvider, useRoom } from '../../src/index.js';
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
  return (
    <>
      <p
        className="verdict"
        role="status"
        aria-label={`${name} shows`}
        data-tone={payments.length === 0 ? 'wait' : payments.length === 1 ? 'good' : 'bad'}
      >
        {payments.length === 0 ? 'Waiting for the payment' : payments.length === 1 ? 'Paid' : 'Paid more than once'}
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
