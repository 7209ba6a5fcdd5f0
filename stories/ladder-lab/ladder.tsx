// The lab of the ladder: one link, four ways to carry it, and a switch that takes each of the better ones away.

import { useEffect, useState } from 'react';
import { RealtimeProvider, useConnection } from '../../src/index.js';
import { createRecorder } from '../bad-network/record.js';
import { type Lab, useLab, type Way } from '../parts/lab.js';
import { Panel, Stage } from '../parts/stage.js';
import { StatusBadge } from '../parts/status.js';
import { useSampled } from '../parts/use-sampled.js';
import { Rungs, Since } from './rungs.js';
import { Stream } from './stream.js';
import { createTally } from './tally.js';
import type { Rung } from './ways.js';

export interface LadderProps {
  /** How long it stays on a lower rung before it looks up; twice as long after each look in vain. */
  readonly probeAfterMs?: number;
  /** How long a rung may take to open. */
  readonly tryMs?: number;
  /** Messages per second, each way. */
  readonly perSecond?: number;
}

const SOON = { initialDelayMs: 200, maxDelayMs: 400 };

/** Block the better ways to the server, and see the link climb down, and up again, without losing a message. */
export function Ladder({ probeAfterMs = 3_000, tryMs = 2_000, perSecond = 5 }: LadderProps): React.JSX.Element {
  const lab = useLab();
  const { order } = lab;
  useEffect(() => void order({ perSecond }), [order, perSecond]);
  return (
    <Stage
      title="Ladder lab"
      lead="One link over the best way that gets through. Block the ways that a company’s proxy might block, one by one: it steps down. Let them through again: it looks up beside the link in use, and moves over without a gap."
    >
      <RealtimeProvider
        url={lab.url}
        auth={{ getToken: () => 'Ada' }}
        fallback={{ tryMs, probeAfterMs, retryBestAfterMs: 0 }}
        retry={SOON}
        pollIntervalMs={700}
      >
        <Inside lab={lab} perSecond={perSecond} />
      </RealtimeProvider>
    </Stage>
  );
}

function Inside({ lab, perSecond }: { readonly lab: Lab; readonly perSecond: number }): React.JSX.Element {
  const [recorder] = useState(createRecorder);
  const [down] = useState(createTally);
  const [up] = useState(createTally);
  const [blocked, setBlocked] = useState<readonly Way[]>([]);
  const { status, reconnect } = useConnection();
  const snapshot = useSampled(recorder.read, 150);

  const block = ({ way, name }: Rung, wish: boolean): void => {
    const next = wish ? [...blocked, way] : blocked.filter((each) => each !== way);
    recorder.meddled(`${wish ? 'blocked' : 'freed'} ${name}`);
    setBlocked(next);
    void lab.order({ blocked: next });
  };
  const fromTheTop = (): void => {
    recorder.meddled('connected anew');
    // behind what was blocked or freed a moment ago; the badge says what comes of it
    void lab.order({}).then(() => reconnect().catch(() => {}));
  };
  return (
    <>
      <Panel
        title="The ladder"
        aside={
          <span className="connected">
            <Since snapshot={snapshot} />
            <StatusBadge status={status} of="The link" />
          </span>
        }
      >
        <Rungs blocked={blocked} onBlock={block} recorder={recorder} snapshot={snapshot} />
        <div className="row spread">
          <p className="hint rungs-note">
            Each strip is the last half minute: thick where that rung carried the link, a stroke where you meddled. The
            longer it looked up in vain, the longer it waits for the next look; a new connection does not wait.
          </p>
          <button type="button" className="button" onClick={fromTheTop}>
            Connect anew
          </button>
        </div>
      </Panel>
      <Panel title="What arrives">
        <Stream house={lab.id} room={lab.room} perSecond={perSecond} down={down} up={up} />
      </Panel>
    </>
  );
}
