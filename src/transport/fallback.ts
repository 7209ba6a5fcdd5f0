// Several transports as one: each is tried until one opens. The winner is remembered for a while.

import type { Transport, Wire, WireEnd } from './transport.js';

export interface FallbackOptions {
  /** How long one of them may take to open. Default 4,000. */
  readonly tryMs?: number | undefined;
  /** How long later dials begin at the winner; then they begin at the top again. Default 300,000. */
  readonly retryBestAfterMs?: number | undefined;
}

/** After so many dials in a row in which it did not open, the last winner is no longer relied on. */
const MAX_MISSES = 3;

/** A refusal that the next transport would get too. */
const isAboutUs = ({ code, kind, verdict }: WireEnd): boolean =>
  code === 401 || code === 403 || code === 4401 || kind === 'forbidden' || verdict === 'closed';

/** Would the same transport, later, be told the same? */
const isPermanent = ({ code = 0, verdict }: WireEnd): boolean =>
  verdict !== undefined || (code >= 400 && code <= 499 && ![408, 425, 429].includes(code));

/** What an end tells of the far end. From least to most: nothing, silence, no for good, no for now. */
function weightOf(end: WireEnd): number {
  if (end.kind === 'unsupported') return 0;
  if (end.why === 'timeout' || end.code === 1006) return 1;
  return isPermanent(end) ? 2 : 3;
}

/**
 * The first of several transports that opens.
 *
 * @example
 * createFeed({ transport: fallback([webSocket('/live'), eventSource('/live'), longPoll('/live?wait=25')]) });
 */
export function fallback(
  transports: readonly Transport[],
  options: FallbackOptions = {},
): Transport & { readonly current: string | null } {
  const { tryMs = 4_000, retryBestAfterMs = 300_000 } = options;
  let winner = -1;
  let preferredUntil = 0;
  let misses = 0;
  let inUse: Transport | undefined;
  let teller: Transport | undefined; // who told the place that the next dial may carry
  return {
    name: 'fallback',
    /** The transport in use; null before the first one opened. */
    get current() {
      return inUse?.name ?? null;
    },
    get renewable() {
      return transports.some((each) => each.renewable);
    },
    get readOnly() {
      return (inUse ?? transports[0])?.readOnly;
    },
    dial(sink, dial) {
      const { clock } = dial.host;
      const first = clock.now() < preferredUntil ? winner : 0;
      let telling: WireEnd | undefined;
      let wire: Wire | undefined;
      let closed = false;
      let isStale = dial.cursor !== undefined; // unless the one that told it goes on, or another place is told
      let rung = 0; // how many were tried; a callback that carries an older number is of an abandoned one
      let cancelTry = (): void => {};

      const attempt = (): void => {
        const mine = ++rung;
        const index = (first + rung - 1) % transports.length;
        const transport = transports[index];
        if (!transport)
          return sink.ended({
            why: 'refused',
            verdict: 'failed',
            kind: 'config',
            reason: 'fallback() was given no transports',
          });
        let opened = false;
        let heard = false;
        const live = (): boolean => !closed && mine === rung;
        const failed = (how: WireEnd): void => {
          if (!live()) return;
          cancelTry();
          wire?.close();
          wire = undefined;
          if (!telling || weightOf(how) >= weightOf(telling)) telling = how;
          if (opened && !heard && how.why === 'timeout') {
            // it took the request and nothing came: that is nothing to rely on
            winner = (index + 1) % transports.length;
            misses = MAX_MISSES;
          }
          const isFinal = opened || isAboutUs(how);
          // a server that restarts refuses everything for a moment: that is no reason to leave what has worked
          const isMiss = !isFinal && rung === 1 && index === winner && !isPermanent(how) && ++misses < MAX_MISSES;
          if (isFinal || isMiss || rung >= transports.length) {
            closed = true;
            return sink.ended(isFinal ? how : telling);
          }
          sink.pulse(); // somebody is still trying
          if (!closed) attempt();
        };
        cancelTry = clock.after(tryMs, () =>
          failed({ why: 'timeout', reason: `${transport.name} did not open within ${tryMs} ms` }),
        );
        const hears = (): boolean => live() && (heard = true);
        const dialled = transport.dial(
          {
            ...sink,
            opened() {
              if (!live()) return;
              cancelTry();
              opened = true;
              inUse = transport;
              winner = index;
              misses = 0;
              preferredUntil = clock.now() + retryBestAfterMs;
              sink.opened();
            },
            frame(frame, meta) {
              if (!hears()) return;
              // a place before what comes now would have it come again
              if (isStale && teller && teller !== transport) sink.cursor('');
              isStale = false;
              if (live()) sink.frame(frame, meta);
            },
            pulse: () => hears() && sink.pulse(),
            cursor(id) {
              if (!hears()) return;
              isStale = false;
              teller = transport;
              sink.cursor(id);
            },
            retryDelay: (ms) => live() && sink.retryDelay(ms),
            continuity: (resumed) => live() && sink.continuity(resumed),
            writable: () => live() && sink.writable(),
            fault: (error, frame) => live() && sink.fault(error, frame),
            reopening: (how) => live() && opened && sink.reopening(how),
            ended: failed,
          },
          dial,
        );
        if (live()) wire = dialled;
        else dialled.close();
      };
      attempt();

      return {
        send: (data) => wire?.send(data) ?? false,
        get bufferedAmount() {
          return wire?.bufferedAmount ?? 0;
        },
        get spent() {
          return wire?.spent;
        },
        close(code, reason) {
          closed = true;
          cancelTry();
          wire?.close(code, reason);
        },
      };
    },
  };
}
