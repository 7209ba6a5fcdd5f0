// The send half of one-way transports: posts messages, one request in flight. Holds no queue.

import { RealtimeError } from '../base/error.js';
import type { Endpoint } from './credentials.js';
import { type RequestOptions, sendRequest } from './request.js';
import type { Data, Dial, Sink, WireEnd } from './transport.js';

/** Answers that say that the message is at fault, not the link. */
const REFUSES_MESSAGE = [400, 409, 413, 415, 422];

export interface Uplink {
  /** false: one is on its way, or there is nowhere to send to. */
  send(data: Data): boolean;
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
  let closed = false;
  const done = (): void => {
    inFlight = undefined;
    sink.writable();
  };
  return {
    send(data) {
      const { uplink = dial.session && endpoint, headers, auth, credentials, fetch } = options();
      if (!uplink || inFlight || closed) return false;
      inFlight = new AbortController();
      const type = typeof data === 'string' ? 'application/json' : 'application/octet-stream';
      sendRequest(
        {
          endpoint: uplink,
          options: { method: 'POST', resend: true, body: data, headers, auth, credentials, fetch },
          dial,
          signal: inFlight.signal,
          headers: { 'content-type': type },
        },
        (response) => {
          void response.body?.cancel().catch(() => {});
          done();
        },
        (end) => {
          if (!REFUSES_MESSAGE.includes(end.code ?? 0))
            return onEnd({ ...end, why: 'lost', reason: `posting a message: ${end.reason}` });
          sink.fault(new RealtimeError('refused', `The server refused a sent message (${end.code}).`, end));
          done();
        },
      );
      return true;
    },
    close() {
      closed = true;
      inFlight?.abort();
    },
  };
}
