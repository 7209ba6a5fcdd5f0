// A page with one feed over a WebSocket in a real Worker, and what became of it. Asserts nothing.

import { createFeed, inWorker, type OwnFeed, type Status } from '../../../src/core.js';

/** What the page has seen. */
export interface WorkerView {
  readonly status: Status | undefined;
  readonly heard: number;
  /** Did each number come after all smaller ones? */
  readonly inOrder: boolean;
  readonly last: unknown;
  /** Messages from all workers. */
  readonly posted: number;
  readonly workers: number;
  readonly terminated: number;
  /** Why the link was closed, each time. */
  readonly reasons: readonly (string | undefined)[];
  readonly errors: readonly string[];
}

/** The words between the test and its page. */
export interface WorkerLab {
  /** `script`: the text of the worker's file, or its address. */
  start(room: string, script: string): void;
  view(): WorkerView;
  send(data: unknown): void;
  /** As if the browser had ended it: nobody is told. */
  kill(): void;
  /** An exception that nobody in the worker catches. */
  spoil(): void;
  stop(): void;
}

let feed: OwnFeed<number> | undefined;
let newest: Worker | undefined;
let [heard, posted, workers, terminated, last, inOrder] = [0, 0, 0, 0, -1, true];
const reasons: (string | undefined)[] = [];
const errors: string[] = [];

const start = (room: string, script: string): void => {
  const url = script.includes('\n') ? URL.createObjectURL(new Blob([script], { type: 'text/javascript' })) : script;
  const open = (): Worker => {
    workers++;
    const worker = new Worker(url, { type: 'module' });
    worker.addEventListener('message', () => posted++);
    worker.terminate = () => {
      terminated++;
      Worker.prototype.terminate.call(worker);
    };
    return (newest = worker);
  };
  feed = createFeed<number>({
    transport: inWorker(open, { given: `ws://${location.host}/realtime?room=${room}`, answerMs: 500 }),
    retry: { minDelayMs: 10, initialDelayMs: 50, maxDelayMs: 200 },
    onMessage({ data }) {
      heard++;
      inOrder &&= data > last;
      last = data;
    },
    onClose: ({ reason }) => reasons.push(reason),
    onError: ({ message }) => errors.push(message),
  });
  feed.connect();
};

const lab: WorkerLab = {
  start,
  view: () => ({
    ...{ status: feed?.getSnapshot().status, heard, inOrder, last, posted, workers, terminated },
    ...{ reasons, errors },
  }),
  send: (data) => void feed?.send(data),
  kill: () => newest && Worker.prototype.terminate.call(newest),
  spoil: () => newest?.postMessage('throw'),
  stop: () => feed?.close(),
};
Object.assign(window, { lab });
