// One stream, four ways to hear it, and what each of them costs.

import { useEffect, useMemo, useState } from 'react';
import { type Status, usePoll } from '../../src/index.js';
import { Choices } from '../parts/choices.js';
import { bytesOf, durationOf, figure } from '../parts/format.js';
import { type Lab, type LabReport, useLab } from '../parts/lab.js';
import { Plot, type PlotSeries } from '../parts/plot.js';
import { Panel, Stage } from '../parts/stage.js';
import { StatusBadge } from '../parts/status.js';
import { useSampled } from '../parts/use-sampled.js';
import type { Reading } from './gauge.js';
import { type Lane, useLanes } from './lanes.js';

export interface SideBySideProps {
  /** Messages per second at the start: 1, 2, 5, 10, 20 or 50. */
  readonly perSecond?: number;
  /** How often the poll asks at the start. */
  readonly pollMs?: number;
}

/** The same numbered messages over WebSocket, SSE, long poll and poll: how late, how many requests, how many bytes. */
export function SideBySide({ perSecond = 5, pollMs = 2_000 }: SideBySideProps): React.JSX.Element {
  const [turn, setTurn] = useState(0);
  return (
    <Stage
      title="Transport lab"
      lead="The server publishes numbered messages with the time on them. Four hooks hear them, each in its own way. Turn the rate up, make the network slow, and see who pays with what."
    >
      <Run key={turn} perSecond={perSecond} pollMs={pollMs} onAgain={() => setTurn(turn + 1)} />
    </Stage>
  );
}

const RATES = [1, 2, 5, 10, 20, 50] as const;

const INTERVALS = [
  [500, '0.5 s'],
  [2_000, '2 s'],
  [5_000, '5 s'],
] as const;

const DELAYS = [
  [0, 'none'],
  [100, '100 ms'],
  [400, '400 ms'],
] as const;

interface RunProps extends Required<SideBySideProps> {
  readonly onAgain: () => void;
}

function Run({ perSecond, pollMs: firstPollMs, onAgain }: RunProps): React.JSX.Element {
  const lab = useLab();
  const { order } = lab;
  const [step, setStep] = useState(() =>
    Math.max(
      0,
      RATES.findIndex((rate) => rate >= perSecond),
    ),
  );
  const [pollMs, setPollMs] = useState(firstPollMs);
  const [delayMs, setDelayMs] = useState(0);
  const { lanes, statuses } = useLanes(lab, pollMs);
  const rate = RATES[step] ?? 5;

  useEffect(() => {
    const orderedAt = Date.now();
    void order({ perSecond: rate, delayMs }).then(({ now }) => {
      const roundTripMs = Date.now() - orderedAt;
      const skewMs = now - orderedAt - roundTripMs / 2;
      // what lies within the round trip is no proof of another clock
      for (const { gauge } of lanes) gauge.setSkew(Math.abs(skewMs) <= roundTripMs + 2 ? 0 : skewMs);
    });
  }, [order, lanes, rate, delayMs]);

  return (
    <>
      <Panel
        title="The stream and the network"
        aside={
          <button type="button" className="button" onClick={onAgain}>
            Start over
          </button>
        }
      >
        <div className="controls">
          <label className="field">
            <span>
              Messages per second: <b>{rate}</b>
            </span>
            <input
              className="slider"
              type="range"
              min={0}
              max={RATES.length - 1}
              value={step}
              aria-valuetext={`${rate} per second`}
              onChange={({ target }) => setStep(Number(target.value))}
            />
          </label>
          <div className="field">
            <span>The network adds, each way</span>
            <Choices label="The network adds, each way" value={delayMs} options={DELAYS} onChange={setDelayMs} />
          </div>
          <div className="field">
            <span>The poll asks every</span>
            <Choices label="The poll asks every" value={pollMs} options={INTERVALS} onChange={setPollMs} />
          </div>
        </div>
      </Panel>
      <Cards lab={lab} lanes={lanes} statuses={statuses} />
      <p className="hint">
        Late: from the server’s clock at publishing to the hook’s. On the wire: every byte both ways, HTTP headers and
        WebSocket frames included, TCP and TLS not, counted by the server. Requests: counted in this page, by a{' '}
        <code className="code">fetch</code> and a <code className="code">WebSocket</code> that were handed to the hooks.
      </p>
    </>
  );
}

interface Column {
  readonly reading: Reading;
  readonly requests: number;
  /** Bytes on the wire per message; null until there is one. */
  readonly cost: number | null;
}

