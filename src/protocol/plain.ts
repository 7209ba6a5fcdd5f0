// Any socket: each frame is a message. No envelope, no rooms.

import { RealtimeError } from '../base/error.js';
import type { Data, Frame } from '../transport/transport.js';
import { type CodecOption, codecOf } from './codec.js';
import type { Protocol } from './protocol.js';

/** One message, as it is kept and shown. */
export interface Message<In = unknown> {
  readonly data: In;
  /** SSE event type; 'message' elsewhere. */
  readonly type: string;
  /** SSE: the last event ID at that moment, as in the standard. */
  readonly id?: string;
  /** Milliseconds since 1970, by our own clock. */
  readonly receivedAt: number;
}

export interface PlainOptions<In = unknown, Out = unknown> {
  readonly codec?: CodecOption<In, Out> | undefined;
  /** A frame that is an array is one message per item. Default false. */
  readonly split?: boolean | undefined;
  /** Many encoded values as one frame. Default: a JSON array, where the codec is json. */
  readonly encodeBatch?: ((frames: readonly Data[]) => Data) | undefined;
  /** The heartbeat's question. Default 'ping'. */
  readonly ping?: Data | (() => Data) | undefined;
  /** Is this frame the answer to a heartbeat, and so no message? Default: none is. */
  readonly isReply?: ((frame: Frame) => boolean) | undefined;
}

const jsonArray = (frames: readonly Data[]): Data => `[${frames.join(',')}]`;

export function plain<In, Out>(
  options: () => PlainOptions<In, Out>,
  wallNow: () => number,
): Protocol<Message<In>, Out> {
  return {
    encode: (value) => codecOf(options().codec).encode(value),
    get group() {
      const { codec, encodeBatch } = options();
      return encodeBatch ?? (codecOf(codec).name === 'json' ? jsonArray : undefined);
    },
    ping() {
      const { ping = 'ping' } = options();
      return typeof ping === 'function' ? ping() : ping;
    },
    start: (sink) => ({
      receive(frame, meta) {
        const { codec, split, isReply } = options();
        let data: unknown;
        try {
          if (isReply?.(frame)) return sink.pong();
          data = codecOf(codec).decode(frame);
        } catch (cause) {
          const error =
            cause instanceof RealtimeError
              ? cause
              : new RealtimeError('parse', 'The codec could not read a frame.', { cause });
          return sink.fault(error, frame);
        }
        const receivedAt = wallNow();
        const type = meta?.type ?? 'message';
        const id = meta?.id;
        const say = (item: unknown): void =>
          sink.event(
            (id === undefined ? { data: item, type, receivedAt } : { data: item, type, id, receivedAt }) as Message<In>,
          );
        if (split && Array.isArray(data)) data.forEach(say);
        else say(data);
      },
    }),
  };
}
