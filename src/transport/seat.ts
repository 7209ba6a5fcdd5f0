// The wire that a fallback has in use: whose word counts, from where to go on, how it ends. Dials nothing.

import type { RungMemory } from './rung-memory.js';
import type { Dial, Sink, Wire, WireEnd } from './transport.js';

export interface Seat {
  /** The one in use, or the first that may be. */
  wire: Wire | undefined;
  /** Of the one in use. */
  readonly index: number;
  /** Was there ever one in use? */
  readonly taken: boolean;
  readonly closed: boolean;
  /** The newest place, for who dials beside it. */
  readonly place: string | undefined;
  /** How much came that a place may be about. */
  readonly news: number;
  /** What is said over a wire counts while that is the one in use. */
  voice(index: number, mine: Wire): Omit<Sink, 'opened' | 'ended'>;
  /** It opened, after so many ms. */
  take(index: number, mine: Wire, tookMs: number): void;
  /** The one in use is let go, or was lost. */
  leave(how?: WireEnd): void;
  /** Nothing more is said. */
  end(how: WireEnd): void;
  close(code?: number, reason?: string): void;
}

export function createSeat(sink: Sink, { cursor, host }: Dial, memory: RungMemory): Seat {
  const { clock } = host;
  let index = -1;
  let openedAt = 0;
  let heard = false;
  let closed = false;
  let place = cursor;
  let isStale = place !== undefined; // unless the one that told it goes on, or another place is told
  let news = 0;
  const tell = (id: string): void => {
    place = id || undefined;
    sink.cursor(id);
  };
  const unwatch = memory.watch(host);
  const seat: Seat = {
    wire: undefined,
    get index() {
      return index;
    },
    get taken() {
      return index >= 0;
    },
    get closed() {
      return closed;
    },
    get place() {
      return place;
    },
    get news() {
      return news;
    },
    voice(at, mine) {
      const live = (): boolean => !closed && seat.wire === mine;
      const hears = (): boolean => live() && (heard = true);
      return {
        frame(frame, meta) {
          if (!hears()) return;
          news++;
          // a place before what comes now would have it come again
          if (isStale && memory.teller !== undefined && memory.teller !== at) tell('');
          isStale = false;
          if (live()) sink.frame(frame, meta);
        },
        pulse: () => hears() && sink.pulse(),
        cursor(id) {
          if (!hears()) return;
          news++;
          isStale = false;
          memory.teller = at;
          tell(id);
        },
        retryDelay: (ms) => live() && sink.retryDelay(ms),
        continuity: (resumed) => live() && sink.continuity(resumed),
        writable: () => live() && sink.writable(),
        fault: (error, frame) => live() && sink.fault(error, frame),
        reopening: (how) => live() && sink.reopening(how),
        moved: () => live() && sink.moved(),
      };
    },
    take(at, mine, tookMs) {
      if (seat.wire !== mine) heard = false;
      seat.wire = mine;
      index = at;
      openedAt = clock.now();
      isStale = place !== undefined;
      memory.opened(at, tookMs, host);
    },
    leave(how) {
      if (seat.taken) memory.over(index, clock.now() - openedAt, host, how, heard);
    },
    end(how) {
      closed = true;
      unwatch();
      sink.ended({ by: memory.names[index], ...how });
    },
    close(code, reason) {
      if (closed) return;
      closed = true;
      unwatch();
      seat.leave();
      seat.wire?.close(code, reason);
    },
  };
  return seat;
}
