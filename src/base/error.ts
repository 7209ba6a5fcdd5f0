// The one error class: what happened, where, and what to do about it.

export type RealtimeErrorKind =
  | 'refused' // the far end, or something on the way, said no to this attempt
  | 'lost' // an open link broke
  | 'timeout' // nobody answered in time: connecting, or a heartbeat
  | 'stalled' // a stream opened and then said nothing for `idleTimeoutMs`
  | 'unauthorized' // credentials are missing or expired
  | 'forbidden' // credentials are known and do not suffice
  | 'not-found'
  | 'protocol' // the far end does not speak what we expect
  | 'parse' // a frame that the codec cannot read
  | 'invalid' // a message that the schema refuses
  | 'too-large' // over `maxMessageBytes`
  | 'overflow' // the outbox is full
  | 'storage'
  | 'config' // options that make no sense
  | 'unsupported'; // this platform, or this transport, cannot do that

/** Everything that roomtone reports is one of these; `kind` is for programs, `message` for people. */
export class RealtimeError extends Error {
  override readonly name = 'RealtimeError';
  readonly kind: RealtimeErrorKind;
  /** HTTP status (under 1000) or WebSocket close code, where there was one. */
  readonly code: number | undefined;
  /** The far end's own words, where it sent any. */
  readonly reason: string | undefined;

  constructor(
    kind: RealtimeErrorKind,
    message: string,
    detail: { readonly code?: number | undefined; readonly reason?: string | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.kind = kind;
    this.code = detail.code;
    this.reason = detail.reason;
  }
}
