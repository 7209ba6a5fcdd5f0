// The page of a payment: what can happen to it, what the provider hears of it, and two tabs that show the order.

import { useState } from 'react';
import { newLabId, useLab } from '../parts/lab.js';
import { Panel, Stage } from '../parts/stage.js';
import { Happenings } from './happenings.js';
import { Sent } from './sent.js';
import { Tab } from './tab.js';
import { useProvider } from './use-provider.js';

export interface PaymentProps {
  /** The order's name, where another tab has it already. Default: a new one. */
  readonly order?: string;
}

/** Pay, and see a signed webhook arrive in every tab that shows the order. */
export function Payment({ order: given = '' }: PaymentProps): React.JSX.Element {
  const [order, setOrder] = useState(() => given || newLabId());
  const lab = useLab();
  const elsewhere = useLab();
  const provider = useProvider(lab, order);
  return (
    <Stage
      title="Payment"
      lead="An order waits to be paid. The payment provider tells the server by a signed webhook, and the server tells every tab that shows the order: live, or when the tab is back. The same event counts once, a wrong signature counts for nothing."
    >
      <Panel title="What can happen">
        <Happenings lab={lab} order={order} provider={provider} onNewOrder={() => setOrder(newLabId())} />
      </Panel>
      <div className="columns" data-columns="2">
        <Tab name="This tab" lab={lab} order={order} />
        <Tab name="Another tab" lab={elsewhere} order={order} />
      </div>
      <Panel title="The payment provider">
        <Sent tellings={provider.tellings} />
      </Panel>
    </Stage>
  );
}
