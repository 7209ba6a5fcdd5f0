// Three components that ask for the same socket: two people who talk, and a panel that watches the wire.

import { useMemo, useState } from 'react';
import { type Delivery, useWebSocket, type UseWebSocketOptions } from '../../src/index.js';
import { type Counted, createCounted } from '../parts/counted.js';
import type { Line } from '../parts/demo-data.js';
import { timeOf } from '../parts/format.js';
import { useLab } from '../parts/lab.js';
import { Log } from '../parts/log.js';
import { Panel, Stage } from '../parts/stage.js';
import { Stat, Stats } from '../parts/stat.js';
import { Countdown, StatusBadge, Why } from '../parts/status.js';
import { useSampled } from '../parts/use-sampled.js';

export interface ConversationProps {
  /** Silence after which a heartbeat asks "still there?"; its round trip is the latency. */
  readonly heartbeatMs?: number;
  /** The first window of the backoff; a wait is drawn at random within it, and each window is twice the one before. */
  readonly initialDelayMs?: number;
  /** No window is longer. */
  readonly maxDelayMs?: number;
}

type LinkOptions = Pick<UseWebSocketOptions<Line, Line>, 'heartbeat' | 'retry' | 'WebSocket'>;

interface Peer {
  readonly url: string;
  readonly options: LinkOptions;
}

/** Talk to an echo room: what one says, all hear, over one shared socket. */
export function Conversation({
  heartbeatMs = 2_000,
  initialDelayMs = 1_000,
  maxDelayMs = 8_000,
}: ConversationProps): React.JSX.Element {
  const lab = useLab();
  const [counted] = useState(createCounted);
  const url = lab.realtime(`talk-${lab.id}`);
  const peer = useMemo<Peer>(
    () => ({
      url,
      options: {
        heartbeat: { intervalMs: heartbeatMs, timeoutMs: 2_000 },
        retry: { initialDelayMs, maxDelayMs },
        WebSocket: counted.WebSocket,
      },
    }),
    [url, counted, heartbeatMs, initialDelayMs, maxDelayMs],
  );
  return (
    <Stage
      title="Talk over a WebSocket"
      lead="Anna, Ben and the panel above them are three components with a hook each. They ask for the same peer, so they share one socket. Say something, then take the wire away and say something more."
    >
      <Wire
        peer={peer}
        counted={counted}
        onCut={() => void lab.order({ cut: true })}
        onAway={() => void lab.order({ refuse: 4_000 })}
      />
      <div className="columns" data-columns="2">
        <Person name="Anna" peer={peer} placeholder="Hello, Ben" />
        <Person name="Ben" peer={peer} placeholder="Hello, Anna" />
      </div>
    </Stage>
  );
}

interface WireProps {
  readonly peer: Peer;
  readonly counted: Counted;
  readonly onCut: () => void;
  readonly onAway: () => void;
}

/** Reads no message, so no message renders it. */
function Wire({ peer, counted, onCut, onAway }: WireProps): React.JSX.Element {
  const link = useWebSocket<Line, Line>(peer.url, peer.options);
  const { status, error, attempt, nextAttemptAt, latencyMs, queued } = link;
  const { requests } = useSampled(counted.read, 250);
  const wanted = status !== 'idle' && status !== 'closed' && status !== 'failed';
  return (
    <Panel title="The wire" aside={<StatusBadge status={status} of="The wire" />}>
      <Stats>
        <Stat label="Sockets opened" value={requests} note="for three hooks" />
        <Stat
          label="Latency"
          value={latencyMs === null ? '–' : latencyMs.toFixed(1)}
          unit={latencyMs === null ? undefined : 'ms'}
          note="of the last heartbeat"
        />
        <Stat label="Queued" value={queued} tone={queued > 0 ? 'wait' : undefined} note="sends that wait" />
        <Stat
          label="Failures in a row"
          value={attempt}
          tone={attempt > 0 ? 'wait' : undefined}
          note="forgotten when stable"
        />
        <Stat label="Next attempt" value={<Countdown until={nextAttemptAt} />} note="backoff with jitter" />
      </Stats>
      <Why status={status} error={error} />
      <div className="row spread">
        <div className="row">
          <button type="button" className="button" onClick={link.connect} disabled={wanted}>
            Connect
          </button>
          <button type="button" className="button" onClick={() => link.disconnect()} disabled={!wanted}>
            Disconnect
          </button>
          <button type="button" className="button" onClick={() => void link.reconnect().catch(() => {})}>
            Reconnect
          </button>
        </div>
        <div className="row">
          <button type="button" className="button" onClick={onCut}>
            Cut the wire
          </button>
          <button type="button" className="button" onClick={onAway}>
            Server away for 4 s
          </button>
        </div>
      </div>
    </Panel>
  );
}

interface PersonProps {
  readonly name: string;
  readonly peer: Peer;
  readonly placeholder: string;
}

const verdicts: { readonly [verdict in Delivery['verdict']]: string } = {
  sent: 'Sent: it was given to the wire.',
  queued: 'Queued: it leaves as soon as there is a wire.',
  dropped: 'Dropped: there is no link to wait for.',
};

function Person({ name, peer, placeholder }: PersonProps): React.JSX.Element {
  const { messages, count, send } = useWebSocket<Line, Line>(peer.url, peer.options);
  const [text, setText] = useState('');
  const [verdict, setVerdict] = useState<Delivery['verdict'] | null>(null);

  const say = (event: React.SyntheticEvent): void => {
    event.preventDefault();
    const words = text.trim();
    if (words === '') return;
    setVerdict(send({ from: name, text: words }).verdict);
    setText('');
  };
  return (
    <Panel title={name} aside={<span className="hint">{count} heard</span>}>
      <Log label={`What ${name} hears`} empty="Nothing has been said yet." version={count} height={150}>
        {messages.map(({ data, receivedAt }, i) => (
          <p className="log-line" key={`${receivedAt}-${count - messages.length + i}`}>
            <span className="log-time">{timeOf(receivedAt)}</span>
            <span className="log-text">
              <b>{data.from === name ? 'You' : data.from}</b> {data.text}
            </span>
          </p>
        ))}
      </Log>
      <form className="row" onSubmit={say}>
        <input
          className="input"
          style={{ flex: '1 1 8ch', width: 'auto' }}
          value={text}
          placeholder={placeholder}
          aria-label={`${name} says`}
          autoComplete="off"
          onChange={({ target }) => setText(target.value)}
        />
        <button type="submit" className="button" data-look="main">
          Send
        </button>
      </form>
      <p className="hint" role="status" style={{ minHeight: 19 }}>
        {verdict === null ? '' : verdicts[verdict]}
      </p>
    </Panel>
  );
}
