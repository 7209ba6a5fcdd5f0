// From a lower rung up again: the better ones are dialled beside the wire in use, and take over before that is let go.

import type { Cancel } from '../base/clock.js';
import { isAboutUs } from './ends.js';
import { createLookout } from './lookout.js';
import type { RungMemory } from './rung-memory.js';
import type { Seat } from './seat.js';
import type { Dial, Sink, Transport, WireEnd, Wire } from './transport.js';
import { tryRung } from './try-rung.js';

export interface WayBack {
  /** Another wire is in use now. */
  begin(): void;
  /** The one in use has ended. */
  lost(how: WireEnd): void;
  stop(code?: number, reason?: string): void;
}

/** A newer wire has our place at the server. */
const REPLACED = 4409;
/** So often a better one is dialled again because something came over the old one meanwhile. */
const MAX_STALE = 3;

export function createWayBack(
  transports: readonly Transport[],
  seat: Seat,
  memory: RungMemory,
  sink: Sink,
  dial: Dial,
  changed: () => void,
): WayBack {
  const { host } = dial;
  let stopLooking: Cancel = () => {};
  let probe: Wire | undefined; // the better one, on trial
  let probed = false;
  let held: WireEnd | undefined; // how the one in use ended, while the probe may still take over

  const lost = (how: WireEnd): void => {
    if (seat.closed) return;
    if (probe) {
      // perhaps because the better one is taking over: what comes of that decides
      held = how;
      seat.wire = undefined;
      return;
    }
    stopLooking();
    seat.leave(how);
    // the place that it lost to us was not taken by somebody else, and there is nothing to wait for
    seat.end(probed && how.code === REPLACED ? { why: 'lost', reason: how.reason, retryAfterMs: 0 } : how);
  };
  /** None of them took over. */
  const giveUp = (failed: boolean): void => {
    // a far end that took it already waits for us to come back
    probe?.close(4408);
    probe = undefined;
    memory.probed(host, failed);
    changed();
    if (held) lost(held);
  };
  const begin = (): void => {
    stopLooking();
    if (seat.closed || memory.above(seat.index).length === 0) return;
    stopLooking = createLookout(host, {
      dueAt: () => memory.probeAt,
      urgent: () => memory.doubtful,
      begin: (done) => climb(memory.above(seat.index), done),
      abort: () => giveUp(false),
    });
  };
  const climb = (rungs: number[], done: () => void): void => {
    const index = rungs.shift();
    const transport = index === undefined ? undefined : transports[index];
    if (index === undefined || !transport || held) {
      giveUp(true);
      return done();
    }
    // it sent what nothing may follow unasked
    if (seat.wire?.spent) return stopLooking();
    probed = true;
    const since = host.clock.now();
    tryIt(index, transport, 0, (how) => {
      memory.refused(index, how, false, since);
      if (!isAboutUs(how)) return climb(rungs, done);
      stopLooking();
      giveUp(true);
    });
  };
  const tryIt = (index: number, transport: Transport, stale: number, failed: (how: WireEnd) => void): void => {
    const startedAt = host.clock.now();
    const before = seat.news;
    let early = false; // it opened inside its own dial
    let used = false;
    const again = (): void => {
      if (stale >= MAX_STALE && seat.wire) {
        // what never pauses has to be interrupted
        seat.wire.close();
        seat.wire = undefined;
        held = { why: 'lost', reason: `${transport.name} was to take over, and did not open again` };
      }
      tryIt(index, transport, stale + 1, failed);
    };
    tryRung(
      transport,
      { ...dial, credentials: 'refresh', cursor: seat.place },
      memory.budgetMs(false),
      (mine): Sink => {
        probe = mine;
        return {
          ...seat.voice(index, mine),
          opened() {
            if (used) return sink.opened(); // the platform connected again by itself
            early = true;
            if (seat.place !== undefined && seat.news !== before) {
              // it goes on from a place that is past: what came since would come twice
              mine.close();
              return again();
            }
            const old = seat.wire;
            used = true;
            probe = held = undefined;
            seat.leave();
            seat.take(index, mine, host.clock.now() - startedAt);
            if (index > 0) memory.probed(host, true); // those above it have failed
            sink.moved();
            old?.close();
            begin();
          },
          ended(how) {
            if (used) return lost(how);
            probe = undefined;
            failed(how);
          },
        };
      },
    );
    // what had to wait for the end of that dial can be sent now
    if (early && used && !seat.closed) sink.writable();
  };

  return {
    begin,
    lost,
    stop(code, reason) {
      stopLooking();
      probe?.close(code, reason);
    },
  };
}
