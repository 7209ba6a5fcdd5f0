// What one session says: the events of a tick go out as one frame. Knows no wire.

import { frameOf } from '../protocol/rooms-frames.js';

export interface Outbound {
  /** An event, as JSON. `asked`: the client asked for it. */
  say(event: string, asked?: boolean): void;
  /** Says now what waits. */
  flush(): void;
}

/** A frame that has as much begins no new event. */
const FULL = 2 ** 18;

export function createOutbound(send: (frame: string, asked: boolean) => void): Outbound {
  let waiting: string[] = [];
  let size = 0;
  let wasAsked = false;
  const flush = (): void => {
    if (waiting.length === 0) return;
    const frame = frameOf(waiting);
    waiting = [];
    size = 0;
    const asked = wasAsked;
    wasAsked = false;
    send(frame, asked);
  };
  return {
    say(event, asked = false) {
      wasAsked ||= asked;
      if (waiting.push(event) === 1) queueMicrotask(flush);
      size += event.length;
      if (size >= FULL) flush();
    },
    flush,
  };
}
