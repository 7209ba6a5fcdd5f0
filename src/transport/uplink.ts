// The send half of one-way transports: posts messages, one at a time, and again where it may still get through. Holds no queue.

import type { Cancel } from '../base/clock.js';
import { RealtimeError } from '../base/error.js';
import type { Endpoint } from './credentials.js';
import { type RequestOptions, sendRequest } from './request.js';
import type { Data, Dial, Sink, WireEnd } from './transport.js';

/** Answers that say that the message is at fault, not the link. */
const REFUSES_MESSAGE = [400, 409, 413, 415, 422];

/** How often one message is posted. The last `Retry-After` is heeded up to this long. */
const TRIES = 3;
const FIRST_DELAY_MS = 500;
const MAX_SERVER_DELAY_MS = 300_000;
/** A post of a session may take so long, and a millisecond more for each character. */
const POST_MS = 10_000;

/** May the same message get through later, on the same link? */
const isPassing = ({ code, verdict }: WireEnd): boolean =>
  verdict === undefined && (code === undefined || code >= 500 || [408, 425, 429].includes(code));

export interface Uplink {
  /** false: one is on its way, or there is nowhere to send to. */
  send(data: Data): boolean;
  /** The wire ends by itself: says so of a message that was taken and may not have arrived. */
  fail(): void;
  close(): void;
}

export function createUplink(
  endpoint: Endpoint,
  options: () => RequestOptions & { readonly uplink?: Endpoint | undefined },
  sink: Sink,
  dial: Dial,
  onEnd: (end: WireEnd) => void,
): Uplink {
  let inFlight: AbortController | undefined;
  let cancelAgain: Cancel | undefined;
  let cancelLimit: Cancel | undefined;
  let closed = false;
  /** The other half may be well and say so all the time: nobody else would ever notice that this one is dead. */
  const limit = (data: Data): void => {
    const ms = POST_MS + data.length;
    cancelLimit = dial.host.clock.after(ms, () =>
      onEnd({ why: 'lost', reason: `posting a message: no answer within ${ms} ms` }),
    );
  };
  const done = (): void => {
    cancelLimit?.();
    inFlight = undefined;
    // the owner may have let go inside the fault
    if (!closed) sink.writable();
  };

  const post = (to: Endpoint, data: Data, signal: AbortSignal, tries: number): void => {
    const { headers, auth, credentials, fetch } = options();
    const type = typeof data === 'string' ? 'application/json' : 'application/octet-stream';
    sendRequest(
      {
        endpoint: to,
        options: { method: 'POST', resend: true, body: data, headers, auth, credentials, fetch },
        dial,
        signal,
        headers: { 'content-type': type },
      },
      (response) => {
        void response.body?.cancel().catch(() => {});
        done();
      },
      (end) => {
        const { code } = end;
        if (REFUSES_MESSAGE.includes(code ?? 0)) {
          sink.fault(new RealtimeError('refused', `The server refused a sent message (${code}).`, end));
          return done();
        }
        // who named the wire keeps what was not confirmed, and says it again on the next one, in order
        if (dial.session || !isPassing(end))
          return onEnd({ ...end, why: 'lost', reason: `posting a message: ${end.reason}` });
        if (tries >= TRIES) {
          const why = code ?? end.reason;
          sink.fault(new RealtimeError('lost', `A sent message did not get through in ${TRIES} tries (${why}).`, end));
          return done();
        }
        const windowMs = FIRST_DELAY_MS * 2 ** (tries - 1);
        const floorMs = Math.min(end.retryAfterMs ?? windowMs, MAX_SERVER_DELAY_MS);
        cancelAgain = dial.host.clock.after(floorMs + dial.host.random() * windowMs, () =>
          post(to, data, signal, tries + 1),
        );
      },
    );
  };

  return {
    send(data) {
      const { uplink = dial.session && endpoint } = options();
      if (!uplink || inFlight || closed) return false;
      inFlight = new AbortController();
      if (dial.session) limit(data);
      post(uplink, data, inFlight.signal, 1);
      return true;
    },
    fail() {
      if (!inFlight || dial.session) return;
      inFlight.abort();
      inFlight = undefined;
      sink.fault(new RealtimeError('lost', 'The link ended before a sent message was confirmed.'));
    },
    close() {
      closed = true;
      cancelAgain?.();
      cancelLimit?.();
      inFlight?.abort();
    },
  };
}
