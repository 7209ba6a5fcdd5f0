// One attempt at a wire with everything that it says written down. Tests nothing.

import { createHost } from '../../src/base/host.js';
import type { RealtimeError } from '../../src/base/error.js';
import type { Dial, Frame, Sink, Transport, Wire, WireEnd } from '../../src/transport/transport.js';

export interface Dialled {
  readonly wire: Wire;
  /** In words: `opened`, `frame hello`, `pulse`, `cursor 5`, `resumed`, `gap`, `fault too-large`, `lost 1001`, … */
  readonly said: readonly string[];
  readonly frames: readonly Frame[];
  readonly faults: readonly RealtimeError[];
  /** How it ended; throws while it has not. */
  readonly end: WireEnd;
  /** Resolves when this was said (so many times). */
  until(what: string, times?: number): Promise<void>;
  /** What the wire's owner does inside a call of the sink. */
  on(what: string, run: (wire: Wire) => void): void;
}

/** Dials, and listens. Wait for what must come with `until`; what must not come is not in `said`. */
export function dial(transport: Transport, parts: Partial<Dial> = {}): Dialled {
  const said: string[] = [];
  const frames: Frame[] = [];
  const faults: RealtimeError[] = [];
  const ends: WireEnd[] = [];
  const acts: { readonly what: string; readonly run: (wire: Wire) => void }[] = [];
  const waiting = new Set<() => void>();
  let wire: Wire | undefined;

  const say = (what: string): void => {
    said.push(what);
    for (const act of acts.filter((each) => what.startsWith(each.what))) if (wire) act.run(wire);
    for (const check of [...waiting]) check();
  };
  const count = (what: string): number => said.filter((each) => each.startsWith(what)).length;

  const sink: Sink = {
    opened: () => say('opened'),
    frame(frame) {
      frames.push(frame);
      say(`frame ${typeof frame === 'string' ? frame : 'byteLength' in frame ? `[${frame.join()}]` : 'blob'}`);
    },
    pulse: () => say('pulse'),
    cursor: (id) => say(`cursor ${id}`),
    retryDelay: (ms) => say(`retry ${ms}`),
    continuity: (resumed) => say(resumed ? 'resumed' : 'gap'),
    writable: () => say('writable'),
    fault(error) {
      faults.push(error);
      say(`fault ${error.kind}`);
    },
    reopening: () => say('reopening'),
    moved: () => say('moved'),
    ended(end) {
      ends.push(end);
      say(end.code === undefined ? end.why : `${end.why} ${end.code}`);
    },
  };
  wire = transport.dial(sink, {
    host: createHost(),
    credentials: 'connect',
    cursor: undefined,
    maxMessageBytes: 2 ** 22,
    ...parts,
  });
  return {
    wire,
    said,
    frames,
    faults,
    get end() {
      const [end, ...more] = ends;
      if (!end || more.length > 0) throw new Error(`it ended ${ends.length} times; it said ${said.join(', ')}`);
      return end;
    },
    until: (what, times = 1) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (count(what) < times) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    on: (what, run) => void acts.push({ what, run }),
  };
}

/** One turn of the event loop: every promise that can settle has settled. */
export const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
