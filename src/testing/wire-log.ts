// A sink that writes down what a wire says, and waits for it. Judges nothing.

import type { Host } from '../base/host.js';
import type { Frame, Sink, Transport, Wire, WireEnd } from '../transport/transport.js';

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

export interface Manner {
  readonly cursor?: string | undefined;
  readonly maxMessageBytes?: number | undefined;
  /** Lets go inside this event. */
  readonly closeIn?: string | undefined;
}

export function open(
  transport: Transport,
  host: Host,
  { cursor, maxMessageBytes = 2 ** 22, closeIn }: Manner = {},
): WireLog {
  const events: string[] = [];
  const frames: Frame[] = [];
  const ends: WireEnd[] = [];
  const cursors: string[] = [];
  const waiting = new Set<() => void>();
  let held: Wire | undefined;
  const note = (event: string): void => {
    events.push(event);
    if (event === closeIn) held?.close();
    for (const check of [...waiting]) check();
  };
  const sink: Sink = {
    opened: () => note('opened'),
    frame(frame) {
      frames.push(frame);
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
    fault: ({ kind }) => note(`fault ${kind}`),
    reopening: () => note('reopening'),
    moved: () => note('moved'),
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
  const wire = transport.dial(sink, { host, credentials: 'connect', cursor, maxMessageBytes });
  held = wire;
  // it may have happened before there was a wire to let go of
  if (closeIn !== undefined && events.includes(closeIn)) wire.close();
  return { events, frames, ends, cursors, wire, until };
}

/** What was said, however the transport wraps it: a text of JSON, or an array of such. */
export const textsOf = ({ frames }: WireLog): readonly string[] =>
  frames.flatMap((frame) => {
    const value = JSON.parse(frame as string) as unknown;
    return Array.isArray(value) ? value.map(String) : [String(value)];
  });
