// What one session says: the events of a tick go out as one frame. Knows no wire.

import type { Clock } from '../base/clock.js';
import { frameOf } from '../protocol/rooms-frames.js';

export interface Outbound {
  /** An event, as JSON. `asked`: the client asked for it. */
  say(event: string, asked?: boolean): void;
  /** Says now what waits. */
  flush(): void;
  /** Keeps what is said together until the undo is called, but for no longer than a turn of the event loop. */
  hold(): () => void;
}

/** A promise's turn comes as soon as that of `queueMicrotask`, which in Node makes an object for its own bookkeeping each time. */
const SOON = Promise.resolve();
/** A frame that has as much begins no new event. */
const FULL = 2 ** 18;

export function createOutbound(clock: Clock, send: (frame: string, asked: boolean) => void): Outbound {
  let waiting: string[] = [];
  let size = 0;
  let wasAsked = false;
  let isHeld = false;
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
      if (waiting.push(event) === 1 && !isHeld) void SOON.then(flush);
      size += event.length;
      if (size >= FULL) flush();
    },
    flush,
    hold() {
      isHeld = true;
      const release = (): void => {
        cancel();
        if (!isHeld) return;
        isHeld = false;
        flush();
      };
      const cancel = clock.after(0, release);
      return release;
    },
  };
}
