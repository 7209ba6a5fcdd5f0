// The worker's half of `inWorker`: makes the transports that its page asks for. Knows no DOM.

import { createBatch } from '../base/batch.js';
import { createHost, type Focus, type Host } from '../base/host.js';
import { createSignal } from '../base/signal.js';
import { type WorkerPort, workerScope } from '../base/worker-scope.js';
import type { Frame, FrameMeta, Transport } from './transport.js';
import { createTeller } from './worker-teller.js';
import { openWorkerWire, type WorkerWire } from './worker-wire.js';
import { type Order, plainEnd, type WorkerDial } from './worker-words.js';

/** By name; the first is the one that `inWorker` means without `of`. A function is given what the page gives, for each attempt. */
export type WorkerTransports = Readonly<Record<string, Transport | ((given: never) => Transport)>>;

export interface ServeWorkerOptions {
  /** What is refused never crosses to the page. `of`: the name of the transport. Default: all cross. */
  readonly keep?: ((frame: Frame, of: string, meta?: FrameMeta) => boolean) | undefined;
  /** What may wait in the worker for a page that is slow, in bytes per wire; more ends the wire. Default 16 MiB. */
  readonly maxHeldBytes?: number | undefined;
  /** Where the page is: a `MessagePort`. Default: the scope of the worker. */
  readonly port?: WorkerPort | undefined;
  /** Clock, chance, frames, network; what is missing is the platform's. The page says whether it is seen. */
  readonly host?: Partial<Host> | undefined;
}

/**
 * In a worker's file: makes these transports for the page that started it with `inWorker`. Returns what closes all wires.
 *
 * @example
 * serveWorker({ live: webSocket('wss://example.com/live') });
 */
export function serveWorker(transports: WorkerTransports, options: ServeWorkerOptions = {}): () => void {
  const { keep, maxHeldBytes = 2 ** 24 } = options;
  const port = options.port ?? workerScope();
  const focus = createFocus();
  const host = createHost({ ...options.host, focus });
  const wires = new Map<number, WorkerWire>();
  const teller = createTeller(
    (report, buffers) => port.postMessage(report, buffers),
    createBatch(host.frame, host.soon),
  );

  const make = ({ of, given }: WorkerDial): { readonly name: string; readonly transport: Transport } => {
    const name = of ?? Object.keys(transports)[0] ?? '';
    const found = Object.hasOwn(transports, name) ? transports[name] : undefined;
    if (found) return { name, transport: typeof found === 'function' ? found(given as never) : found };
    throw new Error(`serveWorker has no transport '${name}', it has ${Object.keys(transports).join(', ') || 'none'}`);
  };
  const dial = (id: number, asked: WorkerDial): void => {
    let made: ReturnType<typeof make>;
    try {
      made = make(asked);
    } catch (cause) {
      const reason = `the worker: ${(cause as Error).message}`;
      return teller.tell([
        id,
        'ended',
        plainEnd({ why: 'refused', verdict: 'failed', kind: 'config', reason, cause }),
        0,
      ]);
    }
    const { name, transport } = made;
    let over = false;
    const wire = openWorkerWire({
      ...{ id, transport, host, teller, maxHeldBytes, dial: asked },
      keep: keep && ((frame, meta) => keep(frame, name, meta)),
      over() {
        over = true;
        wires.delete(id);
      },
    });
    if (!over) wires.set(id, wire);
  };

  port.onmessage = ({ data }: { readonly data: Order }): void => {
    switch (data.t) {
      case 'dial':
        return dial(data.wire, data.dial);
      case 'send':
        return wires.get(data.wire)?.send(data.frames);
      case 'token':
        return wires.get(data.wire)?.token(data.ask, data.answer);
      case 'ends':
        return wires.get(data.wire)?.ends(data.end);
      case 'close':
        return wires.get(data.wire)?.close(data.code, data.reason);
      case 'focus':
        return focus.set(data.focus);
      case 'taken':
        return teller.taken();
      case 'ping':
        return teller.tellNow();
    }
  };
  teller.tellNow(); // ready
  return () => {
    port.onmessage = null;
    for (const wire of [...wires.values()]) wire.close();
  };
}

/** Is the page seen? It says so itself. */
function createFocus() {
  const changed = createSignal<void>();
  let focus: Focus = 'visible';
  return {
    getSnapshot: () => focus,
    subscribe: (listener: () => void) => changed.on(listener),
    set(next: Focus) {
      focus = next;
      changed.emit();
    },
  };
}