interface CardsProps {
  readonly lab: Lab;
  readonly lanes: readonly Lane[];
  readonly statuses: readonly Status[];
}

function Cards({ lab, lanes, statuses }: CardsProps): React.JSX.Element {
  const [costs, setCosts] = useState<readonly (number | null)[]>([]);
  usePoll<LabReport>(`/lab/${lab.id}`, {
    intervalMs: 1_000,
    history: 0,
    // bytes and messages of one moment, or the cost of the newest messages would be counted as none
    onMessage: ({ data }) =>
      setCosts(
        lanes.map(({ way, gauge }) => {
          const { bytesUp, bytesDown } = data.ways[way];
          const { count } = gauge.read();
          return count === 0 ? null : (bytesUp + bytesDown) / count;
        }),
      ),
  });
  const read = useMemo(
    () => () => lanes.map(({ gauge, counted }) => ({ reading: gauge.read(), requests: counted.read().requests })),
    [lanes],
  );
  const columns = useSampled(read, 500).map((column, i): Column => ({ ...column, cost: costs[i] ?? null }));
  const most = (pick: (column: Column) => number | null): number =>
    Math.max(...columns.map((each) => pick(each) ?? 0), 1e-9);
  const scale: Scale = {
    late: most((each) => each.reading.p95),
    requests: most((each) => each.requests),
    cost: most((each) => each.cost),
  };
  return (
    <div className="columns" data-columns="4">
      {lanes.map((lane, i) => {
        const column = columns[i];
        return (
          column && <Card key={lane.way} lane={lane} status={statuses[i] ?? 'idle'} column={column} scale={scale} />
        );
      })}
    </div>
  );
}

interface Scale {
  readonly late: number;
  readonly requests: number;
  readonly cost: number;
}

interface CardProps {
  readonly lane: Lane;
  readonly status: Status;
  readonly column: Column;
  readonly scale: Scale;
}

const LATE: readonly PlotSeries[] = [{ label: 'late', color: '--series-1', look: 'area' }];

function Card({ lane, status, column, scale }: CardProps): React.JSX.Element {
  const { p50, p95, count, missing, at, lateMs } = column.reading;
  const values = useMemo(() => [lateMs], [lateMs]);
  const { cost } = column;
  const top = lateMs.length === 0 ? null : durationOf(Math.max(...lateMs.slice(-200)));
  return (
    <Panel title={lane.name}>
      <div className="row spread">
        <StatusBadge status={status} of={lane.name} />
      </div>
      <p className="hint">{lane.how}</p>
      <Plot
        label={`${lane.name}: how late, over 20 seconds`}
        at={at}
        values={values}
        windowMs={20_000}
        height={52}
        axes={false}
        series={LATE}
      />
      <p className="hint plot-note">20 s{top && `, up to ${top.join(' ')}`}</p>
      <dl className="compare">
        <Row label="Late, typically" value={p50 === null ? null : durationOf(p50)} share={(p50 ?? 0) / scale.late} />
        <Row label="Late, 1 in 20" value={p95 === null ? null : durationOf(p95)} share={(p95 ?? 0) / scale.late} />
        <Row
          label={lane.way === 'websocket' ? 'Sockets opened' : 'Requests made'}
          value={[column.requests.toLocaleString('en'), '']}
          share={column.requests / scale.requests}
        />
        <Row
          label="On the wire, per message"
          value={cost === null ? null : bytesOf(cost)}
          share={(cost ?? 0) / scale.cost}
        />
        <Row label="Received" value={[figure(count), '']} />
        <Row label="Missing" value={[figure(missing), '']} />
      </dl>
      <p className="hint">{lane.when}</p>
    </Panel>
  );
}

interface RowProps {
  readonly label: string;
  readonly value: readonly [amount: string, unit: string] | null;
  readonly share?: number;
}

function Row({ label, value, share }: RowProps): React.JSX.Element {
  return (
    <div className="compare-row" data-bar={share !== undefined}>
      <dt>{label}</dt>
      <dd>
        {value ? value[0] : '–'}
        {value && value[1] !== '' && <span className="stat-unit">{value[1]}</span>}
        {share !== undefined && (
          <span className="bar compare-bar" aria-hidden="true">
            <span style={{ scale: `${Math.min(1, share)} 1` }} />
          </span>
        )}
      </dd>
    </div>
  );
}
