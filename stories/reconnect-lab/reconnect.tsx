// The lab of coming back: two people write, the server is cut off, and a ledger counts whether anything is missing.

import { useEffect, useState } from 'react';
import { createRecorder, type Recorder } from '../bad-network/record.js';
import { Timeline } from '../bad-network/timeline.js';
import { Choices } from '../parts/choices.js';
import { type Lab, useLab } from '../parts/lab.js';
import { Panel, Stage } from '../parts/stage.js';
import { useSampled } from '../parts/use-sampled.js';
import { Connected, Visitor } from '../parts/visitor.js';
import { Books } from './books.js';
import { createLedger } from './ledger.js';
import { Writer } from './writer.js';

export interface ReconnectProps {
  /** The first window of the backoff. */
  readonly initialDelayMs?: number;
  /** No window is longer. */
  readonly maxDelayMs?: number;
}

const NAMES = ['Ada', 'Ben'] as const;

const PACES = [
  [0, 'nobody'],
  [2, '2 a second'],
  [10, '10 a second'],
] as const;

/** Cut the server off while two people write, and read in the ledger what became of it. */
export function Reconnect({ initialDelayMs = 400, maxDelayMs = 2_000 }: ReconnectProps): React.JSX.Element {
  const lab = useLab();
  const [ledger] = useState(() => createLedger(NAMES));
  const [recorder] = useState(createRecorder);
  const [perSecond, setPerSecond] = useState<number>(0);
  const reading = useSampled(ledger.read, 150);
  const { stretches, marks, now } = useSampled(recorder.read, 150);
  return (
    <Stage
      title="Reconnect lab"
      lead="Two people write in one room. Cut the server off, as long and as often as you like: what is written meanwhile waits, what was said meanwhile is asked for, and the ledger counts."
    >
      <Faults lab={lab} recorder={recorder} perSecond={perSecond} onPace={setPerSecond} />
      <div className="columns" data-columns="2">
        {NAMES.map((name) => (
          <Visitor key={name} name={name} lab={lab} retry={{ initialDelayMs, maxDelayMs }}>
            <Panel title={name} aside={<Connected of={name} />}>
              <div className="lab-timeline">
                <Timeline
                  label={`${name}, the last half minute`}
                  stretches={stretches[name] ?? []}
                  marks={marks}
                  now={now}
                />
              </div>
              <Writer name={name} house={lab.id} ledger={ledger} recorder={recorder} perSecond={perSecond} />
            </Panel>
          </Visitor>
        ))}
      </div>
      <Panel title="The ledger">
        <Books reading={reading} />
      </Panel>
    </Stage>
  );
}

interface FaultsProps {
  readonly lab: Lab;
  readonly recorder: Recorder;
  readonly perSecond: number;
  readonly onPace: (perSecond: number) => void;
}

const CUT_EVERY_MS = 2_000;

function Faults({ lab: { order }, recorder, perSecond, onPace }: FaultsProps): React.JSX.Element {
  const [away, setAway] = useState(false);
  const [cutting, setCutting] = useState(false);

  useEffect(() => {
    if (!cutting) return undefined;
    const cut = (): void => {
      recorder.meddled('cut');
      void order({ cut: true });
    };
    cut();
    const timer = setInterval(cut, CUT_EVERY_MS);
    return () => clearInterval(timer);
  }, [cutting, order, recorder]);

  const turn = (next: boolean): void => {
    recorder.meddled(next ? 'cut the server' : 'came back');
    setAway(next);
    void order({ refuse: next });
  };
  return (
    <Panel title="The network">
      <div className="controls">
        <div className="field">
          <span>The server</span>
          <div className="row">
            <button type="button" className="button" aria-disabled={away} onClick={() => away || turn(true)}>
              Cut the server
            </button>
            <button type="button" className="button" aria-disabled={!away} onClick={() => away && turn(false)}>
              Come back
            </button>
          </div>
        </div>
        <div className="field">
          <span>A bad line</span>
          <div className="row">
            <button type="button" className="button" aria-pressed={cutting} onClick={() => setCutting(!cutting)}>
              Cut each 2 s
            </button>
          </div>
        </div>
        <div className="field">
          <span>Who writes by themselves</span>
          <Choices label="Who writes by themselves" value={perSecond} options={PACES} onChange={onPace} />
        </div>
      </div>
    </Panel>
  );
}
