// The grammar that every wire obeys. Types only: no transport lives here.

import type { RealtimeError, RealtimeErrorKind } from '../base/error.js';
import type { Host } from '../base/host.js';
import type { Auth, AuthReason } from './auth.js';

/** What can be put on a wire. */
export type Data = string | Uint8Array<ArrayBuffer>;
/** What can come off one: `Blob` only from a WebSocket with `binaryType: 'blob'`. */
export type Frame = Data | Blob;

export interface FrameMeta {
  /** SSE event type; 'message' where the transport has no types. */
  readonly type?: string;
  /** SSE last event ID at that moment. */
  readonly id?: string;
}

/** How a wire ended, in the transport's words. */
export interface WireEnd {
  /** `refused`: it never opened. `lost`: it was open. `protocol`: the far end does not speak our language. */
  readonly why: 'refused' | 'lost' | 'timeout' | 'stalled' | 'protocol';
  /** HTTP status (under 1000) or WebSocket close code. */
  readonly code?: number | undefined;
  /** Who says so, where a transport is made of several. */
  readonly by?: string | undefined;
  /** The far end's own words. */
  readonly reason?: string | undefined;
  /** `Retry-After`, in milliseconds: a floor for the next attempt. */
  readonly retryAfterMs?: number | undefined;
  /** What only the transport knows: `closed` is an end for good, `failed` a failure for good. Otherwise the code decides. */
  readonly verdict?: 'closed' | 'failed' | undefined;
  /** Overrides the kind that follows from `why` and `code`. */
  readonly kind?: RealtimeErrorKind | undefined;
  readonly cause?: unknown;
}

/**
 * What a wire tells its owner. The grammar:
 * `(opened (frame | pulse | cursor | retryDelay | continuity | writable | moved)* reopening?)* ended?`;
 * `pulse` may also come before `opened`: still trying. Silence after `ended`, and after `wire.close()`.
 */
export interface Sink {
  opened(): void;
  frame(frame: Frame, meta?: FrameMeta): void;
  /** Alive, with nothing to say: an SSE comment, an empty poll. */
  pulse(): void;
  /** A place to resume from; it is handed to the next dial. The empty string forgets it. */
  cursor(id: string): void;
  /** SSE `retry:`: a floor for the waits from now on. */
  retryDelay(ms: number): void;
  /** The far end says whether it continued from the cursor that we gave it. Comes before the first frame that it is about. */
  continuity(resumed: boolean): void;
  /** `send` said no; now there is room again. */
  writable(): void;
  /** Something was sent or received that is wrong, and the wire goes on. */
  fault(error: RealtimeError, frame?: Frame): void;
  /** The platform itself is connecting again (native EventSource); `opened` or `ended` follows. */
  reopening(end: WireEnd): void;
  /** Another wire carries on from here: what was not answered on the old one may be lost, and is to be said again. */
  moved(): void;
  ended(end: WireEnd): void;
}

export interface Wire {
  /** false: not now, keep it; `sink.writable()` follows. */
  send(data: Data): boolean;
  /** Bytes taken by `send` that the platform still holds. */
  readonly bufferedAmount: number;
  /** It sent what must not be sent again unasked (a POST): nothing but the user's own wish may follow it. */
  readonly spent?: boolean | undefined;
  /** The far end said over this wire, in a protocol's words, that it is over: `sink.ended` follows, now or when that is sure. */
  ends?(end: WireEnd): void;
  /** Lets go at once: nothing more reaches the sink. The far end is told where that is possible. */
  close(code?: number, reason?: string): void;
}

export interface Dial {
  readonly host: Host;
  /** Why credentials are asked for: the first time, again after a drop, or after the far end refused the last ones. */
  readonly credentials: AuthReason;
  /** Whoever dials has credentials: a transport carries these, or none where they are `said` on the wire. Some of its own are a conflict. */
  readonly auth?: Auth | 'said' | undefined;
  /** Where the last wire had got to. */
  readonly cursor: string | undefined;
  /** Names this wire in the query of all its requests, so that a server can tell which belong together; POSTs go where the rest goes. */
  readonly session?: string | undefined;
  /** Frames over this many bytes are a `fault`, or the end of the wire where reading on would not be bounded. */
  readonly maxMessageBytes: number;
}

/** One attempt at one wire, without memory. `dial` returns at once and does not throw; it may call the sink before it returns. */
export interface Transport {
  readonly name: string;
  /** Where it leads; undefined where a function says that, anew for each attempt. */
  readonly address?: string | undefined;
  /** Is there somebody to ask for new credentials when the far end says that they expired? */
  readonly renewable: boolean;
  /** Why `send` can never work here, or undefined where it can. */
  readonly readOnly?: string | undefined;
  dial(sink: Sink, dial: Dial): Wire;
}
