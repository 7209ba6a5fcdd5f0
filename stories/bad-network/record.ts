// What happened, when, to whom: the timelines and the log are drawn from it. No React.

import type { End, RealtimeError, Status } from '../../src/index.js';

/** A status and the moment from which it held. */
export interface Stretch {
  readonly status: Status;
  readonly since: number;
}

export interface Entry {
  readonly id: number;
  readonly at: number;
  readonly who: string;
  readonly what: string;
  readonly why?: string | undefined;
}

export interface Snapshot {
  readonly now: number;
  /** By lane. */
  readonly stretches: Readonly<Record<string, readonly Stretch[]>>;
  readonly entries: readonly Entry[];
  /** Moments at which somebody meddled with the network. */
  readonly marks: readonly number[];
}

export interface Recorder {
  readonly status: (lane: string, status: Status) => void;
  readonly closed: (lane: string, end: End) => void;
  readonly failed: (lane: string, error: RealtimeError) => void;
  readonly meddled: (what: string) => void;
  readonly read: () => Snapshot;
}

const KEPT = 120;

export function createRecorder(): Recorder {
  const stretches: Record<string, Stretch[]> = {};
  let entries: Entry[] = [];
  let marks: number[] = [];
  let next = 0;
  const write = (who: string, what: string, why?: string): void => {
    entries = [...entries, { id: next++, at: Date.now(), who, what, why }].slice(-KEPT);
  };
  return {
    status(lane, status) {
      const own = stretches[lane] ?? [];
      // before the first effect everybody is idle: that is no event
      if ((own.at(-1)?.status ?? 'idle') === status) return;
      stretches[lane] = [...own, { status, since: Date.now() }].slice(-KEPT);
      write(lane, status);
    },
    closed: (lane, { why, code, reason, retryInMs }) =>
      write(
        lane,
        `link ${why}`,
        [code, reason, retryInMs && `next attempt in ${Math.round(retryInMs)} ms`].filter(Boolean).join(', '),
      ),
    failed: (lane, error) => write(lane, 'attempt failed', error.message),
    meddled(what) {
      marks = [...marks, Date.now()].slice(-KEPT);
      write('You', what);
    },
    read: () => ({ now: Date.now(), stretches: { ...stretches }, entries, marks }),
  };
}
