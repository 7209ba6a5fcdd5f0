// The visitors' way to the server, and the buttons that take it away.

import { type ReactNode, useState } from 'react';
import type { Lab } from './lab.js';
import { Panel } from './stage.js';

export interface NetworkProps {
  readonly lab: Lab;
  /** Beside the buttons. */
  readonly children?: ReactNode;
}

/** Every connection of this story goes through it. */
export function Network({ lab, children }: NetworkProps): React.JSX.Element {
  const [away, setAway] = useState(false);
  const turn = (): void => {
    void lab.order({ refuse: !away });
    setAway(!away);
  };
  return (
    <Panel title="The network">
      <div className="row spread">
        <div className="row">
          <button type="button" className="button" onClick={() => void lab.order({ cut: true })}>
            Cut the wires
          </button>
          <button type="button" className="button" aria-pressed={away} onClick={turn}>
            Server away
          </button>
        </div>
        {children}
      </div>
    </Panel>
  );
}
