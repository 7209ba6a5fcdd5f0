// The token as one sees it: how long it still holds, how often it was renewed on the link that stands, and why there is none.

import { useConnection } from '../../src/index.js';
import { Stat, Stats } from '../parts/stat.js';
import { Why } from '../parts/status.js';
import { useNow } from '../parts/use-now.js';
import type { Snapshot } from './record.js';

export interface TokenProps {
  readonly snapshot: Snapshot;
}

export function Token({ snapshot: { token, renewed, links } }: TokenProps): React.JSX.Element {
  const { status, error } = useConnection();
  const now = useNow(100, token !== null);
  const leftMs = token ? Math.max(0, token.until - now) : 0;
  const share = token ? Math.min(1, leftMs / token.lifeMs) : 0;
  return (
    <>
      <div
        className="bar token-bar"
        role="progressbar"
        aria-label="Time left"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
      >
        <span style={{ transform: `scaleX(${share})` }} />
      </div>
      <Stats>
        <Stat label="Holds for" value={token ? (leftMs / 1_000).toFixed(1) : '–'} unit={token ? 's' : ''} />
        <Stat label="Renewed in place" value={renewed} tone={renewed > 0 ? 'good' : undefined} />
        <Stat label="Reconnects" value={Math.max(0, links - 1)} tone={links > 1 ? 'wait' : 'good'} />
      </Stats>
      <Why
        status={status}
        error={error}
        calm={
          status === 'closed'
            ? 'Signed out: nobody connects.'
            : 'Before it ends, a new one is said on the link that stands.'
        }
      />
    </>
  );
}
