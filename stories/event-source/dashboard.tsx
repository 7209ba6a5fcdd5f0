// A dashboard on one event stream: what is kept is what is drawn.

import { useMemo, useState } from 'react';
import { type Message, useEventSource } from '../../src/index.js';
import { Choices } from '../parts/choices.js';
import type { Metrics } from '../parts/demo-data.js';
import { figure } from '../parts/format.js';
import { useLab } from '../parts/lab.js';
import { Plot, type PlotSeries } from '../parts/plot.js';
import { Panel, Stage } from '../parts/stage.js';
import { Stat, Stats } from '../parts/stat.js';
import { Countdown, StatusBadge, Why } from '../parts/status.js';

export interface DashboardProps {
  /** How many samples are kept, four a second; also what the server is asked to replay at the first connection. */
  readonly history?: number;
  /** Silence after which the stream counts as stalled and is opened again. */
  readonly idleTimeoutMs?: number;
}

const WINDOWS = [
  [30_000, '30 s'],
  [60_000, '1 min'],
  [120_000, '2 min'],
] as const;

/** A small fleet's metrics over Server-Sent Events: one GET that never ends, resumed by id when it breaks. */
export function Dashboard({ history = 500, idleTimeoutMs = 5_000 }: DashboardProps): React.JSX.Element {
  const lab = useLab();
  const feed = useEventSource<Metrics>(`${lab.realtime('metrics')}&replay=${history}`, {
    history,
    idleTimeoutMs,
    retry: { initialDelayMs: 500, maxDelayMs: 5_000 },
  });
  const { status, error, nextAttemptAt, count, messages, lastMessage, resumed } = feed;
  const [paused, setPaused] = useState<{
    readonly messages: readonly Message<Metrics>[];
    readonly count: number;
  } | null>(null);
  const [windowMs, setWindowMs] = useState<number>(60_000);
  const shown = paused?.messages ?? messages;
  const waiting = paused ? count - paused.count : 0;

  return (
    <Stage
      title="A dashboard over Server-Sent Events"
      lead="Four samples a second of an invented service. Cut the stream: the hook comes back with the id of the last event it saw, and the server fills the hole. The lines show no gap."
    >
      <Panel title="The stream" aside={<StatusBadge status={status} of="The stream" />}>
        <Stats>
          <Stat
            label="Samples"
            value={count.toLocaleString('en')}
            note={paused ? `${waiting} behind the pause` : 'all that ever came'}
          />
          <Stat
            label="Last reconnect"
            value={resumed === null ? '–' : resumed ? 'no gap' : 'a gap'}
            tone={resumed === null ? undefined : resumed ? 'good' : 'bad'}
            note="resumed by event id"
          />
          <Stat label="Next attempt" value={<Countdown until={nextAttemptAt} />} note="backoff with jitter" />
          <Stat
            label="Last event id"
            value={<span className="code">{lastMessage?.id ?? '–'}</span>}
            note="sent as Last-Event-ID"
          />
        </Stats>
        <Why status={status} error={error} />
        <div className="row spread">
          <div className="row">
            <button
              type="button"
              className="button"
              data-look="main"
              style={{ minWidth: 96 }}
              onClick={() => setPaused(paused ? null : { messages, count })}
            >
              {paused ? 'Go on' : 'Pause'}
            </button>
            <Choices label="Time shown" value={windowMs} options={WINDOWS} onChange={setWindowMs} />
          </div>
          <button type="button" className="button" onClick={() => void lab.order({ cut: true })}>
            Cut the stream
          </button>
        </div>
      </Panel>
      <Charts messages={shown} windowMs={windowMs} />
    </Stage>
  );
}

const ERRORS: readonly PlotSeries[] = [{ label: 'Errors', color: '--bad', look: 'bars' }];
const REQUESTS: readonly PlotSeries[] = [{ label: 'Requests', color: '--series-1', look: 'area' }];
const LATENCY: readonly PlotSeries[] = [
  { label: 'p50', color: '--series-3' },
  { label: 'p95', color: '--series-2' },
];
const NODE_COLORS = ['--series-1', '--series-2', '--series-4'] as const;

interface ChartsProps {
  readonly messages: readonly Message<Metrics>[];
  readonly windowMs: number;
}

function Charts({ messages, windowMs }: ChartsProps): React.JSX.Element {
  const [hovered, setHovered] = useState<number | null>(null);
  const data = useMemo(() => {
    const last = messages.at(-1)?.data.at ?? 0;
    const samples = messages.map((each) => each.data).filter(({ at }) => at > last - windowMs);
    const nodes = samples.at(-1)?.nodes ?? [];
    const column = (pick: (sample: Metrics) => number): number[] => samples.map(pick);
    return {
      at: column(({ at }) => at),
      requests: [column((each) => each.requests)],
      latency: [column((each) => each.p50), column((each) => each.p95)],
      errors: [column((each) => each.errors)],
      cpu: nodes.map((_, i) => column((each) => each.cpu[i] ?? 0)),
      nodes: nodes.map((label, i): PlotSeries => ({
        label,
        color: NODE_COLORS[i % NODE_COLORS.length] ?? '--series-5',
      })),
    };
  }, [messages, windowMs]);
  const common = { at: data.at, windowMs, hovered, onHover: setHovered };
  return (
    <div className="columns" data-columns="2">
      <Chart {...common} title="Requests per second" series={REQUESTS} values={data.requests} />
      <Chart {...common} title="Latency" unit=" ms" series={LATENCY} values={data.latency} />
      <Chart {...common} title="CPU per node" unit=" %" series={data.nodes} values={data.cpu} />
      <Chart {...common} title="Errors per sample" series={ERRORS} values={data.errors} />
    </div>
  );
}

interface ChartProps {
  readonly title: string;
  readonly unit?: string;
  readonly series: readonly PlotSeries[];
  readonly at: readonly number[];
  readonly values: readonly (readonly number[])[];
  readonly windowMs: number;
  readonly hovered: number | null;
  readonly onHover: (index: number | null) => void;
}

function Chart({ title, unit = '', series, at, values, windowMs, hovered, onHover }: ChartProps): React.JSX.Element {
  const index = hovered ?? at.length - 1;
  const read = (i: number): string => {
    const value = values[i]?.[index];
    return value === undefined ? '–' : `${figure(value)}${unit}`;
  };
  const now = series.map(({ label }, i) => `${label} ${read(i)}`).join(', ');
  return (
    <Panel title={title}>
      <ul className="legend">
        {series.map(({ label, color }, i) => (
          <li key={label} style={{ '--swatch': `var(${color})` } as React.CSSProperties}>
            {label} <b>{read(i)}</b>
          </li>
        ))}
      </ul>
      <Plot
        label={`${title}: ${now}`}
        series={series}
        at={at}
        values={values}
        windowMs={windowMs}
        unit={unit}
        height={160}
        together="dashboard"
        onHover={onHover}
      />
    </Panel>
  );
}
