// Workers that Node has: one of two ports in this thread, and a thread of its own. Tests nothing.

import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'vite';
import type { WorkerPort } from '../../src/base/worker-scope.js';
import type { WorkerLike } from '../../src/transport/worker-link.js';

type Handlers = Pick<WorkerLike, 'onmessage' | 'onmessageerror' | 'onerror'>;
const noHandlers = (): Handlers => ({ onmessage: null, onmessageerror: null, onerror: null });

/** `serve` runs in this thread, and all that is said is cloned and moved as it would be between two. */
export function portWorker(serve: (port: WorkerPort) => () => void): WorkerLike {
  const { port1, port2 } = new MessageChannel();
  const worker: WorkerLike = {
    ...noHandlers(),
    postMessage: (message, transfer) => port1.postMessage(message, transfer),
    terminate() {
      stop();
      port1.close();
    },
  };
  port1.onmessage = (event) => worker.onmessage?.(event as never);
  const stop = serve(port2 as unknown as WorkerPort);
  return worker;
}

/** The file as one script; each worker of it is a thread, which keeps nobody alive. */
export async function threadWorker(file: string): Promise<(workerData?: unknown) => WorkerLike & { kill(): void }> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"development"' },
    build: {
      write: false,
      minify: false,
      target: 'es2022',
      ssr: true,
      rolldownOptions: { input: fileURLToPath(new URL(file, import.meta.url)) },
    },
  });
  if (!('output' in result)) throw new Error('The worker was not built.');
  const script = new URL(`data:text/javascript,${encodeURIComponent(result.output[0].code)}`);
  return (workerData) => {
    const thread = new Worker(script, { workerData });
    thread.unref();
    const worker = {
      ...noHandlers(),
      postMessage: (message: unknown, transfer: ArrayBuffer[]) => thread.postMessage(message, transfer),
      terminate: () => void thread.terminate(),
      /** As its own end, of which it says no word. */
      kill: () => void thread.terminate(),
    };
    const on = (name: keyof Handlers, event: object): void => worker[name]?.(event as never);
    thread.on('message', (data: unknown) => on('onmessage', { data }));
    thread.on('messageerror', () => on('onmessageerror', {}));
    thread.on('error', ({ message }) => on('onerror', { message }));
    return worker;
  };
}
