// The ladder as one sees it: which rung is in use, since when, why the better ones are not, and a switch for each.

import { useEffect } from 'react';
import { useConnection } from '../../src/index.js';
import type { Recorder, Snapshot } from '../bad-network/record.js';
import { Timeline } from '../bad-network/timeline.js';
import type { Way } from '../parts/lab.js';
import { type Rung, RUNGS } from './ways.js';

export interface RungsProps {
  readonly blocked: readonly Way[];
  readonly onBlock: (rung: Rung, blocked: boolean) => void;
  readonly recorder: Recorder;
  readonly snapshot: Snapshot;
}

export function Rungs({ blocked, onBlock, recorder, snapshot }: RungsProps): React.JSX.Element {
  const { transport, skipped } = useConnection();
  useEffect(() => {
    for (const { way, name } of RUNGS) recorder.status(name, transport === way ? 'open' : 'closed');
  }, [recorder, transport]);

  const place = RUNGS.findIndex(({ way }) => way === transport);
  return (
    <ol className="rungs" aria-label="The ladder, best first">
      {RUNGS.map((rung, index) => {
        const { way, name, how } = rung;
        const isBlocked = blocked.includes(way);
        const why = skipped.find((each) => each.transport === way)?.why;
        const state = place < 0 ? 'waiting' : index === place ? 'in use' : index < place ? 'skipped' : 'spare';
        return (
          <li key={way} className="rung" data-state={state} aria-current={state === 'in use' ? 'step' : undefined}>
            <div className="rung-what">
              <h3 className="rung-name">{name}</h3>
              <p className="hint">{how}</p>
            </div>
            <p className="rung-state">
              <span className="tag" data-tone={TONES[state]}>
                {state}
              </span>
              <span className="rung-why">{state === 'skipped' ? (why ?? '') : NOTES[state]}</span>
            </p>
            <Timeline
              label={`${name}, the last half minute`}
              stretches={snapshot.stretches[name] ?? []}
              marks={snapshot.marks}
              now={snapshot.now}
            />
            {rung.blocked ? (
              <button
                type="button"
                className="button"
                aria-pressed={isBlocked}
                onClick={() => onBlock(rung, !isBlocked)}
              >
                {rung.blocked}
              </button>
            ) : (
              <span className="hint rung-free">Gets through everywhere</span>
            )}
          </li>
        );
      })}
    </ol>
  );
}

const TONES = { 'in use': 'good', skipped: 'wait', spare: undefined, waiting: undefined } as const;
const NOTES = { 'in use': 'carries both ways', spare: 'not needed', waiting: 'no link yet', skipped: '' } as const;

/** Which rung carries, and for how long it has. */
export function Since({ snapshot: { stretches, now } }: Pick<RungsProps, 'snapshot'>): React.JSX.Element {
  const { transport } = useConnection();
  const { name = '' } = RUNGS.find(({ way }) => way === transport) ?? {};
  const seconds = (now - (stretches[name]?.at(-1)?.since ?? now)) / 1_000;
  return (
    <span className="hint since">{name === '' ? 'nothing carries it' : `${name} for ${seconds.toFixed(1)} s`}</span>
  );
}
