// The platform's own EventSource as a transport: it reconnects by itself, by the engine's rules.

import { addressOf, askWhere, type Endpoint, type Pass, withParams } from './credentials.js';
import type {
  EventSourceConstructor,
  EventSourceEvent,
  EventSourceLike,
  EventSourceOptions,
} from './event-source-options.js';
import type { Transport, WireEnd } from './transport.js';

const CLOSED = 2;
const AUTH = {
  transport: "the native EventSource, but for implementation: 'fetch'",
  usual: 'header',
  can: ['query', 'cookie'],
} as const;

/**
 * Server-Sent Events by the engine: GET only, no headers, no status codes, no bound on what is buffered; events of
 * type `message` and those listed in `events`. Choose it where `fetch` cannot stream.
 *
 * @example
 * createFeed({ transport: nativeEventSource('/news', { events: ['headline'] }) });
 */
export function nativeEventSource(
  endpoint: Endpoint,
  options: EventSourceOptions | (() => EventSourceOptions) = {},
): Transport {
  const current = typeof options === 'function' ? options : () => options;
  return {
    name: 'sse',
    address: addressOf(endpoint),
    get renewable() {
      return typeof endpoint === 'function' || current().auth !== undefined;
    },
    readOnly: 'the native EventSource only receives.',
    dial(sink, dial) {
      let source: EventSourceLike | undefined;
      let closed = false;
      const end = (how: WireEnd): void => {
        if (closed) return;
        close();
        sink.ended(how);
      };
      const close = (): void => {
        closed = true;
        source?.close();
      };
      const fail = (kind: 'config' | 'unsupported', reason: string): void =>
        end({ why: 'refused', verdict: 'failed', kind, reason });

      const open = (url: string, { via, query: ticket }: Pass): void => {
        if (closed) return;
        const { method, headers, body, params, credentials, events = [], EventSource: own } = current();
        const Source = own ?? (globalThis.EventSource as EventSourceConstructor | undefined);
        if (!Source) return fail('unsupported', "there is no EventSource here; use implementation: 'fetch'");
        const sends = method !== undefined && method.toUpperCase() !== 'GET';
        if (sends || headers !== undefined || body !== undefined)
          return fail('config', "the native EventSource has no method, headers or body; use implementation: 'fetch'");
        // a new EventSource cannot send Last-Event-ID: the query says it to servers that look there
        const query = {
          lastEventId: dial.cursor ?? current().lastEventId,
          ...ticket,
        };
        try {
          source = new Source(withParams(url, { ...params, ...query }), {
            withCredentials: (credentials ?? (via === 'cookie' ? 'include' : undefined)) === 'include',
          });
        } catch {
          return fail('config', 'the url is not valid');
        }
        const { addEventListener } = source;
        const on = (type: string, listener: (event: EventSourceEvent) => void): void =>
          addEventListener.call(source, type, (event) => closed || listener(event));
        // events of the server may be called `open` and `error` too; those have data
        on('open', ({ data }) => data === undefined && sink.opened());
        on('error', ({ data }) => {
          if (data !== undefined) return;
          const how: WireEnd = { why: 'lost', reason: 'the browser does not say why' };
          if (source?.readyState === CLOSED)
            end({
              ...how,
              why: 'refused',
              verdict: 'failed',
              reason: 'the browser gave up: wrong status or content type',
            });
          else sink.reopening(how);
        });
        for (const type of new Set(['message', ...events]))
          on(type, ({ data, lastEventId = '' }) => {
            if (typeof data !== 'string') return;
            sink.frame(data, { type, id: lastEventId });
            if (!closed && lastEventId) sink.cursor(lastEventId);
          });
      };
      askWhere(endpoint, current().auth, dial, AUTH, open, end);

      return {
        send: () => false,
        bufferedAmount: 0,
        close,
      };
    },
  };
}
