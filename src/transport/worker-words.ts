// What a page and its worker say to one another about wires, and how errors cross between them. Holds no state.

import { RealtimeError, type RealtimeErrorKind } from '../base/error.js';
import type { Focus } from '../base/host.js';
import type { Auth, AuthReason } from './auth.js';
import type { Data, Dial, Frame, FrameMeta, WireEnd } from './transport.js';

/** Both files come out of one build, unless a cache kept one of them. */
export const WORDS_VERSION = 1;

/** A dial without what cannot cross: the worker has a host of its own, and asks the page for tokens. */
export interface WorkerDial extends Pick<Dial, 'credentials' | 'cursor' | 'session' | 'maxMessageBytes'> {
  /** Which of the worker's transports; undefined: its first. */
  readonly of: string | undefined;
  readonly given: unknown;
  readonly auth: 'said' | (Pick<Auth, 'via' | 'queryName'> & { readonly hasMessage: boolean }) | undefined;
}

/** An error as it crosses: its class and the rest of it stay behind. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
}

/** What `getToken` of the page said. `first`: what `auth.message` made of it, where there is one. */
export type Answer =
  | { readonly token: string | null; readonly first?: Data | PlainError | undefined }
  | { readonly error: PlainError };

/** The page to the worker. */
export type Order =
  | { readonly t: 'dial'; readonly wire: number; readonly dial: WorkerDial }
  | { readonly t: 'send'; readonly wire: number; readonly frames: readonly Data[] }
  | { readonly t: 'token'; readonly wire: number; readonly ask: number; readonly answer: Answer }
  | { readonly t: 'ends'; readonly wire: number; readonly end: WireEnd }
  | {
      readonly t: 'close';
      readonly wire: number;
      readonly code?: number | undefined;
      readonly reason?: string | undefined;
    }
  | { readonly t: 'focus'; readonly focus: Focus }
  /** The last batch was gone through: the next may come. */
  | { readonly t: 'taken' }
  /** Are you there? */
  | { readonly t: 'ping' };

/** What is known of a transport once the worker has made it. */
export interface Facts {
  readonly renewable: boolean;
  readonly readOnly: string | undefined;
}

/** How sending goes: so many of the page's frames came in, the wire holds so much, and whether it will not take more now. */
export interface Flow {
  readonly came: number;
  readonly held: number;
  readonly blocked: boolean;
  readonly spent: boolean | undefined;
}

interface PlainFault extends Pick<RealtimeError, 'code' | 'reason' | 'message'> {
  readonly kind: RealtimeErrorKind;
  readonly cause: unknown;
}

/** The worker to the page, of one wire: what its sink hears, and what else the page must know. */
export type Word = readonly [
  wire: number,
  ...(
    | readonly ['made', Facts]
    | readonly ['flow', Flow]
    | readonly ['ask', ask: number, reason: AuthReason]
    /** Several, of which none has a meta, or one. */
    | readonly ['frames', frames: Frame[], meta?: FrameMeta | undefined]
    | readonly ['opened' | 'pulse' | 'moved']
    | readonly ['cursor', string]
    | readonly ['retryDelay', number]
    | readonly ['continuity', boolean]
    | readonly ['fault', PlainFault, frame: Frame | undefined]
    | readonly ['reopening', WireEnd]
    /** `left`: of what the page has sent, so many never left the worker. */
    | readonly ['ended', WireEnd, left: number]
  ),
];

/** One message of the worker. */
export interface Report {
  readonly v: number;
  readonly words: readonly Word[];
  /** A batch: the next one waits for `taken`. */
  readonly isBatch?: boolean | undefined;
}

export const sizeOf = (frame: Frame): number =>
  typeof frame === 'string' ? frame.length : 'byteLength' in frame ? frame.byteLength : frame.size;

/** Bytes that can be given away: all of their buffer, or a copy. */
export const whole = <T>(frame: T | Uint8Array<ArrayBuffer>): T | Uint8Array<ArrayBuffer> =>
  ArrayBuffer.isView(frame) && frame.byteLength < frame.buffer.byteLength
    ? (frame as Uint8Array<ArrayBuffer>).slice()
    : frame;

/** What moves over with these, rather than being copied. */
export const buffersOf = (frames: readonly unknown[]): ArrayBuffer[] => [
  ...new Set(frames.filter((each) => ArrayBuffer.isView(each)).map(({ buffer }) => buffer as ArrayBuffer)),
];

export function plainError(error: unknown): PlainError {
  const { name = 'Error', message } = (error ?? {}) as Partial<PlainError>;
  return { name: String(name), message: String(message ?? error) };
}

export const errorOf = ({ name, message }: PlainError): Error => Object.assign(new Error(message), { name });

const plainCause = (cause: unknown): PlainError | undefined => (cause === undefined ? undefined : plainError(cause));
const causeOf = (cause: unknown): Error | undefined => (cause === undefined ? undefined : errorOf(cause as PlainError));

export const plainEnd = (end: WireEnd): WireEnd => ({ ...end, cause: plainCause(end.cause) });
export const endOf = (end: WireEnd): WireEnd => ({ ...end, cause: causeOf(end.cause) });

export const plainFault = ({ kind, message, code, reason, cause }: RealtimeError): PlainFault => ({
  ...{ kind, message, code, reason },
  cause: plainCause(cause),
});

export const faultOf = ({ kind, message, code, reason, cause }: PlainFault): RealtimeError =>
  new RealtimeError(kind, message, { code, reason, cause: causeOf(cause) });
