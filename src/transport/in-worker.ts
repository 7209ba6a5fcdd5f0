// A transport whose wires are in a Worker, so that their frames cost the page next to nothing. Dials nothing itself.

import type { Host } from '../base/host.js';
import { createPool, type Lease, type Pool } from '../base/pool.js';
import type { Auth } from './auth.js';
import { redact } from './redact.js';
import type { Sink, Transport, Wire } from './transport.js';
import { openWorkerLink, type WorkerLike, type WorkerLink } from './worker-link.js';
import { plainError } from './worker-words.js';
import { AT_ONCE, type Known, openPageWire } from './worker-page-wire.js';

export interface InWorkerOptions {
  /** Given to the worker's function of that name, before each attempt. A value that can be cloned, or a function that is asked for it. */
  readonly given?: unknown;
  /** Asked before every attempt, in the page; how it travels is the business of the worker's transport. */
  readonly auth?: Auth | undefined;
  /** How long the worker is kept after its last wire. Default 1,000. */
  readonly lingerMs?: number | undefined;
  /** A worker that says nothing for so long is asked, and given up after so long again. Default 5,000. */
  readonly answerMs?: number | undefined;
}

export interface InWorker extends Transport {
  /** Another transport of the same worker, by its name in `serveWorker`. */
  of(name: string): Transport;
}

/**
 * A transport that lives in a Worker, whose file calls `serveWorker`.
 *
 * @example
 * const worker = () => new Worker(new URL('./live.worker.js', import.meta.url), { type: 'module' });
 * createFeed({ transport: inWorker(worker) });
 */
export function inWorker(open: () => WorkerLike, options: InWorkerOptions = {}): InWorker {
  const { lingerMs = 1_000, answerMs = 5_000 } = options;
  let workers: Pool<WorkerLink> | undefined;
  const lease = (host: Host): Lease<WorkerLink> => {
    workers ??= createPool(host.clock, (link) => link.stop());
    return workers.acquire('', () => openWorkerLink(open(), host, answerMs, () => workers?.clear()));
  };

  const transport = (of?: string): Transport => {
    const known: Known = { facts: { renewable: false, readOnly: undefined }, atOnce: AT_ONCE };
    return {
      name: of ?? 'worker',
      get renewable() {
        return known.facts.renewable || options.auth !== undefined || typeof options.given === 'function';
      },
      get readOnly() {
        return known.facts.readOnly;
      },
      dial(sink, dial) {
        if (options.auth && dial.auth)
          return stillborn(sink, 'both the client and its transport have `auth`; give it to the client');
        let held: Lease<WorkerLink>;
        try {
          held = lease(dial.host);
        } catch (cause) {
          return stillborn(sink, `the worker could not be made: ${redact(plainError(cause).message)}`, cause);
        }
        return openPageWire({
          ...{ sink, dial, of, options, known },
          link: held.value,
          release: () => held.release(lingerMs),
        });
      },
    };
  };
  return Object.assign(transport(), { of: transport });
}

function stillborn(sink: Sink, reason: string, cause?: unknown): Wire {
  sink.ended({
    why: 'refused',
    verdict: 'failed',
    kind: cause === undefined ? 'config' : 'unsupported',
    reason,
    cause,
  });
  return { send: () => false, bufferedAmount: 0, close: () => {} };
}
