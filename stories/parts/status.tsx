// What a hook says about its link, in one place each: status, reason, the wait for the next attempt.

import type { RealtimeError, Status } from '../../src/index.js';
import { useNow } from './use-now.js';

export interface StatusBadgeProps {
  readonly status: Status;
  /** Whose status it is, for those who listen. */
  readonly of: string;
}

export function StatusBadge({ status, of }: StatusBadgeProps): React.JSX.Element {
  return (
    <span className="status" data-status={status} role="status" aria-label={`${of}: ${status}`}>
      {status}
    </span>
  );
}

export interface WhyProps {
  readonly status: Status;
  readonly error: RealtimeError | null;
  /** What to say while all is well. */
  readonly calm?: string;
}

/** The error in words. Keeps its two lines also when there is nothing to say. */
export function Why({ status, error, calm = 'No error.' }: WhyProps): React.JSX.Element {
  return (
    <p className="why">
      {error ? (
        <>
          <strong>{error.kind}</strong> {error.message}
        </>
      ) : status === 'connecting' ? (
        'First attempt …'
      ) : (
        calm
      )}
    </p>
  );
}

export interface CountdownProps {
  readonly until: number | null;
  /** What stands there when nothing is planned. */
  readonly rest?: string;
}

/** Seconds to a moment, as text that does not announce itself ten times a second. */
export function Countdown({ until, rest = '–' }: CountdownProps): React.JSX.Element {
  const now = useNow(100, until !== null);
  if (until === null) return <span>{rest}</span>;
  return (
    <span role="timer" aria-label="Next attempt in">
      {(Math.max(0, until - now) / 1_000).toFixed(1)}
      <span className="stat-unit">s</span>
    </span>
  );
}
