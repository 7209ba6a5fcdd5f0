// A bad network at the push of a button, and three hooks that live through it.

import { useEffect, useState } from 'react';
import { type Feed, useEventSource, useLongPoll, useWebSocket } from '../../src/index.js';
import { Choices } from '../parts/choices.js';
import { timeOf } from '../parts/format.js';
import { useLab } from '../parts/lab.js';
import { Log } from '../parts/log.js';
import { Panel, Stage } from '../parts/stage.js';
import { Stat, Stats } from '../parts/stat.js';
import { Countdown, StatusBadge, Why } from '../parts/status.js';
import { useSampled } from '../parts/use-sampled.js';
import { createGauge, type Gauge } from '../transport-lab/gauge.js';
import { createLedger, type Heard, type Ledger, type Own } from './ledger.js';
import { createRecorder, type Recorder, type Snapshot } from './record.js';
import { Timeline } from './timeline.js';

export interface StormProps {
  /** Silence after which the WebSocket is asked whether it is still there; it has as long again to answer. */
  readonly heartbeatMs?: number;
  /** Silence after which SSE and long poll count as stalled. */
  readonly idleTimeoutMs?: number;
  /** How long one attempt may take. */
  readonly connectTimeoutMs?: number;
  /** The first window of the backoff. */
  readonly initialDelayMs?: number;
  /** No window is longer. */
  readonly maxDelayMs?: number;
}

const LANES = ['WebSocket', 'Server-Sent Events', 'Long poll'] as const;

const notes: Readonly<Record<(typeof LANES)[number], string>> = {
  WebSocket:
    'A heartbeat finds a network that has gone silent. Plain frames carry no place to resume from, so what is published meanwhile is missing here, and counted.',
  'Server-Sent Events':
    'An idle limit finds a network that has gone silent. It comes back with the id of the last event, and the server fills the hole.',
  'Long poll':
    'Every question says where the last answer ended, so nothing falls between two. A cut it may not even notice: a browser asks again by itself when a connection that it had used before breaks before the answer.',
};

/** Cut, delay, refuse and freeze the way to the server, and watch what the hooks report meanwhile. */
export function Storm({
  heartbeatMs = 1_200,
  idleTimeoutMs = 2_500,
  connectTimeoutMs = 3_000,
  initialDelayMs = 1_000,
  maxDelayMs = 4_000,
}: StormProps): React.JSX.Element {
  const lab = useLab();
  const { order } = lab;
  const [recorder] = useState(createRecorder);
  const [lanes] = useState(() => LANES.map((name) => ({ name, gauge: createGauge(), ledger: createLedger(name) })));
  const snapshot = useSampled(recorder.read, 150);

  useEffect(() => {
    void order({ perSecond: 5 });
  }, [order]);

  const common = { retry: { initialDelayMs, maxDelayMs }, stableMs: 1_000, connectTimeoutMs, history: 0 };
  const listeners = lanes.map(({ name, gauge, ledger }) => listen(name, gauge, ledger, recorder));
  const url = lab.realtime(lab.room);
  const socket = useWebSocket<Heard, Own>(url, {
    ...common,
    ...listeners[0],
    heartbeat: { intervalMs: heartbeatMs, timeoutMs: heartbeatMs },
  });
  const stream = useEventSource<Heard, Own>(url, { ...common, ...listeners[1], idleTimeoutMs, uplink: url });
  const held = useLongPoll<Heard, Own>(`${url}&wait=25`, { ...common, ...listeners[2], idleTimeoutMs, uplink: url });
  const feeds = [socket, stream, held];

  return (
    <Stage
      title="A bad network"
      lead="Three hooks hear the same numbered messages through a network of your own. Take it away from them: nobody else in the playground notices."
    >
      <Meddle lab={lab} recorder={recorder} />
      <div className="columns">
        {lanes.map(({ name, gauge, ledger }, i) => {
          const feed = feeds[i];
          return (
            feed && (
              <Lane
                key={name}
                name={name}
                feed={feed}
                gauge={gauge}
                ledger={ledger}
                recorder={recorder}
                snapshot={snapshot}
              />
            )
          );
        })}
      </div>
      <Events snapshot={snapshot} />
    </Stage>
  );
}

type Callbacks = Pick<Parameters<typeof useWebSocket<Heard, Own>>[1] & object, 'onMessage' | 'onClose' | 'onError'>;

function listen(name: string, gauge: Gauge, ledger: Ledger, recorder: Recorder): Callbacks {
  return {
    onMessage: (message) => {
      if (!ledger.heard(message)) gauge.record(message as Parameters<Gauge['record']>[0]);
    },
    onClose: (end) => recorder.closed(name, end),
    onError: (error) => recorder.failed(name, error),
  };
}

const DELAYS = [
  [0, 'none'],
  [100, '100 ms'],
  [500, '500 ms'],
] as const;

