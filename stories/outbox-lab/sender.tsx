// This page's half of the outbox lab: sends numbered messages, shows what became of each, and what can be done to it.

import { useEffect, useEffectEvent } from 'react';
import { defineRoom, useConnection, useRoom } from '../../src/index.js';
import { Log } from '../parts/log.js';
import { Panel } from '../parts/stage.js';
import { Stat, Stats } from '../parts/stat.js';
import { Countdown } from '../parts/status.js';
import { Connected } from '../parts/visitor.js';
import type { Book } from './book.js';

/** What is sent in this lab. */
export interface Item {
  readonly n: number;
}

export const outboxRoom = defineRoom<Item>('outbox');

/** The lab counts what the room keeps, and that is a thousand. */
const MOST = 900;
const SHOWN = 100;
const TONES = { pending: 'wait', sent: 'good', failed: 'bad' } as const;

export interface SenderProps {
  readonly house: string;
  readonly book: Book;
}

export function Sender({ house, book }: SenderProps): React.JSX.Element {
  const { messages, send, retry } = useRoom(outboxRoom(house), { history: SHOWN });
  const { queued, nextAttemptAt } = useConnection();
  const failed = messages.filter(({ state }) => state === 'failed');
  const isFull = book.read().sent >= MOST;

  const note = useEffectEvent(() => book.gaveUp(failed.map(({ data }) => data.n)));
  useEffect(() => note(), [failed.length]);

  const sendMany = (count: number): void => {
    if (isFull) return;
    for (let i = 0; i < count; i++) send({ n: book.next() });
  };
  const sendAgain = (): void => {
    for (const { id, data } of failed) {
      book.sentAgain(data.n);
      retry(id);
    }
  };
  return (
    <Panel title="This page" aside={<Connected of="This page" />}>
      <div className="row">
        <button type="button" className="button" data-look="main" aria-disabled={isFull} onClick={() => sendMany(1)}>
          Send one
        </button>
        <button type="button" className="button" aria-disabled={isFull} onClick={() => sendMany(50)}>
          Send 50
        </button>
        <button
          type="button"
          className="button"
          aria-disabled={failed.length === 0}
          onClick={() => failed.length > 0 && sendAgain()}
        >
          Send the given up again
        </button>
      </div>
      <Stats>
        <Stat label="Waiting" value={queued} tone={queued > 0 ? 'wait' : undefined} />
        <Stat label="Given up" value={failed.length} tone={failed.length > 0 ? 'bad' : undefined} />
        <Stat label="Next attempt" value={<Countdown until={nextAttemptAt} />} />
      </Stats>
      <Log label="What this page sent" empty="Nothing has been sent yet." version={messages} height={220}>
        {messages.slice(-SHOWN).map(({ id, data, state, error }) => (
          <p className="log-line item" key={id} data-state={state} title={error?.message}>
            <span className="log-text">Message {data.n}</span>
            <span className="item-why">{error?.kind}</span>
            <span className="tag" data-tone={TONES[state]}>
              {state}
            </span>
          </p>
        ))}
      </Log>
    </Panel>
  );
}
