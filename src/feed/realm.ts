// What the feeds of one page share: a host, its frames, and the links leased by peer. Knows nothing of React.

import { type Batch, createBatch, syncBatch } from '../base/batch.js';
import { createHost, type Host } from '../base/host.js';
import { createPool, type Pool } from '../base/pool.js';
import type { Link } from './link.js';

export interface Realm {
  readonly host: Host;
  readonly links: Pool<Link>;
  /** Development only: which streams are open to which origin. */
  readonly streams: Map<object, string>;
  /** One batch for all, so that everything that is told within a frame is one commit. */
  readonly batches: { readonly frame: Batch; readonly microtask: Batch; readonly sync: Batch };
}

export function createRealm(parts: Partial<Host> = {}): Realm {
  const host = createHost(parts);
  const streams = new Map<object, string>();
  return {
    host,
    streams,
    links: createPool<Link>(host.clock, (link) => {
      streams.delete(link);
      link.connection.stop();
    }),
    batches: { frame: createBatch(host.frame, host.soon), microtask: createBatch(), sync: syncBatch },
  };
}
