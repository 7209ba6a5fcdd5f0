// One person in the lab: writes by hand, or by themselves; everything they send and hear goes into the ledger.

import { useEffect, useEffectEvent, useRef } from 'react';
import { defineRoom, useConnection, useRoom } from '../../src/index.js';
import type { Recorder } from '../bad-network/record.js';
import { Log } from '../parts/log.js';
import { Countdown } from '../parts/status.js';
import { WritingLine } from '../parts/writing-line.js';
import type { Ledger, Said } from './ledger.js';

const lab = defineRoom<Said>('lab');

export interface WriterProps {
  readonly name: string;
  readonly house: string;
  readonly ledger: Ledger;
  readonly recorder: Recorder;
  /** Messages per second that they write by themselves; 0: none. */
  readonly perSecond: number;
}

/** An outage may last as long as somebody likes to look at it. */
const PATIENCE_MS = 10 * 60_000;
const KEPT = 60;

export function Writer({ name, house, ledger, recorder, perSecond }: WriterProps): React.JSX.Element {
  const { status, nextAttemptAt } = useConnection();
  const {
    status: place,
    messages,
    send,
  } = useRoom(lab(house), {
    history: KEPT,
    onMessage: (message) => ledger.heard(name, message),
    onGap: (gap) => ledger.gap(name, gap),
  });
  useEffect(() => recorder.status(name, status), [recorder, name, status]);

  // who comes in second finds what the first one has said; from then on everything is heard
  const wasIn = useRef(false);
  const lookAround = useEffectEvent(() => {
    if (!wasIn.current) for (const each of messages) if (each.state === 'sent') ledger.found(name, each);
    wasIn.current = true;
  });
  useEffect(() => {
    if (place === 'joined') lookAround();
  }, [place]);

  const say = (words: string): void => {
    const { id, done } = send({ text: words }, { timeoutMs: PATIENCE_MS });
    ledger.sent(name, id);
    void done.then(ledger.settled);
  };
  const sayNext = useEffectEvent(() => say(nextWords()));
  useEffect(() => {
    if (perSecond === 0) return undefined;
    const timer = setInterval(() => sayNext(), 1_000 / perSecond);
    return () => clearInterval(timer);
  }, [perSecond]);

  const pending = messages.filter(({ state }) => state === 'pending').length;
  return (
    <>
      <Log label={`What ${name} reads`} empty="Nothing has been said yet." version={messages} height={190}>
        {messages.map(({ id, from, data, state }) => (
          <p className="log-line lab-line" key={`${from}/${id}`} data-state={state}>
            <b>{from === name ? 'You' : from}</b>
            <span className="log-text">{data.text}</span>
            <span className="tag" data-tone={state === 'pending' ? 'wait' : 'good'}>
              {state}
            </span>
          </p>
        ))}
      </Log>
      <WritingLine label={`${name} writes`} placeholder="Write, also without a server" onSay={say} />
      <p className="hint row spread">
        <span>{pending} on the way</span>
        <span>
          Next attempt in <Countdown until={nextAttemptAt} />
        </span>
      </p>
    </>
  );
}

const WORDS = ['signal', 'platform', 'tunnel', 'bridge', 'harbour', 'meadow', 'station', 'hill', 'river', 'town'];

function nextWords(): string {
  const pick = (): string => WORDS[Math.floor(Math.random() * WORDS.length)] ?? '';
  return `${pick()}, ${pick()}`;
}
