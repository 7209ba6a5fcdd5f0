// The body that all link hooks share: which peer, whose link, what is read. Never names a transport.
'use client';

import { useInsertionEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { Host } from '../base/host.js';
import type { Lease } from '../base/pool.js';
import type { Unsubscribe } from '../base/readable.js';
import { warnStreams } from '../feed/check-sharing.js';
import { createFeedView } from '../feed/feed.js';
import type { FeedView } from '../feed/feed-handle.js';
import type { FeedOptions } from '../feed/feed-options.js';
import { createLink, type Link } from '../feed/link.js';
import type { AskOptions } from '../feed/request.js';
import { sharedRealm } from '../feed/shared-pool.js';
import { type Connection, type ConnectionParts, createConnection } from '../connection/connection.js';
import type { Delivery, SendOptions } from '../connection/delivery.js';
import { restingState } from '../connection/status.js';
import { type FeedState, feedStateOf, initialFeedModel } from '../model/feed.js';
import { codecOf } from '../protocol/codec.js';
import type { Message } from '../protocol/plain.js';
import type { Endpoint } from '../transport/credentials.js';
import type { Transport } from '../transport/transport.js';
import { createVerbs, faceOf } from './feed-verbs.js';
import { createScreen, createSelection } from './selection.js';
import { type FieldsRead, shapeOf, trackFields } from './tracked.js';

/** What every link hook takes. Inline functions and objects are fine: nothing but a change of peer reconnects. */
export interface HookOptions<In = unknown, Out = unknown, Selected = undefined> extends FeedOptions<In, Out> {
  /** false takes this hook out: it is idle and holds no wire. Default true. */
  readonly enabled?: boolean | undefined;
  /** Use one wire with all that ask for the same peer. Default true. */
  readonly share?: boolean | undefined;
  /** Names the peer where `url` is a function, so that such hooks can share; another key is another peer. */
  readonly shareKey?: string | undefined;
  /** A part of the state, given as `selected`; reading only that renders only when it changes. */
  readonly select?: ((state: FeedState<In>) => Selected) | undefined;
  /** When are two selections the same? Default `Object.is`. */
  readonly isEqual?: ((a: Selected, b: Selected) => boolean) | undefined;
  /** Parts of the world to replace. Read once, at the mount. Feeds share within one host: give all the same object. */
  readonly host?: Partial<Host> | undefined;
}

/** What every link hook returns. Which fields a component reads decides what renders it. */
export interface Feed<In = unknown, Out = unknown, Selected = undefined> extends FeedState<In> {
  /** Bytes that wait in the link. Nothing is rendered for it. */
  readonly bufferedAmount: number;
  /** What `select` took from the state. */
  readonly selected: Selected;
  /** Validates and encodes now; throws here what cannot be encoded. */
  readonly send: (data: Out, options?: SendOptions) => Delivery;
  /** Sends, and resolves with the message that `matches`; rejects where none came within `timeoutMs` (10,000), or it was not sent. */
  readonly request: (data: Out, options: AskOptions<In>) => Promise<Message<In>>;
  /** Empties `messages` and `lastMessage`, for this hook only. */
  readonly clear: () => void;
  /** Opens, unless it is already wanted open. */
  readonly connect: () => void;
  /** Closes the link, for all who share it, and keeps it closed until `connect` or `reconnect`. */
  readonly disconnect: (code?: number, reason?: string) => void;
  /** Replaces the link, or tries at once. Resolves when open, rejects if that attempt fails. */
  readonly reconnect: () => Promise<void>;
  /** Resolves when nothing waits to be sent and the link holds little: a producer may go on. Never rejects. */
  readonly drained: () => Promise<void>;
}

/** An address; nothing, to be idle; or a function that is asked before every attempt. */
export type HookEndpoint = Endpoint | null | undefined | false;

export interface LinkKind<O> {
  readonly name: string;
  /** What names the peer besides url and codec. */
  peer(options: O): readonly unknown[];
  /** Does it hold one of the few connections that a browser opens to one origin? */
  readonly isStream: boolean;
  transport(url: Endpoint, current: () => O): Transport;
  /** More than one connection, where that was asked for. */
  connect?<E, C>(parts: ConnectionParts<E, C>, options: O): Connection<E, C> | undefined;
}

export function useFeed<In, Out, Selected, O extends HookOptions<In, Out, Selected>>(
  kind: LinkKind<O>,
  url: HookEndpoint,
  options: O,
): Feed<In, Out, Selected> {
  const { enabled = true, share = true, shareKey, select, isEqual = Object.is } = options;
  // a world made inline would otherwise be a new one in each render, and each would cause the next
  const [host] = useState(options.host);
  // a new function is the same peer, a new address is another one
  const address = typeof url === 'function' ? undefined : url ? String(url) : '';
  const peer =
    address === ''
      ? ''
      : JSON.stringify([
          kind.name,
          address,
          shareKey,
          codecOf(options.codec).name,
          options.split ?? false,
          ...kind.peer(options),
        ]);
  const shared = share && (address ?? shareKey) !== undefined;

  const feed = useMemo(
    () => createHookFeed<In, Out, O>(kind, peer, address, shared, host),
    [kind, peer, address, shared, host],
  );
  const [verbs] = useState(() => createVerbs<In, Out>());
  // before every other effect of this commit, so that whatever runs in them meets the newest options
  useInsertionEffect(() => {
    feed.use({ ...options, url: url || '' });
    feed.review();
    verbs.use(feed, enabled);
  });
  // inline as they may be, a selection that is equal to the one on the screen keeps its identity
  const [screen] = useState(createScreen<Selected>);
  const selection = useMemo(() => createSelection(screen, select, isEqual), [screen, select, isEqual]);
  useInsertionEffect(() => screen.show(selection.newest()));

  const snapshot = useMemo(
    () =>
      trackFields<FeedState<In>, Feed<In, Out, Selected>>(
        feed.getSnapshot,
        faceOf(verbs.face, feed),
        feed.read,
        shape,
        {
          selected: { of: selection.of },
        },
      ),
    [feed, verbs, selection],
  );
  return useSyncExternalStore(
    peer ? (enabled ? feed.subscribe : feed.observe) : subscribeToNothing,
    snapshot,
    snapshot,
  );
}

const subscribeToNothing = (): Unsubscribe => () => {};

/** What a component sees of one peer: made while rendering, inert until it is watched. */
interface HookFeed<In, Out, O> extends FeedView<In, Out> {
  readonly read: FieldsRead;
  use(options: O & { readonly url: Endpoint }): void;
}

function createHookFeed<In, Out, O extends FeedOptions<In, Out>>(
  kind: LinkKind<O>,
  peer: string,
  address: string | undefined,
  shared: boolean,
  host: Partial<Host> | undefined,
): HookFeed<In, Out, O> {
  let options: (O & { readonly url: Endpoint }) | undefined;
  const current = (): O & { readonly url: Endpoint } => options as O & { readonly url: Endpoint };
  const key = shared ? peer : {};
  const view = createFeedView<In, Out>({
    realm: () => sharedRealm(host),
    options: current,
    lease() {
      if (!peer) return null;
      const realm = sharedRealm(host);
      return realm.links.acquire(key, () => {
        const link = createLink<In, Out, O & { readonly url: Endpoint }>(
          realm.host,
          (owner) => kind.transport(address ?? (() => askOwner(owner().url)), owner),
          current,
          (parts) => kind.connect?.(parts, current()) ?? createConnection(parts),
        );
        if (process.env.NODE_ENV !== 'production' && kind.isStream && address)
          warnStreams(realm.streams, link, address);
        return link as Link;
      }) as Lease<Link<In, Out>>;
    },
  });
  return Object.assign(view, {
    read: new Set<string>(),
    use: (newest: O & { readonly url: Endpoint }) => void (options = newest),
  });
}

const shape = /* @__PURE__ */ shapeOf(/* @__PURE__ */ feedStateOf(/* @__PURE__ */ initialFeedModel(restingState)), {
  ...{ send: 0, request: 0, clear: 0, connect: 0, disconnect: 0, reconnect: 0, drained: 0, bufferedAmount: 0 },
  selected: 0,
});

const askOwner = (url: Endpoint): string | URL | Promise<string | URL> => (typeof url === 'function' ? url() : url);
