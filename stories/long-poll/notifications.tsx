// Notifications over long poll: a request that waits with you, and a form that posts one more.

import { useState } from 'react';
import { type Delivery, type Message, useLongPoll } from '../../src/index.js';
import { Choices } from '../parts/choices.js';
import { createCounted } from '../parts/counted.js';
import type { Note } from '../parts/demo-data.js';
import { bytesOf, timeOf } from '../parts/format.js';
import { useLab } from '../parts/lab.js';
import { Panel, Stage } from '../parts/stage.js';
import { Stat, Stats } from '../parts/stat.js';
import { StatusBadge, Why } from '../parts/status.js';
import { useSampled } from '../parts/use-sampled.js';

export interface NotificationsProps {
  /** How long the server may hold a request that has nothing to say, in seconds. */
  readonly waitSeconds?: number;
  /** How many notifications are kept. */
  readonly history?: number;
}

/** Notifications with plain requests: each is held until there is news, answered, and asked again from where it ended. */
export function Notifications({ waitSeconds = 25, history = 30 }: NotificationsProps): React.JSX.Element {
  const lab = useLab();
  const [counted] = useState(createCounted);
  const [seen, setSeen] = useState<number>(0);
  const room = lab.realtime('notifications');
  const feed = useLongPoll<Note, Note>(`${room}&wait=${waitSeconds}&replay=3`, {
    history,
    uplink: room,
    fetch: counted.fetch,
    retry: { initialDelayMs: 500, maxDelayMs: 5_000 },
  });
  const { status, error, messages, count, send } = feed;
  const unread = count - seen;
  return (
    <Stage
      title="Notifications over long poll"
      lead="No stream and no socket: a request that the server holds until there is something to tell. It passes every proxy that lets requests pass. Post one, and watch the bar: the held request is answered at once, and the next one is on its way."
    >
      <div className="columns" data-columns="wide">
        <Panel
          title="Notifications"
          aside={
            <span className="row">
              <span className="tag" data-tone={unread > 0 ? 'good' : undefined} role="status">
                {unread} unread
              </span>
              <button type="button" className="button" disabled={unread === 0} onClick={() => setSeen(count)}>
                Mark all read
              </button>
            </span>
          }
        >
          <ul className="notes" aria-label="Newest first">
            {[...messages].reverse().map((message, i) => (
              <Item key={message.data.id} message={message} unread={i < unread} />
            ))}
            {messages.length === 0 && <li className="log-empty">Nothing yet. News comes every few seconds.</li>}
          </ul>
        </Panel>
        <div className="columns">
          <Panel title="The request" aside={<StatusBadge status={status} of="Long poll" />}>
            <Held read={counted.read} waitMs={waitSeconds * 1_000} />
            <Why status={status} error={error} />
          </Panel>
          <Compose onPost={send} />
        </div>
      </div>
    </Stage>
  );
}

interface HeldProps {
  readonly read: ReturnType<typeof createCounted>['read'];
  readonly waitMs: number;
}

/** How long the request that is on its way has been held, of the time that it may be. */
function Held({ read, waitMs }: HeldProps): React.JSX.Element {
  const { requests, bytes, heldMs } = useSampled(() => {
    const tally = read();
    return { ...tally, heldMs: tally.pendingSince === null ? 0 : performance.now() - tally.pendingSince };
  }, 100);
  const share = Math.min(1, heldMs / waitMs);
  const [amount, unit] = bytesOf(bytes);
  return (
    <>
      <div
        className="bar"
        role="meter"
        aria-label="Time that the request has been held"
        aria-valuemin={0}
        aria-valuemax={waitMs / 1_000}
        aria-valuenow={Math.round(heldMs / 1_000)}
      >
        <div style={{ scale: `${share} 1` }} />
      </div>
      <Stats>
        <Stat
          label="Held for"
          value={(heldMs / 1_000).toFixed(1)}
          unit={`of ${waitMs / 1_000} s`}
          note="then an empty answer"
        />
        <Stat label="Requests made" value={requests} note="posts included" />
        <Stat label="Content" value={amount} unit={unit} note="without headers" />
      </Stats>
    </>
  );
}

const tones: { readonly [kind in Note['kind']]: 'good' | 'wait' | 'bad' | undefined } = {
  build: 'wait',
  review: undefined,
  alert: 'bad',
  message: 'good',
};

function Item({
  message: { data, receivedAt },
  unread,
}: {
  readonly message: Message<Note>;
  readonly unread: boolean;
}): React.JSX.Element {
  return (
    <li className="note" data-unread={unread}>
      <span className="tag" data-tone={tones[data.kind]}>
        {data.kind}
      </span>
      <span className="log-text">
        {data.text}
        {unread && <span className="visually-hidden"> (unread)</span>}
      </span>
      <span className="log-time">{timeOf(receivedAt)}</span>
    </li>
  );
}

const KINDS = [
  ['message', 'Message'],
  ['review', 'Review'],
  ['build', 'Build'],
  ['alert', 'Alert'],
] as const;

function Compose({ onPost }: { readonly onPost: (note: Note) => Delivery }): React.JSX.Element {
  const [kind, setKind] = useState<Note['kind']>('message');
  const [text, setText] = useState('');
  const [outcome, setOutcome] = useState('');
  const post = (event: React.SyntheticEvent): void => {
    event.preventDefault();
    const words = text.trim();
    if (words === '') return;
    const at = Date.now();
    const delivery = onPost({ id: `own-${at}`, kind, text: words, at });
    setOutcome(delivery.verdict === 'sent' ? 'Posted.' : `${delivery.verdict} …`);
    void delivery.done.then(({ status, error }) =>
      setOutcome(status === 'sent' ? 'Posted.' : (error?.message ?? status)),
    );
    setText('');
  };
  return (
    <Panel title="Post one">
      <form className="form" onSubmit={post}>
        <Choices label="Kind" value={kind} options={KINDS} onChange={setKind} />
        <input
          className="input"
          value={text}
          placeholder="What has happened?"
          aria-label="Text of the notification"
          autoComplete="off"
          maxLength={140}
          onChange={({ target }) => setText(target.value)}
        />
        <div className="row spread">
          <span className="hint" role="status">
            {outcome}
          </span>
          <button type="submit" className="button" data-look="main">
            Post
          </button>
        </div>
      </form>
    </Panel>
  );
}
