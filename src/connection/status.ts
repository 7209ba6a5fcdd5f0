// From phases to what users see: status, errors, ends. Pure.

import { RealtimeError, type RealtimeErrorKind } from '../base/error.js';
import type { WireEnd } from '../transport/transport.js';
import type { Phase } from './phase.js';

/**
 * `idle`: no link is wanted. `connecting`: the first link is on its way. `open`. `reconnecting`: there was one, and
 * another is on its way. `offline`: waiting for the network. `closed`: ended for good, as meant. `failed`: ended for good, see `error`.
 */
export type Status = 'idle' | 'connecting' | 'open' | 'reconnecting' | 'offline' | 'closed' | 'failed';

export interface ConnectionState {
  readonly status: Status;
  /** Why it is not open. */
  readonly error: RealtimeError | null;
  /** Failures in a row; 0 while open. */
  readonly attempt: number;
  /** Milliseconds since 1970; null where no attempt is planned. */
  readonly nextAttemptAt: number | null;
  /** Round trip of the last answered heartbeat. */
  readonly latencyMs: number | null;
  /** Sends that wait for a link. */
  readonly queued: number;
  /** Did the last reconnect continue without a gap? null: nobody said. */
  readonly resumed: boolean | null;
}

export const restingState: ConnectionState = Object.freeze({
  status: 'idle',
  error: null,
  attempt: 0,
  nextAttemptAt: null,
  latencyMs: null,
  queued: 0,
  resumed: null,
});

/** How an open link ended. */
export interface End {
  readonly why: 'unmount' | 'disconnect' | 'replaced' | WireEnd['why'];
  readonly code?: number | undefined;
  readonly reason?: string | undefined;
  readonly willRetry: boolean;
  readonly retryInMs?: number | undefined;
}

export function statusOf(phase: Phase): Status {
  switch (phase.name) {
    case 'opening':
      return phase.hadOpen ? 'reconnecting' : 'connecting';
    case 'waiting':
      return phase.due === Infinity ? 'offline' : phase.hadOpen ? 'reconnecting' : 'connecting';
    case 'parked':
      return 'idle';
    default:
      return phase.name;
  }
}

function kindOf({ kind, code, why }: WireEnd): RealtimeErrorKind {
  if (kind) return kind;
  if (code === 401 || code === 4401) return 'unauthorized';
  if (code === 403) return 'forbidden';
  return code === 404 || code === 410 ? 'not-found' : why;
}

const cures: { readonly [kind in RealtimeErrorKind]?: string } = {
  unauthorized: ' Give fresh credentials through `auth`, `headers` or a url function.',
  'not-found': ' Check the url.',
};

/** An end in words. Urls stay out of it: they may carry tokens. */
export function errorOf(end: WireEnd, transport: string): RealtimeError {
  const kind = kindOf(end);
  const code = end.code === undefined ? '' : ` (${end.code})`;
  const reason = end.reason ? `: ${end.reason}` : '';
  return new RealtimeError(kind, `${transport} ${kind}${code}${reason}.${cures[kind] ?? ''}`, end);
}

const asked = { stop: 'unmount', disconnect: 'disconnect', restart: 'replaced' } as const;

/** How an open link ended, from the phase that followed. */
export function endOf(
  phase: Phase,
  letter: { readonly type: string; readonly code?: number | undefined; readonly reason?: string | undefined },
  retryInMs: number | undefined,
): End {
  const { cause } = phase;
  const willRetry = phase.name === 'waiting' || phase.name === 'opening' || phase.name === 'parked';
  const { code, reason } = cause ?? letter;
  return {
    why: cause?.why ?? asked[letter.type as keyof typeof asked] ?? 'lost',
    ...(code === undefined ? {} : { code }),
    ...(reason ? { reason } : phase.name === 'parked' ? { reason: 'the page was hidden or frozen' } : {}),
    willRetry,
    ...(retryInMs === undefined ? {} : { retryInMs }),
  };
}
