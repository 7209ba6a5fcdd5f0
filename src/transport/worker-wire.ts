// One wire of a page, in the worker: dials, and tells the page what the wire says. Knows no other wires.

import type { Cancel } from '../base/clock.js';
import { RealtimeError } from '../base/error.js';
import type { Host } from '../base/host.js';
import type { Auth } from './auth.js';
import type { Data, Frame, FrameMeta, Transport, Wire, WireEnd } from './transport.js';
import type { Teller } from './worker-teller.js';
import {
  type Answer,
  errorOf,
  plainEnd,
  plainFault,
  sizeOf,
  whole,
  type Word,
  type WorkerDial,
} from './worker-words.js';

export interface WorkerWire {
  send(frames: readonly Data[]): void;
  token(ask: number, answer: Answer): void;
  ends(end: WireEnd): void;
  close(code?: number, reason?: string): void;
}

export interface WorkerWireParts {
  readonly id: number;
  readonly transport: Transport;
  readonly dial: WorkerDial;
  readonly host: Host;
  readonly teller: Teller;
  /** Does the page want it? */
  readonly keep: ((frame: Frame, meta?: FrameMeta) => boolean) | undefined;
  readonly maxHeldBytes: number;
  /** Nothing more comes of it. */
  readonly over: () => void;
}

/** A wire says neither when it has sent what it holds nor when a request has left: it is looked at. */
const LOOK_MS = 20;

export function openWorkerWire(parts: WorkerWireParts): WorkerWire {
  const { id, transport, dial, host, teller, keep, maxHeldBytes } = parts;
  /** Taken from the page, and not by the wire yet. */
  const queue: Data[] = [];
  const asked = new Map<number, (answer: Answer) => void>();
  let wire: Wire | undefined;
  let opened = false;
  let over = false;
  let asks = 0;
  let cancelLook: Cancel | undefined;
  let said = '';

  const leave = (): void => {
    over = true;
    cancelLook?.();
    parts.over();
  };
  const end = (how: WireEnd): void => {
    if (over) return;
    tellFlow();
    leave();
    teller.tell([id, 'ended', plainEnd(how), queue.length]);
  };
  const hangUp = (how: WireEnd, code?: number): void => {
    if (over) return;
    end(how);
    wire?.close(code);
  };

  // --- the way out
  const tellFlow = (came = 0): void => {
    const held = queue.reduce((sum, each) => sum + sizeOf(each), wire?.bufferedAmount ?? 0);
    const flow = { held, blocked: queue.length > 0, spent: wire?.spent };
    const now = JSON.stringify(flow);
    if (came > 0 || now !== said) teller.tellNow([id, 'flow', { ...flow, came }]);
    said = now;
    cancelLook?.();
    cancelLook = undefined;
    if (!over && (held > 0 || (!opened && flow.spent === false)))
      cancelLook = host.clock.after(LOOK_MS, () => tellFlow());
  };
  let draining = false;
  const drain = (): void => {
    // a wire that says inside `send` that it is free again must not be given the same twice
    if (draining) return;
    draining = true;
    try {
      while (queue[0] !== undefined && wire?.send(queue[0])) queue.shift();
    } finally {
      draining = false;
    }
  };

  // --- the way in
  const heard = (frame: Frame, meta?: FrameMeta): void => {
    let wanted = true;
    try {
      wanted = keep?.(frame, meta) ?? true;
    } catch (cause) {
      // what nobody could judge is not lost
      const error = new RealtimeError('config', '`keep` of the worker threw.', { cause });
      teller.tell([id, 'fault', plainFault(error), frame]);
    }
    // nobody wants it, and yet somebody spoke
    if (!wanted) return pulse();
    if (teller.frame(id, frame, meta) <= maxHeldBytes || over) return;
    // not before all is told that came with it: a place to resume from may be told before its frames, or after them
    queueMicrotask(() =>
      hangUp({ why: 'lost', reason: `the page took too long: over ${maxHeldBytes} bytes waited for it` }, 4408),
    );
  };
  const pulse = (): void => {
    if (!teller.hasNews(id)) teller.tell([id, 'pulse']);
  };

  const authOf = (auth: Exclude<WorkerDial['auth'], string | undefined>): Auth => {
    let first: Data | undefined;
    let wrong: Error | undefined;
    return {
      ...{ via: auth.via, queryName: auth.queryName },
      getToken: (reason) =>
        new Promise((resolve, reject) => {
          asked.set(++asks, (answer) => {
            if ('error' in answer) return reject(errorOf(answer.error));
            first = wrong = undefined;
            if (typeof answer.first === 'object' && 'message' in answer.first) wrong = errorOf(answer.first);
            else first = answer.first;
            resolve(answer.token);
          });
          teller.tellNow([id, 'ask', asks, reason]);
        }),
      // the page has made it already, with the token
      message: !auth.hasMessage
        ? undefined
        : () => {
            if (first === undefined) throw wrong ?? new Error('no first frame came with the token');
            return first;
          },
    };
  };

  const { credentials, cursor, session, maxMessageBytes, auth } = dial;
  const facts = (): Word => [id, 'made', { renewable: transport.renewable, readOnly: transport.readOnly }];
  teller.tellNow(facts());
  const live =
    <A extends readonly unknown[]>(say: (...args: A) => void) =>
    (...args: A): void => {
      if (!over) say(...args);
    };
  wire = transport.dial(
    {
      opened: live(() => {
        opened = true;
        teller.tell(facts()); // of several transports, which one opened decides
        teller.tell([id, 'opened']);
        tellFlow();
      }),
      frame: live(heard),
      pulse: live(pulse),
      cursor: live((place) => teller.tell([id, 'cursor', place])),
      retryDelay: live((ms) => teller.tell([id, 'retryDelay', ms])),
      continuity: live((resumed) => teller.tell([id, 'continuity', resumed])),
      writable: live(() => {
        drain();
        tellFlow();
      }),
      fault: live((error, frame) => teller.tell([id, 'fault', plainFault(error), whole(frame)])),
      reopening: live((how) => teller.tell([id, 'reopening', plainEnd(how)])),
      moved: live(() => teller.tell([id, 'moved'])),
      ended: end,
    },
    {
      ...{ host, credentials, cursor, session, maxMessageBytes },
      auth: typeof auth === 'object' ? authOf(auth) : auth,
    },
  );
  if (over) wire.close();
  else tellFlow();

  return {
    send(frames) {
      queue.push(...frames);
      drain();
      tellFlow(frames.length);
    },
    token(ask, answer) {
      asked.get(ask)?.(answer);
      asked.delete(ask);
    },
    ends(how) {
      if (wire?.ends) wire.ends(how);
      else hangUp(how);
    },
    close(code, reason) {
      leave();
      wire?.close(code, reason);
    },
  };
}
