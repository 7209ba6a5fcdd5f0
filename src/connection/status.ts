// From phases to what users see: status, errors, ends. Pure.

import { RealtimeError, type RealtimeErrorKind } from '../base/error.js';
import type { Frame, WireEnd } from '../transport/transport.js';
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

/** What happened to the connection, as opposed to what the far end said. */
export type Notice =
  | { readonly type: 'open'; readonly again: boolean }
  /** Another wire carries on: what was not answered may be lost. The status stays `open`. */
  | { readonly type: 'moved' }
  | { readonly type: 'close'; readonly end: End }
  | { readonly type: 'error'; readonly error: RealtimeError }
  | { readonly type: 'fault'; readonly error: RealtimeError; readonly frame: Frame | undefined }
  | { readonly type: 'gap'; readonly after: string | undefined };

export function statusOf({ name, due, hadOpen }: Phase): Status {
  if (name === 'parked') return 'idle';
  if (name !== 'opening' && name !== 'waiting') return name;
  if (name === 'waiting' && due === Infinity) return 'offline';
  return hadOpen ? 'reconnecting' : 'connecting';
}

const kinds: { readonly [code: number]: RealtimeErrorKind } = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  410: 'not-found',
  4401: 'unauthorized',
};

/** An end in words. Urls stay out of it: they may carry tokens. */
function errorOf(end: WireEnd, transport: string): RealtimeError {
  const { code = 0, reason } = end;
  const kind = end.kind ?? kinds[code] ?? end.why;
  const cure = kind === 'unauthorized' ? ' Give fresh credentials through `auth`, `headers` or a url function.' : '';
  return new RealtimeError(
    kind,
    `${end.by ?? transport} ${kind}${code ? ` (${code})` : ''}${reason ? `: ${reason}` : ''}.${cure}`,
    end,
  );
}

/** What follows for users from a phase, the one before it and what they were shown. */
export function stateOf(
  phase: Phase,
  before: Phase,
  shown: ConnectionState,
  transport: string,
): Pick<ConnectionState, 'status' | 'error' | 'attempt' | 'resumed'> {
  const { name, cause } = phase;
  return {
    status: statusOf(phase),
    error: cause && before.cause !== cause ? errorOf(cause, transport) : cause && shown.error,
    attempt: name === 'open' ? 0 : phase.attempt,
    resumed: name === 'open' && before.name !== 'open' ? null : shown.resumed,
  };
}

const asked: { readonly [type: string]: End['why'] } = {
  stop: 'unmount',
  disconnect: 'disconnect',
  restart: 'replaced',
};

/** How an open link ended, from what was asked for and the phase that followed. */
export function endOf(
  { name, cause }: Phase,
  letter: { readonly type: string; readonly code?: number | undefined; readonly reason?: string | undefined },
  retryInMs: number | undefined,
): End {
  const { code, reason = name === 'parked' ? 'the page was hidden or frozen' : undefined } = cause ?? letter;
  const willRetry = name === 'waiting' || name === 'opening' || name === 'parked';
  return { why: cause?.why ?? asked[letter.type] ?? 'lost', code, reason, willRetry, retryInMs };
}
