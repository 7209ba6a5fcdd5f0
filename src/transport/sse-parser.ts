// Event stream text to events, by HTML §9.2.5 and §9.2.6. Pure: no network, no time, no queue.

export interface SseHandlers {
  /** `id` is the last event ID at that moment; the empty string where there is none. */
  readonly onEvent: (type: string, data: string, id: string) => void;
  readonly onComment?: ((text: string) => void) | undefined;
  /** `retry:` in milliseconds, clamped to what a timer can take. */
  readonly onRetry?: ((ms: number) => void) | undefined;
  /** A block gave a last event ID, perhaps the same again; also a block that has no data. */
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
/** Past the end of every string, and a small integer, which engines compare fastest. */
const NONE = 2 ** 30 - 1;
const BYTE_ORDER_MARK = 0xfeff;
const LF = 10;
const SPACE = 32;
const COLON = 58;
const A = 97;
const D = 100;
const E = 101;
const I = 105;
const T = 116;

const isData = (text: string, at: number): boolean =>
  text.charCodeAt(at) === D &&
  text.charCodeAt(at + 1) === A &&
  text.charCodeAt(at + 2) === T &&
  text.charCodeAt(at + 3) === A &&
  text.charCodeAt(at + 4) === COLON;

const find = (text: string, letter: string, from: number): number => {
  const at = text.indexOf(letter, from);
  return at === -1 ? NONE : at;
};

/** What follows the colon, without the one space that belongs to it. A line end is no space: no look at `end` is needed. */
const valueOf = (text: string, colon: number, end: number): string =>
  text.slice(text.charCodeAt(colon + 1) === SPACE ? colon + 2 : colon + 1, end);

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
  let rest = ''; // of a line whose end has not come; grown by concatenation, looked into once
  let data: string | undefined; // the data buffer; undefined: no data field so far
  let type = '';
  let idBuffer = '';
  let lastId = initialId;
  let idGiven = false;
  let hasNul = false; // may there be one? ids with a NUL are ignored, and hardly a stream has any

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
    if (idGiven) {
      idGiven = false;
      lastId = idBuffer;
      onId?.(lastId);
    }
    const eventData = data;
    const eventType = type;
    data = undefined;
    type = '';
    // 2. without data there is no event
    if (eventData !== undefined && !stopped) onEvent(eventType || 'message', eventData, lastId);
  };

  const setId = (value: string): void => {
    if (hasNul && value.includes('\0')) return;
    idBuffer = value;
    idGiven = true;
  };

  /** §9.2.6 "process the field". */
  const field = (name: string, value: string): void => {
    if (name === 'data') addData(value);
    else if (name === 'event') type = value;
    else if (name === 'id') setId(value);
    else if (name === 'retry' && /^[0-9]+$/.test(value)) onRetry?.(Math.min(Number(value), MAX_RETRY_MS));
    // any other name: the field is ignored
  };

  /** Any line but an empty one. */
  const line = (text: string): void => {
    const colon = text.indexOf(':');
    if (colon === 0) onComment?.(text.slice(1));
    else if (colon < 0) field(text, '');
    else field(text.slice(0, colon), valueOf(text, colon, text.length));
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
      if (skipLf) {
        skipLf = false;
        if (chunk.charCodeAt(at) === LF) at++;
      }
      // one look at a large chunk costs less than one at each id
      if (!hasNul) hasNul = length < 64 || chunk.includes('\0');
      // NONE: there is none from here on, so no stretch of the chunk is searched twice
      let cr = find(chunk, '\r', at);
      let lf = -1;
      while (at < length && !stopped) {
        if (lf < at) lf = find(chunk, '\n', at);
        const end = lf < cr ? lf : cr;
        if (end === NONE) break;
        if (end - at + rest.length > maxLength) return overflow();
        const first = chunk.charCodeAt(at);
        if (rest !== '') {
          const whole = rest + chunk.slice(at, end);
          rest = '';
          line(whole);
        } else if (end === at) dispatch();
        else if (isData(chunk, at)) {
          const value = valueOf(chunk, at + 4, end);
          // the usual event: one line of data and the end
          if (end === lf && data === undefined && chunk.charCodeAt(end + 1) === LF) {
            data = value;
            dispatch();
            at = end + 2;
            continue;
          }
          addData(value);
        } else if (first === I && chunk.charCodeAt(at + 1) === D && chunk.charCodeAt(at + 2) === COLON)
          setId(valueOf(chunk, at + 2, end));
        else if (first === E && chunk.startsWith('event:', at)) type = valueOf(chunk, at + 5, end);
        else line(chunk.slice(at, end));
        at = end + 1;
        if (end !== cr) continue;
        if (at === length) skipLf = true;
        else if (chunk.charCodeAt(at) === LF) at++;
        cr = find(chunk, '\r', at);
      }
      if (stopped || at >= length) return;
      rest += at === 0 ? chunk : chunk.slice(at);
      if (rest.length > maxLength) overflow();
    },
  };
}
