// A feed by hand: a link of its own, over any transport. No React.

import type { Host } from '../base/host.js';
import type { Transport } from '../transport/transport.js';
import { createFeedView, type FeedHandle } from './feed.js';
import type { FeedOptions } from './feed-options.js';
import { createLink } from './link.js';
import { createRealm } from './realm.js';

export interface CreateFeedOptions<In = unknown, Out = unknown> extends FeedOptions<In, Out> {
  readonly transport: Transport;
  /** Clock, chance, frames, network, focus; what is missing is the platform's. */
  readonly host?: Partial<Host> | undefined;
}

export interface OwnFeed<In = unknown, Out = unknown> extends FeedHandle<In, Out> {
  /** The end: nothing is left, at once. */
  close(): void;
}

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
      realm.links.acquire('', () =>
        createLink(
          realm.host,
          () => options.transport,
          () => options as FeedOptions,
        ),
      ),
    options: () => options,
  } as Parameters<typeof createFeedView<In, Out>>[0]);
  let hold: (() => void) | undefined;

  const connect = (): void => {
    hold ??= view.subscribe(() => {});
    view.connect();
  };
  const disconnect = (code?: number, reason?: string): void => {
    view.disconnect(code, reason);
    hold?.();
    hold = undefined;
  };
  return {
    ...view,
    get bufferedAmount() {
      return view.bufferedAmount;
    },
    connect,
    disconnect,
    reconnect() {
      connect();
      return view.reconnect();
    },
    close() {
      disconnect();
      realm.links.clear();
    },
  };
}
