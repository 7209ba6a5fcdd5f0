// Server-Sent Events over fetch (HTML §9.2): any method, headers and body. One stream, once.

import { addressOf, type Endpoint } from './credentials.js';
import type { EventSourceOptions } from './event-source-options.js';
import { nativeEventSource } from './native-event-source.js';
import { finalFor, isRenewable, isRepeatable, sendRequest } from './request.js';
import { createSseParser } from './sse-parser.js';
import type { Sink, Transport, Wire, Dial, WireEnd } from './transport.js';
import { createUplink } from './uplink.js';

/** Servers take about this much in all headers together. */
const MAX_ID_LENGTH = 8_192;

/**
 * A header value carries bytes: an id beyond Latin-1 goes as its UTF-8 bytes, one character each. Nothing where it
 * would be refused by the client (control characters) or by every server (too long), on each attempt for ever.
 */
function asHeader(id: string): { readonly 'last-event-id'?: string } {
  const bytes = id.length > MAX_ID_LENGTH ? [] : [...new TextEncoder().encode(id)];
  const value = String.fromCharCode(...bytes);
  return /^[\t -~\x80-\xff]+$/.test(value) ? { 'last-event-id': value } : {};
}

const isEventStream = (contentType: string | null): boolean =>
  contentType?.split(';')[0]?.trim().toLowerCase() === 'text/event-stream';

/**
 * Server-Sent Events.
 *
 * @example
 * createFeed({ transport: eventSource('/answer', { method: 'POST', body: JSON.stringify({ prompt }), resend: true }) });
 */
export function eventSource(
  endpoint: Endpoint,
  options: EventSourceOptions | (() => EventSourceOptions) = {},
): Transport {
  const current = typeof options === 'function' ? options : () => options;
  const native = nativeEventSource(endpoint, current);
  const isNative = (): boolean => current().implementation === 'native';
  return {
    name: 'sse',
    address: addressOf(endpoint),
    get renewable() {
      return isNative() ? native.renewable : isRenewable(endpoint, current());
    },
    get readOnly() {
      if (isNative()) return native.readOnly;
      return current().uplink ? undefined : 'sse only receives: give the `uplink` option a url to post to.';
    },
    dial: (sink, dial) => (isNative() ? native.dial(sink, dial) : stream(endpoint, current, sink, dial)),
  };
}

function stream(endpoint: Endpoint, current: () => EventSourceOptions, sink: Sink, dial: Dial): Wire {
  const attempt = new AbortController();
  const options = current();
  const cursor = dial.cursor ?? options.lastEventId ?? '';
  let over = false;
  let spent = false;

  const close = (): void => {
    over = true;
    parser.stop();
    attempt.abort();
    uplink.close();
  };
  const end = (how: WireEnd): void => {
    if (over) return;
    uplink.fail();
    // the owner may let go inside that
    if (over) return;
    close();
    sink.ended(how);
  };
  /** After the request was sent. */
  const endSent = (how: WireEnd, clean = false): void => end(finalFor(options, how, clean));
  const uplink = createUplink(endpoint, current, sink, dial, endSent);

  const parser = createSseParser(
    {
      onEvent(type, data, id) {
        const { events } = current();
        if (!events || events.includes(type)) sink.frame(data, { type, id });
      },
      onId: (id) => sink.cursor(id),
      onRetry: (ms) => sink.retryDelay(ms),
      onOverflow: () =>
        endSent({
          why: 'protocol',
          kind: 'too-large',
          reason: `a line or an event is over maxMessageBytes (${dial.maxMessageBytes})`,
        }),
    },
    dial.maxMessageBytes,
    cursor,
  );

  const read = async (response: Response): Promise<void> => {
    // 204: the server says, do not come back (§9.2.3)
    if (response.status === 204) return end({ why: 'refused', code: 204, verdict: 'closed' });
    const contentType = response.headers.get('content-type');
    if (response.status !== 200 || !isEventStream(contentType))
      return end({
        why: 'protocol',
        code: response.status,
        verdict: 'failed',
        reason: `expected 200 and text/event-stream, got ${response.status} and ${contentType ?? 'no content type'}; is the url right?`,
      });
    const reader = response.body?.getReader();
    if (!reader)
      return end({
        why: 'refused',
        verdict: 'failed',
        kind: 'unsupported',
        reason: 'fetch cannot stream here; use long poll',
      });
    sink.opened();
    const resumed = response.headers.get('roomtone-resume');
    if (resumed && !over) sink.continuity(resumed === 'resumed');
    // the byte order mark is the parser's business
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    while (!over) {
      const { done, value } = await reader.read();
      if (done) return endSent({ why: 'lost', reason: 'the stream ended' }, true);
      if (over) return;
      sink.pulse();
      parser.feed(decoder.decode(value, { stream: true }));
    }
  };

  sendRequest(
    {
      endpoint,
      options,
      dial,
      signal: attempt.signal,
      headers: { accept: 'text/event-stream', ...asHeader(cursor) },
      sent: () => void (spent = !isRepeatable(options)),
    },
    (response) =>
      void read(response).catch((cause: unknown) => endSent({ why: 'lost', reason: 'the stream broke off', cause })),
    end,
  );
  return {
    send: uplink.send,
    bufferedAmount: 0,
    get spent() {
      return spent;
    },
    close,
  };
}
