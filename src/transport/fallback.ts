// Several transports as one: each is tried until one opens, the winner is remembered, and from a lower one there is a way back up.

import { isAboutUs, type Named, tellingOf } from './ends.js';
import type { FallbackOptions } from './fallback-options.js';
import { createRungMemory, type Skipped } from './rung-memory.js';
import { createSeat } from './seat.js';
import type { Dial, Sink, Transport, Wire } from './transport.js';
import { tryRung } from './try-rung.js';
import { createWayBack } from './way-back.js';

export type { FallbackOptions };

export interface Fallback extends Transport {
  /** The transport in use; null before the first one opened. */
  readonly current: string | null;
  /** Why the better ones are not in use. The same array while nothing changed. */
  readonly skipped: readonly Skipped[];
}

/**
 * The first of several transports that opens. While it is not the best, the better ones are tried again beside it, and take over.
 *
 * @example
 * createFeed({ transport: fallback([webSocket('/live'), eventSource('/live'), longPoll('/live?wait=25')]) });
 */
export function fallback(transports: readonly Transport[], options?: FallbackOptions): Fallback;
/** @internal `changed`: a look at the better ones is over, and `skipped` may be another. */
export function fallback(
  transports: readonly Transport[],
  options: FallbackOptions | undefined,
  changed: () => void,
): Fallback;
export function fallback(
  transports: readonly Transport[],
  options: FallbackOptions = {},
  changed: () => void = () => {},
): Fallback {
  const memory = createRungMemory(
    transports.map(({ name }) => name),
    options,
  );
  let trying = -1;
  const start = (sink: Sink, dial: Dial): Wire => {
    const { clock } = dial.host;
    const seat = createSeat(sink, dial, memory);
    let first = memory.first(clock.now());
    const wayBack = createWayBack(transports, seat, memory, sink, dial, changed);
    let tried = 0;
    let telling: Named | undefined;

    const attempt = (): void => {
      const index = (first + tried++) % transports.length;
      const transport = transports[index];
      if (!transport)
        return seat.end({
          why: 'refused',
          verdict: 'failed',
          kind: 'config',
          reason: 'fallback() was given no transports',
        });
      trying = index;
      const startedAt = clock.now();
      const { returns } = memory;
      tryRung(transport, dial, memory.budgetMs(tried >= transports.length), (mine) => {
        seat.wire = mine;
        return {
          ...seat.voice(index, mine),
          opened() {
            if (seat.taken) return sink.opened(); // the platform connected again by itself
            trying = -1;
            seat.take(index, mine, clock.now() - startedAt);
            sink.opened();
            wayBack.begin();
          },
          ended(how) {
            if (seat.taken) return wayBack.lost(how);
            telling = tellingOf(telling, { ...how, by: how.by ?? transport.name });
            const isMiss = memory.refused(index, how, tried === 1, startedAt);
            if (memory.returns > returns && !isAboutUs(how)) {
              // what was tried without a network is tried again
              telling = undefined;
              tried = 0;
              first = memory.first(clock.now());
            } else if (isAboutUs(how) || isMiss || tried >= transports.length) return seat.end(telling);
            sink.pulse(); // somebody is still trying
            if (!seat.closed) attempt();
          },
        };
      });
    };
    attempt();

    return {
      send: (data) => seat.wire?.send(data) ?? false,
      get bufferedAmount() {
        return seat.wire?.bufferedAmount ?? 0;
      },
      get spent() {
        return seat.wire?.spent;
      },
      ends(how) {
        const { wire } = seat;
        wayBack.lost(how);
        wire?.close();
      },
      close(code, reason) {
        wayBack.stop(code, reason);
        seat.close(code, reason);
      },
    };
  };

  return {
    /** Of the one that is tried, or in use. */
    get name() {
      return transports[trying < 0 ? memory.current : trying]?.name ?? 'fallback';
    },
    get current() {
      return transports[memory.current]?.name ?? null;
    },
    get skipped() {
      return memory.skipped;
    },
    get renewable() {
      return transports.some((each) => each.renewable);
    },
    get readOnly() {
      return (transports[memory.current] ?? transports[0])?.readOnly;
    },
    dial: start,
  };
}
