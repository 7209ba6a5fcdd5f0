// Event stream text to events, by HTML §9.2.5 and §9.2.6. Pure: no network, no time, no queue.

export interface SseHandlers {
  /** `id` is the last event ID at that moment; the empty string where there is none. */
  readonly onEvent: (type: string, data: string, id: string) => void;
  readonly onComment?: ((text: string) => void) | undefined;
  /** `retry:` in milliseconds, clamped to what a timer can take. */
  readonly onRetry?: ((ms: number) => void) | undefined;
  /** The last event ID changed; also by a block that has no data. */
  readonly onId?: ((id: string) => void) | undefined;
  /** A line or an event is over `maxLength`: nothing more will be parsed. */
  readonly onOverflow?: (() => void) | undefined;
}

export interface SseParser {
  /** The next piece of decoded text, cut anywhere. Linear in its length. */
  feed(chunk: string): void;
  /** Nothing more is said, also from within a handler. */
  stop(): void;
}

const MAX_RETRY_MS = 2 ** 31 - 1;
const BYTE_ORDER_MARK = 0xfeff;
const LF = 10;
const SPACE = 32;
const COLON = 58;

/**
 * A parser for one stream. `maxLength` bounds a line, and an event, in UTF-16 units.
 *
 * @example
 * const parser = createSseParser({ onEvent: (type, data) => console.log(type, data) }, 4 * 2 ** 20);
 * parser.feed('data: hel');
 * parser.feed('lo\n\n'); // message hello
 */
export function createSseParser(handlers: SseHandlers, maxLength: number, initialId = ''): SseParser {
  const { onEvent, onComment, onRetry, onId, onOverflow } = handlers;
  let started = false;
  let stopped = false;
  let skipLf = false; // the last chunk ended in CR: a LF that follows belongs to it
  let pieces: string[] = []; // of a line whose end has not come
  let piecesLength = 0;
  let data: string | undefined; // the data buffer; undefined: no data field so far
  let type = '';
  let idBuffer = initialId;
  let lastId = initialId;

  const overflow = (): void => {
    stopped = true;
    onOverflow?.();
  };

  const addData = (value: string): void => {
    data = data === undefined ? value : `${data}\n${value}`;
    if (data.length > maxLength) overflow();
  };

  /** §9.2.6 "dispatch the event": at an empty line. */
  const dispatch = (): void => {
    // 1. the last event ID string is set first, whether or not there is data
    if (idBuffer !== lastId) onId?.((lastId = idBuffer));
    const [eventData, eventType] = [data, type];
    data = undefined;
    type = '';
    // 2. without data there is no event
    if (eventData !== undefined && !stopped) onEvent(eventType || 'message', eventData, lastId);
  };

  /** §9.2.6 "process the field". */
  const field = (name: string, value: string): void => {
    if (name === 'data') addData(value);
    else if (name === 'event') type = value;
    else if (name === 'id') {
      if (!value.includes('\0')) idBuffer = value;
    } else if (name === 'retry' && /^[0-9]+$/.test(value)) onRetry?.(Math.min(Number(value), MAX_RETRY_MS));
    // any other name: the field is ignored
  };

  const line = (text: string): void => {
    if (text.length === 0) return dispatch();
    const colon = text.indexOf(':');
    if (colon === 0) return onComment?.(text.slice(1));
    if (colon < 0) return field(text, '');
    // one space after the colon belongs to it
    field(text.slice(0, colon), text.slice(text.charCodeAt(colon + 1) === SPACE ? colon + 2 : colon + 1));
  };

  return {
    stop: () => void (stopped = true),
    feed(chunk) {
      const { length } = chunk;
      if (length === 0) return;
      let at = 0;
      if (!started) {
        started = true;
        // one leading byte order mark is no content (§9.2.5)
        if (chunk.charCodeAt(0) === BYTE_ORDER_MARK) at = 1;
      }
      if (skipLf && at < length) {
        skipLf = false;
        if (chunk.charCodeAt(at) === LF) at++;
      }
      // -1: there is none from here on, so no stretch of the chunk is searched twice
      let cr = -2;
      let lf = -2;
      while (at < length && !stopped) {
        if (cr !== -1 && cr < at) cr = chunk.indexOf('\r', at);
        if (lf !== -1 && lf < at) lf = chunk.indexOf('\n', at);
        const end = cr === -1 || (lf !== -1 && lf < cr) ? lf : cr;
        if (end === -1) break;
        if (end - at + piecesLength > maxLength) return overflow();
        if (piecesLength > 0) {
          pieces.push(chunk.slice(at, end));
          const whole = pieces.join('');
          pieces = [];
          piecesLength = 0;
          line(whole);
        } else if (end === at) dispatch();
        else if (chunk.charCodeAt(at + 4) === COLON && chunk.startsWith('data', at))
          addData(chunk.slice(chunk.charCodeAt(at + 5) === SPACE && at + 5 < end ? at + 6 : at + 5, end));
        else line(chunk.slice(at, end));
        at = end + 1;
        if (end === cr) {
          if (at === length) skipLf = true;
          else if (chunk.charCodeAt(at) === LF) at++;
        }
      }
      if (stopped || at >= length) return;
      pieces.push(chunk.slice(at));
      piecesLength += length - at;
      if (piecesLength > maxLength) overflow();
    },
  };
}
