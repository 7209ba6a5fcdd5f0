// The provider's book: each webhook that it has sent, and what the server has answered.

import { timeOf } from '../parts/format.js';
import { Log } from '../parts/log.js';
import type { Telling } from './use-provider.js';

const WORDS = { payment: 'A payment', repeat: 'The same event again', forgery: 'A wrong signature' } as const;

/** The event's id goes on for longer than anybody reads. */
const SHOWN = 12;

export function Sent({ tellings }: { readonly tellings: readonly Telling[] }): React.JSX.Element {
  return (
    <>
      <p className="hint">
        It posts to <code className="code">/hooks/payments</code>, signed by the scheme of Standard Webhooks, and this
        is what it was answered.
      </p>
      <Log label="What the provider was answered" empty="Nothing was sent yet." version={tellings} height={150}>
        {tellings.map(({ id, at, kind, event, status, error }) => (
          <p className="log-line" key={id}>
            <span className="log-time">{timeOf(at)}</span>
            <span className="log-text">
              {WORDS[kind]}{' '}
              <span className="log-why">
                {event.slice(0, SHOWN)} · <span>{meaningOf(status, error)}</span>
              </span>
            </span>
            <span className="tag" data-tone={toneOf(status)}>
              {status}
            </span>
          </p>
        ))}
      </Log>
    </>
  );
}

function meaningOf(status: number, error: string): string {
  if (status === 202) return 'Published to the order’s room.';
  return status === 200 ? 'It came before: nothing to do.' : error;
}

function toneOf(status: number): 'good' | 'wait' | 'bad' {
  if (status === 202) return 'good';
  return status === 200 ? 'wait' : 'bad';
}
