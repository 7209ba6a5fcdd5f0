// One answer after another: what long poll and poll have in common. Decides nothing about when to ask.

import type { Cancel } from '../base/clock.js';
import { addressOf, type Endpoint } from './credentials.js';
import { readBody } from './read-body.js';
import { finalFor, isRenewable, type RequestOptions, sendRequest } from './request.js';
import type { Dial, Sink, Transport, Wire, WireEnd } from './transport.js';
import { createUplink } from './uplink.js';

export interface PollingOptions extends RequestOptions {
  /** Where to go on after this answer. Default: the response header `roomtone-cursor`. `body` is parsed if it is JSON. */
  readonly cursor?: ((body: unknown, response: Response) => string | undefined) | undefined;
  /** The query parameter that carries the cursor. Default 'cursor'. */
  readonly cursorParam?: string | undefined;
  /** Says how to ask from a cursor, in place of `cursorParam`. */
  readonly request?:
    | ((cursor: string | undefined) => { readonly url: string | URL; readonly init?: RequestInit })
    | undefined;
  /** Where `send` posts to. Default: nowhere, sends are refused. */
  readonly uplink?: Endpoint | undefined;
}

/** What one answer was: `full` brought something new, `late` never came and is no longer waited for. */
export type Answer = 'full' | 'empty' | 'late';

export interface Poller {
  /** Asks once. `sent`: the request is on its way. `answered` is called unless the wire ended or was closed. */
  ask(timeoutMs: number, answered: (answer: Answer) => void, sent?: () => void): void;
  /** Tells the owner, once, that this works. */
  open(): void;
  end(how: WireEnd): void;
}

/** What many servers answer to whatever they do not know. A piece of HTML, or JSON with a careless type, is none. */
const isPage = (response: Response, body: string): boolean =>
  /^text\/html\b/i.test(response.headers.get('content-type') ?? '') && /^\s*<(!doctype html|html)\b/i.test(body);

const isEmptyArray = (body: string): boolean => /^\s*\[\s*\]\s*$/.test(body);

/** A transport out of a rhythm: `start` decides when to ask, and returns its undo. */
export function pollingTransport<O extends PollingOptions>(
  name: string,
  endpoint: Endpoint,
  current: () => O,
  start: (poller: Poller, options: () => O, dial: Dial) => () => void,
): Transport {
  return {
    name,
    address: addressOf(endpoint),
    get renewable() {
      return isRenewable(endpoint, current());
    },
    get readOnly() {
      return current().uplink ? undefined : `${name} only receives: give the \`uplink\` option a url to post to.`;
    },
    dial: (sink, dial) => poll(endpoint, current, sink, dial, start),
  };
}

function poll<O extends PollingOptions>(
  endpoint: Endpoint,
  current: () => O,
  sink: Sink,
  dial: Dial,
  start: (poller: Poller, options: () => O, dial: Dial) => () => void,
): Wire {
  const { clock } = dial.host;
  let cursor = dial.cursor;
  let etag: string | undefined;
  let latest = '';
  let opened = false;
  let over = false;
  let attempt: AbortController | undefined;
  let cancelTimeout: Cancel | undefined;

  const uplink = createUplink(endpoint, current, sink, dial, (how) => end(how));
  const end = (how: WireEnd): void => {
    if (over) return;
    uplink.fail();
    // the owner may let go inside that
    if (over) return;
    finish();
    sink.ended(opened && how.why === 'refused' ? { ...how, why: 'lost' } : how);
  };
  const finish = (): void => {
    over = true;
    attempt?.abort();
    cancelTimeout?.();
    uplink.close();
    stop?.();
  };

  const poller: Poller = {
    open() {
      if (opened) return;
      opened = true;
      sink.opened();
    },
    end: (how) => end(how),
    ask(timeoutMs, answered, sent) {
      const options = current();
      const mine = new AbortController();
      attempt = mine;
      cancelTimeout = clock.after(timeoutMs, () => {
        mine.abort();
        if (!over) answered('late');
      });
      const done = (answer: Answer): void => {
        cancelTimeout?.();
        if (!over) answered(answer);
      };
      let custom: ReturnType<NonNullable<PollingOptions['request']>> | undefined;
      try {
        custom = options.request?.(cursor);
      } catch (cause) {
        return end({ why: 'refused', reason: 'the `request` function threw', cause });
      }
      sendRequest(
        {
          endpoint: custom?.url ?? endpoint,
          options,
          dial,
          signal: mine.signal,
          headers: etag === undefined ? {} : { 'if-none-match': etag },
          params: { [options.cursorParam ?? 'cursor']: custom ? undefined : cursor },
          init: custom?.init,
          sent,
        },
        (response) => {
          readBody(response, dial.maxMessageBytes).then(
            (body) => {
              if (over || mine.signal.aborted) return;
              if (body === null)
                return end({
                  why: 'protocol',
                  kind: 'too-large',
                  reason: `the answer is over maxMessageBytes (${dial.maxMessageBytes})`,
                });
              if (isPage(response, body))
                return end({
                  why: 'protocol',
                  code: response.status,
                  verdict: 'failed',
                  reason: 'expected messages, got an HTML page; is the url right?',
                });
              // the same words from the same place are no reason to hurry: so does a far end speak that understands nothing
              const [place, words] = [cursor, latest];
              deliver(response, body, options);
              latest = body;
              const isNew = body !== '' && !isEmptyArray(body) && (body !== words || cursor !== place);
              // without a place, what is said between two requests is lost without a word
              const isFirstPlace = place === undefined && cursor !== undefined;
              done(isNew || isFirstPlace ? 'full' : 'empty');
            },
            (cause: unknown) => {
              if (!mine.signal.aborted)
                end(finalFor(options, { why: 'refused', reason: 'the answer broke off', cause }, false));
            },
          );
        },
        end,
      );
    },
  };

  const deliver = (response: Response, body: string, options: O): void => {
    poller.open();
    etag = response.headers.get('etag') ?? (response.status === 304 ? etag : undefined);
    const resumed = response.headers.get('roomtone-resume');
    // the owner may let go inside any of these calls
    if (resumed && !over) sink.continuity(resumed === 'resumed');
    if (over) return;
    let next: string | undefined;
    try {
      next = options.cursor
        ? options.cursor(parsed(body), response)
        : (response.headers.get('roomtone-cursor') ?? undefined);
    } catch (cause) {
      return end({ why: 'protocol', reason: 'the `cursor` function threw', cause });
    }
    // before the frame: whoever reconnects while hearing it must not hear it twice
    if (next !== undefined && next !== cursor) sink.cursor((cursor = next));
    if (over) return;
    if (body === '') sink.pulse();
    else sink.frame(body);
  };

  let stop: (() => void) | undefined;
  const undo = start(poller, current, dial);
  if (over) undo();
  else stop = undo;
  return { send: uplink.send, bufferedAmount: 0, close: finish };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return body;
  }
}
