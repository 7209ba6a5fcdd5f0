// A sink that writes down what a wire says, and waits for it. Judges nothing.

import type { Host } from '../base/host.js';
import type { Frame, FrameMeta, Sink, Transport, Wire, WireEnd } from '../transport/transport.js';

/** One wire, and everything that it said. */
export interface WireLog {
  readonly events: readonly string[];
  readonly frames: readonly Frame[];
  readonly ends: readonly WireEnd[];
  readonly cursors: readonly string[];
  readonly wire: Wire;
  until(what: string, holds: () => boolean): Promise<void>;
}

/** How long a real far end may take. */
export const PATIENCE_MS = 5_000;

export function open(
  transport: Transport,
  host: Host,
  cursor?: string,
  onFrame?: (frame: Frame, log: WireLog) => void,
): WireLog {
  const events: string[] = [];
  const frames: Frame[] = [];
  const ends: WireEnd[] = [];
  const cursors: string[] = [];
  const waiting = new Set<() => void>();
  const note = (event: string): void => {
    events.push(event);
    for (const check of [...waiting]) check();
  };
  const sink: Sink = {
    opened: () => note('opened'),
    frame(frame: Frame, _meta?: FrameMeta) {
      frames.push(frame);
      onFrame?.(frame, log);
      note('frame');
    },
    pulse: () => note('pulse'),
    cursor(id) {
      cursors.push(id);
      note('cursor');
    },
    retryDelay: () => note('retryDelay'),
    continuity: (resumed) => note(resumed ? 'resumed' : 'gap'),
    writable: () => note('writable'),
    fault: () => note('fault'),
    reopening: () => note('reopening'),
    ended(end) {
      ends.push(end);
      note('ended');
    },
  };
  const until = (what: string, holds: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const giveUp = host.clock.after(PATIENCE_MS, () => {
        waiting.delete(check);
        reject(new Error(`waited for ${what}; heard ${events.join(' ') || 'nothing'}`));
      });
      const check = (): void => {
        if (!holds()) return;
        giveUp();
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  const wire = transport.dial(sink, { host, credentials: 'connect', cursor, maxMessageBytes: 2 ** 22 });
  const log: WireLog = { events, frames, ends, cursors, wire, until };
  return log;
}