interface MeddleProps {
  readonly lab: ReturnType<typeof useLab>;
  readonly recorder: Recorder;
}

function Meddle({ lab, recorder }: MeddleProps): React.JSX.Element {
  const [refusing, setRefusing] = useState(false);
  const [frozen, setFrozen] = useState(false);
  const [delayMs, setDelayMs] = useState<number>(0);
  const order = (what: string, wish: Parameters<typeof lab.order>[0]): void => {
    recorder.meddled(what);
    void lab.order(wish);
  };
  return (
    <Panel title="The network">
      <div className="controls">
        <div className="field">
          <span>Breaks every connection</span>
          <div className="row">
            <button type="button" className="button" onClick={() => order('cut every connection', { cut: true })}>
              Cut
            </button>
          </div>
        </div>
        <div className="field">
          <span>The server is down</span>
          <div className="row">
            <button
              type="button"
              className="button"
              aria-pressed={refusing}
              onClick={() => {
                order(refusing ? 'let everybody in again' : 'took the server down', { refuse: !refusing });
                setRefusing(!refusing);
              }}
            >
              Refuse
            </button>
          </div>
        </div>
        <div className="field">
          <span>Everything goes silent</span>
          <div className="row">
            <button
              type="button"
              className="button"
              aria-pressed={frozen}
              onClick={() => {
                order(frozen ? 'thawed the network' : 'froze the network', { frozen: !frozen });
                setFrozen(!frozen);
              }}
            >
              Freeze
            </button>
          </div>
        </div>
        <div className="field">
          <span>Delay, each way</span>
          <Choices
            label="Delay, each way"
            value={delayMs}
            options={DELAYS}
            onChange={(ms) => {
              order(`made everything ${ms} ms late`, { delayMs: ms });
              setDelayMs(ms);
            }}
          />
        </div>
      </div>
      <p className="hint">
        Below, each strip is the last half minute of a hook: the thick part is open, the thin one on the way, and a
        stroke is where you meddled.
      </p>
    </Panel>
  );
}

interface LaneProps {
  readonly name: (typeof LANES)[number];
  readonly feed: Feed<Heard, Own>;
  readonly gauge: Gauge;
  readonly ledger: Ledger;
  readonly recorder: Recorder;
  readonly snapshot: Snapshot;
}

const looks = {
  queued: ['wait', 'queued'],
  sent: [undefined, 'sent'],
  dropped: ['bad', 'dropped'],
  back: ['good', 'back'],
} as const;

function Lane({ name, feed, gauge, ledger, recorder, snapshot }: LaneProps): React.JSX.Element {
  const { status, error, attempt, nextAttemptAt, queued, resumed } = feed;
  useEffect(() => recorder.status(name, status), [recorder, name, status]);
  const { count, missing } = useSampled(gauge.read, 250);
  const sent = useSampled(ledger.read, 100);
  return (
    <Panel
      title={name}
      aside={
        <>
          <Timeline
            label={`${name}, the last half minute`}
            stretches={snapshot.stretches[name] ?? []}
            marks={snapshot.marks}
            now={snapshot.now}
          />
          <StatusBadge status={status} of={name} />
        </>
      }
    >
      <Why status={status} error={error} calm={notes[name]} />
      <div className="lane">
        <Stats>
          <Stat label="Next attempt" value={<Countdown until={nextAttemptAt} />} />
          <Stat label="Failures" value={attempt} tone={attempt > 0 ? 'wait' : undefined} />
          <Stat label="Resumed" value={resumed === null ? '–' : resumed ? 'yes' : 'no'} />
          <Stat label="Received" value={count.toLocaleString('en')} />
          <Stat label="Missing" value={missing} tone={missing > 0 ? 'bad' : 'good'} />
        </Stats>
        <div className="lane-sends">
          <button type="button" className="button" onClick={() => ledger.send(feed.send)}>
            Send one
          </button>
          <span className="hint">{queued} queued</span>
          <ul className="sends" aria-label={`What was sent over ${name}`}>
            {sent.map(({ k, state }) => (
              <li key={k} className="tag" data-tone={looks[state][0]}>
                {k} {looks[state][1]}
              </li>
            ))}
          </ul>
        </div>
      </div>
    </Panel>
  );
}

function Events({ snapshot: { entries } }: { readonly snapshot: Snapshot }): React.JSX.Element {
  return (
    <Panel title="What happened">
      <Log label="What happened" empty="Nothing yet." version={entries.at(-1)?.id} height={170}>
        {entries.map(({ id, at, who, what, why }) => (
          <p className="log-line" key={id}>
            <span className="log-time">{timeOf(at)}</span>
            <span className="log-text">
              <b>{who}</b> <span>{what}</span>
              {why && <span className="log-why"> – {why}</span>}
            </span>
          </p>
        ))}
      </Log>
    </Panel>
  );
}
