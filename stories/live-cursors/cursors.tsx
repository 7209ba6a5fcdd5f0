// Presence at the rate of a pointer: two people point at one table, each from a client of their own.

import { useState } from 'react';
import { Choices } from '../parts/choices.js';
import { useLab } from '../parts/lab.js';
import { Panel, Stage } from '../parts/stage.js';
import { Stat, Stats } from '../parts/stat.js';
import { useSampled } from '../parts/use-sampled.js';
import { Connected, Visitor } from '../parts/visitor.js';
import { type Counter, createCounter } from './counter.js';
import { Surface } from './surface.js';

export interface CursorsProps {
  /** Least time between two places that a client tells of itself, to begin with. */
  readonly throttleMs?: (typeof RATES)[number][0];
}

const RATES = [
  [16, '16 ms'],
  [50, '50 ms'],
  [200, '200 ms'],
  [1_000, '1 s'],
] as const;

const NAMES = ['Ada', 'Ben'] as const;

/** Move over a table and see your cursor move on the other one. */
export function Cursors({ throttleMs: first = 50 }: CursorsProps): React.JSX.Element {
  const lab = useLab();
  const [throttleMs, setThrottleMs] = useState<(typeof RATES)[number][0]>(first);
  const [people] = useState(() => NAMES.map((name) => ({ name, moved: createCounter(), heard: createCounter() })));
  return (
    <Stage
      title="Live cursors"
      lead="Move over one table, and see it on the other. Or focus a table and use the arrow keys; Space or a click calls: look here."
    >
      <Panel
        title="How often a cursor is told"
        aside={
          <Choices label="How often a cursor is told" value={throttleMs} options={RATES} onChange={setThrottleMs} />
        }
      >
        <p className="hint">
          A pointer moves more often than anybody must hear of it. Between two tellings the newest place wins, and the
          last one always arrives.
        </p>
      </Panel>
      <div className="columns" data-columns="2">
        {people.map(({ name, moved, heard }) => (
          <Visitor key={name} name={name} lab={lab} presenceThrottleMs={throttleMs}>
            <Panel title={name} aside={<Connected of={name} />}>
              <Surface name={name} house={lab.id} glideMs={Math.min(throttleMs, 250)} moved={moved} heard={heard} />
              <Rates moved={moved} heard={heard} />
            </Panel>
          </Visitor>
        ))}
      </div>
    </Stage>
  );
}

function Rates({ moved, heard }: { readonly moved: Counter; readonly heard: Counter }): React.JSX.Element {
  const own = useSampled(moved.read, 200);
  const others = useSampled(heard.read, 200);
  return (
    <Stats>
      <Stat label="Moved" value={own.perSecond} unit="/s" note={`${own.count} in all`} />
      <Stat label="Heard of the other" value={others.perSecond} unit="/s" note={`${others.count} in all`} />
    </Stats>
  );
}
