// What each hook costs, as a table and as lines over the last seconds.

import { useEffect, useEffectEvent, useMemo, useState } from 'react';
import { Plot, type PlotSeries } from '../parts/plot.js';
import type { HookName } from './cells.js';
import type { Flood } from './flood.js';
import type { Figures, Meter } from './meter.js';

export interface CostsProps {
  readonly flood: Flood;
  readonly meter: Meter;
  readonly hook: HookName;
  /** Messages per second that are to come. */
  readonly rate: number;
  /** What is run, in words: with another run the figures of both begin anew. */
  readonly run: string;
}

const EVERY_MS = 500;
const WINDOW_MS = 20_000;
/** The first figures after a change hold something of what was before. */
const SETTLING = 2;

interface Sample extends Figures {
  readonly at: number;
}
interface Measured {
  readonly samples: readonly Sample[];
  /** The newest of each hook, under this run. */
  readonly last: { readonly [hook in HookName]?: Figures };
  readonly run: string;
  readonly hook: HookName;
  /** How many since the last change. */
  readonly age: number;
}

const SERIES: readonly PlotSeries[] = [
  { label: 'commits a second', color: '--series-2' },
  { label: 'frames a second', color: '--series-3' },
];

export function Costs({ flood, meter, hook, rate, run }: CostsProps): React.JSX.Element {
  const [measured, setMeasured] = useState<Measured>({ samples: [], last: {}, run, hook, age: 0 });
  const look = useEffectEvent(() => {
    const figures = meter.read(flood.delivered());
    const at = Date.now();
    setMeasured(({ samples, last, ...before }) => {
      const isSame = before.run === run && before.hook === hook;
      const age = isSame ? before.age + 1 : 0;
      const kept = before.run === run ? last : {};
      return {
        samples: [...samples.filter((each) => at - each.at < WINDOW_MS), { ...figures, at }],
        last: age < SETTLING ? kept : { ...kept, [hook]: figures },
        ...{ run, hook, age },
      };
    });
  });
  useEffect(() => {
    const timer = setInterval(() => look(), EVERY_MS);
    return () => clearInterval(timer);
  }, []);

  const { samples, last } = measured;
  const [at, values] = useMemo(
    () => [
      samples.map((each) => each.at),
      [samples.map(({ commits }) => commits), samples.map(({ frames }) => frames)],
    ],
    [samples],
  );
  const shown = measured.run === run ? last : {};
  return (
    <>
      <div className="books costs" tabIndex={0} role="group" aria-label="Figures of both hooks">
        <table>
          <thead>
            <tr>
              <th scope="col">Per second</th>
              <th scope="col">Messages</th>
              <th scope="col">Commits</th>
              <th scope="col">Renders</th>
              <th scope="col">Frames</th>
              <th scope="col">Longest task</th>
            </tr>
          </thead>
          <tbody>
            <Row name="useWebSocket" figures={shown.roomtone} rate={rate} isNow={hook === 'roomtone'} />
            <Row name="useState" figures={shown.useState} rate={rate} isNow={hook === 'useState'} />
          </tbody>
        </table>
      </div>
      <Plot label="Commits and frames over 20 seconds" at={at} values={values} windowMs={WINDOW_MS} series={SERIES} />
      <ul className="legend">
        {SERIES.map(({ label, color }) => (
          <li key={label} style={{ '--swatch': `var(${color})` } as React.CSSProperties}>
            {label}
          </li>
        ))}
      </ul>
    </>
  );
}

interface RowProps {
  readonly name: string;
  readonly figures: Figures | undefined;
  readonly rate: number;
  /** It is the one that runs; the other shows its last figures. */
  readonly isNow: boolean;
}

const amount = (value: number | undefined): string => (value === undefined ? '–' : value.toLocaleString('en'));

function Row({ name, figures, rate, isNow }: RowProps): React.JSX.Element {
  const task = figures?.longestTask;
  return (
    <tr data-now={isNow}>
      <th scope="row">
        {name} <span className="hint">{isNow ? 'now' : figures ? 'before' : 'not tried'}</span>
      </th>
      <td data-tone={figures && figures.messages < 0.8 * rate ? 'bad' : undefined}>{amount(figures?.messages)}</td>
      <td>{amount(figures?.commits)}</td>
      <td>{amount(figures?.renders)}</td>
      <td data-tone={figures && figures.frames < 30 ? 'bad' : undefined}>{amount(figures?.frames)}</td>
      <td data-tone={task !== undefined && task > 100 ? 'bad' : undefined}>
        {task === 0 ? '< 50 ms' : task === undefined ? '–' : `${amount(task)} ms`}
      </td>
    </tr>
  );
}
