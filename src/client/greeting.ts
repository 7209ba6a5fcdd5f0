// Hello before everything else: a wire of the rooms protocol counts as open when the server has answered. Joins nothing.

import type { RealtimeError } from '../base/error.js';
import { createId } from '../base/id.js';
import { settle } from '../base/settle.js';
import { refusal } from '../transport/credentials.js';
import type { Dial, Sink, Transport, Wire, WireEnd } from '../transport/transport.js';
import { readFrame } from '../protocol/rooms.js';
import { ROOMS_VERSION } from '../protocol/rooms-frames.js';

export interface Greeting {
  /** Our secret, the same for all wires. */
  readonly key: string;
  /** Asked before each attempt. A string is used, `null` goes without. */
  readonly getToken?: ((reason: Dial['credentials']) => string | null | Promise<string | null>) | undefined;
  /** It is used now, by an attempt that is still wanted: what of it `hello` says. */
  readonly used?: ((token: string | null) => string | null) | undefined;
}

/**
 * `transport`, whose wires have been welcomed when they are `opened`. The welcome is their first frame. `turn`: which of a client's
 * wires it is, given the time.
 */
export function greet(transport: Transport, greeting: () => Greeting, turn: (now: number) => number): Transport {
  return {
    name: transport.name,
    get renewable() {
      return transport.renewable || greeting().getToken !== undefined;
    },
    dial(sink, dial) {
      let wire: Wire | undefined;
      let over = false;
      const ended = (end: WireEnd): void => {
        if (over) return;
        over = true;
        sink.ended(end);
      };
      const { key, getToken, used } = greeting();
      settle(
        () => getToken?.(dial.credentials) ?? null,
        (asked) => {
          if (over) return;
          const token = used ? used(asked) : asked;
          // a network may keep what we gave up, and deliver it after what we said since
          const n = turn(Math.floor(dial.host.clock.now()));
          const hello = JSON.stringify({ t: 'hello', v: ROOMS_VERSION, key, n, ...(token === null ? {} : { token }) });
          const begun = begin(transport, hello, { ...sink, ended }, dial);
          if (over) begun.close();
          else wire = begun;
        },
        (error) => ended(refusal(error)),
      );
      return {
        send: (data) => wire?.send(data) ?? false,
        get bufferedAmount() {
          return wire?.bufferedAmount ?? 0;
        },
        get spent() {
          return wire?.spent;
        },
        close(code, reason) {
          over = true;
          wire?.close(code, reason);
        },
      };
    },
  };
}

function begin(transport: Transport, hello: string, sink: Sink, dial: Dial): Wire {
  let wire: Wire | undefined;
  let opened = false; // is there a wire to say hello on?
  let said = false;
  let welcome = false;
  const say = (): void => {
    if (opened && !said && wire) said = wire.send(hello);
  };
  const end = (how: WireEnd): void => {
    wire?.close();
    sink.ended(how);
  };
  const answer = (frame: Parameters<Sink['frame']>[0]): void => {
    let found: ReturnType<typeof readFrame>;
    try {
      found = readFrame(frame);
    } catch (cause) {
      // some other server listens here, and will tomorrow
      return end({ why: 'protocol', verdict: 'failed', reason: (cause as RealtimeError).message });
    }
    for (const read of found) {
      if (!('event' in read)) continue;
      if (read.event.t === 'close') return end({ why: 'refused', code: read.event.code, reason: read.event.reason });
      if (read.event.t !== 'welcome') continue;
      welcome = true;
      sink.opened();
      return sink.frame(frame);
    }
  };
  wire = transport.dial(
    {
      ...sink,
      opened() {
        opened = true;
        sink.pulse();
        say();
      },
      writable() {
        say();
        if (welcome) sink.writable();
      },
      // that requests are answered does not say that our hello has arrived
      pulse: () => void (welcome && sink.pulse()),
      frame: (frame, meta) => (welcome ? sink.frame(frame, meta) : answer(frame)),
      // a ladder below us has found a better wire, where nobody knows us yet
      moved: () => end({ why: 'lost', reason: 'another wire took over' }),
      continuity: () => {}, // rooms say themselves where they go on
      cursor: () => {}, // and what a wire has learnt of places dies with its session
      ended: (how) => sink.ended(welcome || how.why !== 'lost' ? how : { ...how, why: 'refused' }),
    },
    { ...dial, cursor: undefined, session: createId(dial.host.random) },
  );
  say(); // it may have opened inside `dial`
  return wire;
}
