// A far end that does what it is told, also rudely. For tests.

import type { Data, Dial, Frame, FrameMeta, Sink, Transport, WireEnd } from '../transport/transport.js';

/** One attempt, seen from the far end. */
export interface ScriptedWire {
  readonly dial: Dial;
  /** What the near end sent, in order. */
  readonly sent: readonly Data[];
  /** How the near end let go; null while it holds on. */
  readonly closed: { readonly code: number | undefined; readonly reason: string | undefined } | null;
  /** Is it neither closed by the near end nor ended by the far one? */
  readonly live: boolean;
  accept(): void;
  frame(frame: Frame, meta?: FrameMeta): void;
  drop(end?: Partial<WireEnd>): void;
  /** Makes `send` say no; letting it say yes again tells `writable`. */
  block(blocked: boolean): void;
  /** The sink itself: for a far end that talks when it should not. Nothing is held back. */
  readonly sink: Sink;
}

export interface ScriptedTransport extends Transport {
  /** Every attempt so far, oldest first. */
  readonly dials: readonly ScriptedWire[];
  /** The newest attempt; throws where there is none. */
  readonly last: ScriptedWire;
  /** Attempts that hold a wire now. */
  readonly live: number;
}

export interface ScriptedOptions {
  readonly name?: string | undefined;
  readonly renewable?: boolean | undefined;
  readonly readOnly?: string | undefined;
  /** Called inside every dial: what the far end does by itself. */
  readonly onDial?: ((wire: ScriptedWire, index: number) => void) | undefined;
}

/**
 * @example
 * const transport = createScriptedTransport();
 * const feed = createFeed({ transport });
 * feed.connect();
 * transport.last.accept();
 * transport.last.frame('{"hello":1}');
 */
export function createScriptedTransport(options: ScriptedOptions = {}): ScriptedTransport {
  const { name = 'scripted', renewable = false, readOnly, onDial } = options;
  const dials: ScriptedWire[] = [];
  return {
    name,
    renewable,
    ...(readOnly === undefined ? {} : { readOnly }),
    dials,
    get last() {
      const wire = dials.at(-1);
      if (!wire) throw new Error('nothing was dialled yet');
      return wire;
    },
    get live() {
      return dials.filter((wire) => wire.live).length;
    },
    dial(sink, dial) {
      const sent: Data[] = [];
      let closed: ScriptedWire['closed'] = null;
      let ended = false;
      let blocked = false;
      const wire: ScriptedWire = {
        dial,
        sent,
        sink,
        get closed() {
          return closed;
        },
        get live() {
          return closed === null && !ended;
        },
        accept: () => void (wire.live && sink.opened()),
        frame: (frame, meta) => void (wire.live && sink.frame(frame, meta)),
        drop(end = {}) {
          if (!wire.live) return;
          ended = true;
          sink.ended({ why: 'lost', ...end });
        },
        block(now) {
          const freed = blocked && !now;
          blocked = now;
          if (freed && wire.live) sink.writable();
        },
      };
      dials.push(wire);
      onDial?.(wire, dials.length - 1);
      return {
        bufferedAmount: 0,
        send(data) {
          if (blocked || !wire.live) return false;
          sent.push(data);
          return true;
        },
        close: (code, reason) => void (closed ??= { code, reason }),
      };
    },
  };
}
