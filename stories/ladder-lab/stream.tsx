// Numbered messages both ways over whichever rung is in use, and what became of them.

import { useEffect, useEffectEvent } from 'react';
import { defineRoom, useRoom } from '../../src/index.js';
import type { Numbered } from '../parts/demo-data.js';
import { Stat, Stats } from '../parts/stat.js';
import { useSampled } from '../parts/use-sampled.js';
import type { Tally, TallyReading } from './tally.js';

const numbered = defineRoom<Numbered>('ladder');
const PATIENCE_MS = 10 * 60_000;

export interface StreamProps {
  readonly house: string;
  /** The room in which the server counts. */
  readonly room: string;
  readonly perSecond: number;
  readonly down: Tally;
  readonly up: Tally;
}

export function Stream({ house, room, perSecond, down, up }: StreamProps): React.JSX.Element {
  useRoom<Numbered>(room, { history: 0, onMessage: ({ data }) => down.heard(data.n) });
  // what we say comes back to us in the order of its room: that is how one knows what the server has
  const { send } = useRoom(numbered(house), { history: 0, onMessage: ({ data }) => up.heard(data.n) });
  const sayNext = useEffectEvent(() => {
    const { done } = send({ n: up.next(), at: Date.now() }, { timeoutMs: PATIENCE_MS });
    void done.then(({ status }) => status !== 'acknowledged' && up.gaveUp());
  });
  useEffect(() => {
    if (perSecond === 0) return undefined;
    const timer = setInterval(() => sayNext(), 1_000 / perSecond);
    return () => clearInterval(timer);
  }, [perSecond]);

  const [came, went] = [useSampled(down.read, 150), useSampled(up.read, 150)];
  const lost = came.lost + went.lost;
  const doubled = came.doubled + went.doubled;
  const isWell = lost + doubled + came.disorder + went.disorder === 0;
  return (
    <>
      <p className="verdict" role="status" aria-label="The verdict" data-tone={isWell ? 'good' : 'bad'}>
        {isWell ? 'Lost 0, doubled 0, both ways.' : `Lost ${lost}, doubled ${doubled}.`}
      </p>
      <div className="columns" data-columns="2">
        <Way label="From the server" reading={came} />
        <Way label="To the server and back" reading={went} />
      </div>
    </>
  );
}

function Way({ label, reading }: { readonly label: string; readonly reading: TallyReading }): React.JSX.Element {
  const { sent, heard, lost, doubled, disorder } = reading;
  return (
    <section aria-label={label} className="way">
      <h3 className="hint">{label}</h3>
      <Stats>
        <Stat label="Arrived" value={heard.toLocaleString('en')} />
        <Stat label="On the way" value={sent === 0 ? '–' : Math.max(0, sent - heard - lost)} />
        <Stat label="Lost" value={lost} tone={lost > 0 ? 'bad' : 'good'} />
        <Stat label="Doubled" value={doubled} tone={doubled > 0 ? 'bad' : 'good'} />
        <Stat label="Out of order" value={disorder} tone={disorder > 0 ? 'bad' : 'good'} />
      </Stats>
    </section>
  );
}
