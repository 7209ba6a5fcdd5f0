// One Worker, from its start to its end: what it says goes to its wires, and its silence is noticed. Makes no wires.

import { createAlarm } from '../base/alarm.js';
import type { Host } from '../base/host.js';
import type { Unsubscribe } from '../base/readable.js';
import { redact } from './redact.js';
import type { WireEnd } from './transport.js';
import { type Order, type Report, type Word, WORDS_VERSION } from './worker-words.js';

/** The part of a Worker that is used, so that any implementation will do. */
export interface WorkerLike {
  onmessage: ((event: never) => void) | null;
  onmessageerror: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  terminate(): unknown;
}

/** A wire of the page. */
export interface WorkerEar {
  hear(word: Word): void;
  /** The worker is no more, or cannot be told. */
  end(end: WireEnd): void;
}

export interface WorkerLink {
  /** Returns the number of the wire. */
  add(ear: WorkerEar): number;
  /** False where it cannot be put into a message. */
  post(order: Order, buffers?: ArrayBuffer[]): void;
  leave(wire: number): void;
  /** Ends the worker, and tells nobody. */
  stop(): void;
}

/** A file may take so long to load. */
const START_MS = 10_000;
/** An alarm this late rings after a pause in which nobody was heard, whoever spoke. */
const LATE_MS = 250;

const isReport = (data: unknown): data is Report => Array.isArray((data as Report | null)?.words);

/** `gone` comes before the wires hear of the end, so that they find another worker. */
export function openWorkerLink(worker: WorkerLike, host: Host, answerMs: number, gone: () => void): WorkerLink {
  const { clock, focus } = host;
  const ears = new Map<number, WorkerEar>();
  /** What is said before the worker listens. */
  let early: (() => void)[] | undefined = [];
  let over = false;
  let count = 0;
  let heardAt = clock.now();
  let askedAt: number | undefined;
  let dueAt = Infinity;
  let leaveFocus: Unsubscribe | undefined;

  const stop = (): void => {
    if (over) return;
    over = true;
    alarm.set(Infinity);
    leaveFocus?.();
    worker.onmessage = worker.onmessageerror = worker.onerror = null;
    worker.terminate();
  };
  const fail = (why: 'lost' | 'timeout' | 'protocol', reason: string): void => {
    if (over) return;
    const all = [...ears.values()];
    stop();
    gone();
    for (const ear of all) ear.end({ why, reason });
  };

  // --- a worker that is ended by somebody else says no word of it
  const watch = (at: number): void => alarm.set((dueAt = at));
  const alarm = createAlarm(clock, () => {
    const now = clock.now();
    if (early) return fail('timeout', `the worker did not call serveWorker within ${START_MS} ms`);
    if (askedAt !== undefined && heardAt < askedAt && now - dueAt < LATE_MS)
      return fail('lost', `the worker said nothing for ${answerMs} ms; was it terminated?`);
    if (now - heardAt < answerMs) return watch(heardAt + answerMs);
    askedAt = now;
    post({ t: 'ping' });
    watch(now + answerMs);
  });

  const post = (order: Order, buffers: ArrayBuffer[] = []): void => {
    if (over) return;
    if (early) return void early.push(() => post(order, buffers));
    try {
      worker.postMessage(order, buffers);
    } catch (cause) {
      // of all that is said, only this is another's
      if (order.t !== 'dial') throw cause;
      const reason = 'what `given` gives cannot be sent to a worker';
      ears.get(order.wire)?.end({ why: 'refused', verdict: 'failed', kind: 'config', reason, cause });
    }
  };
  const tellFocus = (): void => post({ t: 'focus', focus: focus.getSnapshot() });

  worker.onmessage = ({ data }: { readonly data: unknown }) => {
    heardAt = clock.now();
    if (!isReport(data))
      return fail('protocol', 'the worker says what no roomtone worker says; does its file call serveWorker?');
    if (data.v !== WORDS_VERSION) return fail('protocol', 'the worker is of another version of roomtone');
    if (early) {
      const due = early;
      early = undefined;
      for (const say of due) say();
      if (ears.size > 0) watch(heardAt + answerMs);
    }
    for (const word of data.words) ears.get(word[0])?.hear(word);
    if (data.isBatch) post({ t: 'taken' });
  };
  worker.onmessageerror = () => fail('protocol', 'what the worker says cannot be read');
  worker.onerror = ({ message }: { readonly message?: string }) =>
    fail(
      'lost',
      early
        ? `the worker did not start: ${redact(message ?? 'is its address right, and may this page load it?')}`
        : `the worker threw: ${redact(message ?? 'it does not say what')}`,
    );

  return {
    add(ear) {
      ears.set(++count, ear);
      if (ears.size === 1) {
        leaveFocus = focus.subscribe(tellFocus);
        tellFocus();
        watch(clock.now() + (early ? START_MS : answerMs));
      }
      return count;
    },
    post,
    leave(wire) {
      if (!ears.delete(wire) || ears.size > 0) return;
      leaveFocus?.();
      leaveFocus = undefined;
      watch(Infinity);
    },
    stop,
  };
}
