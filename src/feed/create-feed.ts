// A feed by hand: a link of its own, over any transport. No React.

import { RealtimeError } from '../base/error.js';
import type { Host } from '../base/host.js';
import { rejected } from '../base/settle.js';
import { settled } from '../connection/delivery.js';
import type { Pool } from '../connection/pooled.js';
import type { Transport } from '../transport/transport.js';
import { createFeedView } from './feed.js';
import type { FeedHandle } from './feed-handle.js';
import type { FeedOptions } from './feed-options.js';
import { createLink } from './link.js';
import { createRealm } from './realm.js';

export interface CreateFeedOptions<In = unknown, Out = unknown> extends FeedOptions<In, Out> {
  readonly transport: Transport;
  /** Several connections as one: `pooled({ size: 3 })`. Default: one. */
  readonly pool?: Pool | undefined;
  /** Clock, chance, frames, network, focus; what is missing is the platform's. */
  readonly host?: Partial<Host> | undefined;
}

export interface OwnFeed<In = unknown, Out = unknown> extends FeedHandle<In, Out> {
  /** The end: nothing is left, at once, whoever still watches. Only `connect`, `reconnect` or a new subscription begins anew. */
  close(): void;
}

const isClosed = (): RealtimeError => new RealtimeError('lost', 'The feed is closed: connect() first.');

/**
 * Live state over one transport. It opens when somebody watches, or at `connect()`.
 *
 * @example
 * const feed = createFeed({ transport: eventSource('/news'), onMessage: ({ data }) => console.log(data) });
 * feed.connect();
 * // later
 * feed.close();
 */
export function createFeed<In = unknown, Out = unknown>(options: CreateFeedOptions<In, Out>): OwnFeed<In, Out> {
  const realm = createRealm(options.host);
  const view = createFeedView<In, Out>({
    realm: () => realm,
    lease: () =>
      closing
        ? null
        : realm.links.acquire('', () =>
            createLink(
              realm.host,
              () => options.transport,
              () => options as FeedOptions,
              options.pool?.connect,
            ),
          ),
    options: () => options,
  } as Parameters<typeof createFeedView<In, Out>>[0]);
  let hold: (() => void) | undefined;
  let closing = false; // a callback of the end begins nothing
  let closed = false;

  const connect = (): void => {
    if (closing) return;
    closed = false;
    if (!hold) {
      let left = false; // a callback may close or disconnect before there is anything to let go of
      hold = () => void (left = true);
      const off = view.subscribe(() => {});
      if (left) return off();
      hold = off;
    }
    view.connect();
  };
  const disconnect = (code?: number, reason?: string): void => {
    view.disconnect(code, reason);
    hold?.();
    hold = undefined;
  };
  return {
    getSnapshot: view.getSnapshot,
    subscribe(listener) {
      closed = false;
      return view.subscribe(listener);
    },
    get bufferedAmount() {
      return view.bufferedAmount;
    },
    send: (data, sendOptions) =>
      closed ? settled({ status: 'dropped', error: isClosed() }) : view.send(data, sendOptions),
    request: (data, requestOptions) => (closed ? rejected(isClosed()) : view.request(data, requestOptions)),
    clear: view.clear,
    connect,
    disconnect,
    drained: view.drained,
    reconnect() {
      connect();
      return view.reconnect();
    },
    close() {
      closing = true;
      disconnect();
      view.end();
      hold?.();
      hold = undefined;
      realm.links.clear();
      closing = false;
      closed = true;
    },
  };
}
