// What frames mean: the grammar between a wire and the events that it carries. Types only.

import type { Clock } from '../base/clock.js';
import type { RealtimeError } from '../base/error.js';
import type { Data, Frame, FrameMeta, WireEnd } from '../transport/transport.js';

/** Where a protocol puts what it understood. */
export interface ProtocolSink<E> {
  event(event: E): void;
  readonly clock: Clock;
  /** Something waits for an answer, and nothing did: the heartbeat has to look earlier. */
  asked(): void;
  /** The far end answered the heartbeat. */
  pong(): void;
  /** A frame that means nothing; the wire goes on. */
  fault(error: RealtimeError, frame: Frame): void;
  /** The far end said, in this dialect, that it is over: the wire is let go. */
  ended(end: WireEnd): void;
}

/** One instance per wire. */
export interface Session {
  receive(frame: Frame, meta: FrameMeta | undefined): void;
}

/** Turns frames into events and commands into frames. */
export interface Protocol<E, C> {
  /** Throws in the caller's stack what cannot be said. */
  encode(command: C): Data;
  /** Many as one frame; undefined where the dialect cannot say that. */
  readonly group?: ((frames: readonly Data[]) => Data) | undefined;
  /** The heartbeat's question, or undefined where the dialect has none. */
  ping(): Data | undefined;
  /** Since when somebody waits for an answer on the newest wire, and hears none; Infinity: nobody does. Left out: the dialect has no questions. */
  readonly askedAt?: (() => number) | undefined;
  start(sink: ProtocolSink<E>): Session;
}
