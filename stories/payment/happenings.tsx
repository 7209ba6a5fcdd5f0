// The buttons: paying, the provider's repeats, somebody's forgeries, and this tab's connection.

import { useState } from 'react';
import type { Lab } from '../parts/lab.js';
import { PRICE, priceOf } from './order.js';
import type { Kind, Provider } from './use-provider.js';

export interface HappeningsProps {
  readonly lab: Lab;
  readonly order: string;
  readonly provider: Provider;
  readonly onNewOrder: () => void;
}

export function Happenings({ lab, order, provider: { isPaid, tell }, onNewOrder }: HappeningsProps): React.JSX.Element {
  const [cut, setCut] = useState(false);
  const turn = (): void => {
    // attempts are held, and not refused: so a browser has nothing to say about them in its console
    void lab.order(cut ? { frozen: false } : { frozen: true, cut: true });
    setCut(!cut);
  };
  const button = (kind: Kind, words: string, isOff: boolean, look?: 'main'): React.JSX.Element => (
    <button
      type="button"
      className="button"
      data-look={look}
      aria-disabled={isOff}
      onClick={() => void (isOff || tell(kind))}
    >
      {words}
    </button>
  );
  return (
    <div className="controls">
      <div className="field">
        <span>The customer</span>
        <div className="row">{button('payment', `Pay ${priceOf(PRICE)}`, isPaid, 'main')}</div>
      </div>
      <div className="field">
        <span>The provider repeats itself</span>
        <div className="row">{button('repeat', 'Send the same event again', !isPaid)}</div>
      </div>
      <div className="field">
        <span>Somebody without the secret</span>
        <div className="row">{button('forgery', 'Send a wrong signature', false)}</div>
      </div>
      <div className="field">
        <span>This tab’s connection</span>
        <div className="row">
          <button type="button" className="button" aria-pressed={cut} onClick={turn}>
            Cut
          </button>
        </div>
      </div>
      <div className="field">
        <span>The order</span>
        <div className="row">
          <button type="button" className="button" onClick={onNewOrder}>
            New order
          </button>
          <a
            className="button"
            href={`?id=payment--one-order&viewMode=story&args=order:${order}`}
            target="_blank"
            rel="noreferrer"
          >
            Open in a browser tab
          </a>
        </div>
      </div>
    </div>
  );
}
