// What sessions say: the events of a tick go out as one frame each. Knows no wire but where to put it.

import type { Clock } from '../../base/clock.js';
import { reportOutOfBand } from '../../base/report.js';
import { frameOf } from '../../protocol/rooms-frames.js';

/** What one session is about to say. */
export interface Line {
  readonly wire: { send(frame: string, asked: boolean): void };
  /** undefined: nothing. */
  waiting: string[] | undefined;
  /** Characters of it. */
  size: number;
  wasAsked: boolean;
  isHeld: boolean;
}

export interface Outbound {
  /** An event, as JSON. `asked`: the client asked for it. */
  say(line: Line, event: string, asked?: boolean): void;
  /** Says now what waits. */
  flush(line: Line): void;
  /** Keeps what is said together until the undo is called, but for no longer than a turn of the event loop. */
  hold(line: Line): () => void;
}

/** A promise's turn comes as soon as that of `queueMicrotask`, which in Node makes an object for its own bookkeeping each time. */
const SOON = Promise.resolve();
/** A frame that has as much begins no new event. */
const FULL = 2 ** 18;

export function createOutbound(clock: Clock): Outbound {
  /** Those with something to say since the last tick: one turn for all of them. */
  let due: Line[] = [];
  // who is in the same room says the same: its frame is made once
  let newest: readonly string[] = [];
  let frame = '';

  const frameFor = (events: readonly string[]): string => {
    if (events.length === 1) return frameOf(events);
    const isSame = events.length === newest.length && events.every((event, index) => event === newest[index]);
    if (!isSame) {
      newest = events;
      frame = frameOf(events);
    }
    return frame;
  };
  const flush = (line: Line): void => {
    const { waiting, wasAsked } = line;
    if (!waiting) return;
    line.waiting = undefined;
    line.size = 0;
    line.wasAsked = false;
    line.wire.send(frameFor(waiting), wasAsked);
  };
  const flushAll = (): void => {
    const lines = due;
    due = [];
    for (const line of lines)
      try {
        if (!line.isHeld) flush(line);
      } catch (error) {
        reportOutOfBand(error); // a wire that throws keeps nobody else waiting
      }
    newest = [];
    frame = '';
  };
  return {
    say(line, event, asked = false) {
      line.wasAsked ||= asked;
      if (line.waiting) line.waiting.push(event);
      else {
        line.waiting = [event];
        if (!line.isHeld && due.push(line) === 1) void SOON.then(flushAll);
      }
      line.size += event.length;
      if (line.size >= FULL) flush(line);
    },
    flush,
    hold(line) {
      line.isHeld = true;
      const release = (): void => {
        cancel();
        if (!line.isHeld) return;
        line.isHeld = false;
        flush(line);
      };
      const cancel = clock.after(0, release);
      return release;
    },
  };
}
