// The client's end of the rooms protocol: frames to events and back. Knows nothing of what is joined.

import { RealtimeError } from '../base/error.js';
import type { Frame } from '../transport/transport.js';
import type { Protocol } from './protocol.js';
import { createQuestions, type Questions } from './questions.js';
import { readServerFrame } from './read-frames.js';
import { frameOf, type ServerEvent } from './rooms-frames.js';

/** What the server said. Throws `protocol` where it is no frame of text. */
export function readFrame(frame: Frame): ReturnType<typeof readServerFrame> {
  if (typeof frame === 'string') return readServerFrame(frame);
  throw new RealtimeError('protocol', 'A binary frame: the rooms protocol is text.');
}

/**
 * The rooms protocol (docs/protocol.md), for one connection. A command is a list of events, each JSON already.
 *
 * @example
 * createConnection({ transport: webSocket('/realtime'), protocol: rooms(), options: () => ({}), host: createHost() });
 */
export function rooms(): Protocol<ServerEvent, readonly string[]> {
  let current: Questions | undefined; // of the newest wire
  return {
    encode(events) {
      current?.said(events);
      return frameOf(events);
    },
    ping() {
      current?.pinged();
      return '{"t":"ping"}';
    },
    askedAt: () => current?.since ?? Infinity,
    start(sink) {
      const questions = (current = createQuestions(sink));
      return {
        receive(frame) {
          let found: ReturnType<typeof readServerFrame>;
          try {
            found = readFrame(frame);
          } catch (error) {
            return sink.fault(error as RealtimeError, frame);
          }
          for (const read of found) {
            if ('wrong' in read) sink.fault(new RealtimeError('protocol', read.wrong), frame);
            // a type of a newer version is none of ours
            if (!('event' in read)) continue;
            const { event } = read;
            questions.heard(event);
            if (event.t === 'pong') {
              questions.ponged();
              sink.pong();
            } else if (event.t === 'close') sink.ended({ why: 'lost', code: event.code, reason: event.reason });
            else sink.event(event);
          }
        },
      };
    },
  };
}
