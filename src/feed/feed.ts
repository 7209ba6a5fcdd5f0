// One watcher's view of a link: its own history, filter, schema and callbacks. Lifetime is its subscription.

import { RealtimeError } from '../base/error.js';
import type { Cancel } from '../base/clock.js';
import type { Lease } from '../base/pool.js';
import type { Unsubscribe } from '../base/readable.js';
import { guarded } from '../base/report.js';
import { rejected } from '../base/settle.js';
import { createSignal } from '../base/signal.js';
import { settled } from '../connection/delivery.js';
import { type ConnectionState, restingState } from '../connection/status.js';
import { type FeedModel, feedStateOf, initialFeedModel, reduceFeed } from '../model/feed.js';
import type { Message } from '../protocol/plain.js';
import type { FeedView } from './feed-handle.js';
import type { FeedOptions } from './feed-options.js';
import { createInbox } from './inbox.js';
import { historyOf, type Link } from './link.js';
import { createReader } from './reader.js';
import type { Realm } from './realm.js';
import { request } from './request.js';
import { createTeller } from './tell.js';

export interface FeedParts<In, Out> {
  readonly realm: () => Realm;
  /** Leases the link; null: there is no peer. */
  readonly lease: () => Lease<Link<In, Out>> | null;
  /** Read late: callbacks and policies are always the newest ones. */
  readonly options: () => FeedOptions<In, Out>;
}

/** How long a link that only `send` asked for waits to be watched. */
const SEND_LINGER_MS = 1_000;

export function createFeedView<In, Out>({ realm, lease, options }: FeedParts<In, Out>): FeedView<In, Out> {
  const watchers = createSignal<void>();
  let model: FeedModel<In> = initialFeedModel(restingState);
  let shown = feedStateOf(model);
  let told: ConnectionState = restingState; // what status the inbox last said
  let cancelGrace: Cancel | undefined;
  let held: Lease<Link<In, Out>> | null = null;
  let users = 0;
  let leave: (() => void) | undefined;
  let seen: { readonly link: Link<In, Out>; count: number } | undefined; // of the link's messages, how many
  let marked: FeedOptions['flush']; // a flush will come, at such a moment
  const requests = new Set<(error: RealtimeError) => void>();
  const inbox = createInbox<In>(options);
  const tell = createTeller(options, realm);
  const understand = createReader<In>(options);

  const flush = (): void => {
    marked = undefined;
    const before = model;
    model = reduceFeed(before, inbox.take(), historyOf(options()));
    if (model === before) return;
    shown = feedStateOf(model);
    watchers.emit();
  };
  const moment = (): 'frame' | 'microtask' | 'sync' => options().flush ?? 'frame';
  const mark = (): void => {
    if (!leave) return flush();
    if (marked === moment()) return; // of many messages all but the first
    marked = moment();
    realm().batches[marked].mark(flush);
  };

  /** `live`: it happened now, so callbacks hear of it; else it is history for a latecomer. */
  const read = (raw: Message, live: boolean): void => {
    const message = understand(raw);
    if (message instanceof RealtimeError) return live ? tell.invalid(raw.data, message) : undefined;
    if (!message) return;
    if (live) guarded(options().onMessage, message);
    inbox.put(message);
    mark();
  };
  const onMessage = (raw: Message): void => {
    if (seen) seen.count++;
    read(raw, true);
  };
  const show = (connection: ConnectionState): void => {
    inbox.show(connection);
    mark();
  };
  const becomes = (connection: ConnectionState): void => {
    cancelGrace?.();
    cancelGrace = undefined;
    told = connection;
    show(connection);
  };
  const onState = (connection: ConnectionState): void => {
    const graceMs = options().statusGraceMs ?? 0;
    const outage = connection.status === 'reconnecting' || connection.status === 'offline';
    if (!outage || told.status !== 'open' || !(graceMs > 0)) return becomes(connection);
    cancelGrace ??= realm().host.clock.after(graceMs, () => held && becomes(held.value.connection.getSnapshot()));
    // the outage is not shown; what waits because of it is
    show({ ...told, queued: connection.queued });
  };

  const enter = (): void => {
    held = lease();
    if (!held) return;
    const { value: link } = held;
    const { connection } = link;
    const alone = link.members === 0;
    const out = [
      link.join(options),
      connection.events.on(onMessage),
      connection.notices.on(tell.notice),
      connection.subscribe(() => onState(connection.getSnapshot())),
    ];
    const mine = (leave = () => {
      for (const each of out) each();
    });
    // what the link still keeps: all of it for a newcomer, what came meanwhile for one who returns
    const { items, count } = link.recent;
    const before = seen?.link === link ? seen : undefined;
    seen = { link, count };
    for (const message of items.slice(Math.max(0, items.length - (count - (before?.count ?? 0)))))
      if (leave === mine) read(message, before !== undefined); // a callback may leave
    if (leave !== mine) return;
    const { status } = connection.getSnapshot();
    becomes(connection.getSnapshot());
    if (status === 'open') tell.notice({ type: 'open', again: false });
    // nobody else is there to whom that failure belongs
    else if (status === 'idle' || (status === 'failed' && alone)) connection.connect();
    // not later than the others, and not ahead of them: what waits for a frame there is known here already
    realm().batches[moment()].settle();
  };
  const exit = (): void => {
    const left = held;
    held = null;
    leave?.();
    leave = undefined;
    for (const fail of requests) fail(new RealtimeError('lost', 'Nobody watches any longer, and no answer came.'));
    for (const batch of Object.values(realm().batches)) batch.forget(flush);
    marked = undefined;
    if (tell.sawOpen) tell.notice({ type: 'close', end: { why: 'unmount', willRetry: false } });
    // a callback may have come back: then this is no longer ours to put to rest
    if (!held) becomes(restingState);
    left?.release(options().lingerMs ?? 250);
  };

  /** The link, also for a moment when nobody watches yet: an effect may send before it watches. */
  const withLink = <R>(run: (link: Link<In, Out>) => R): R | undefined => {
    const borrowed = held ?? lease();
    if (!borrowed) return undefined;
    try {
      return run(borrowed.value);
    } finally {
      if (borrowed !== held) borrowed.release(Math.max(options().lingerMs ?? 250, SEND_LINGER_MS), true);
    }
  };

  const noPeer = (): RealtimeError =>
    new RealtimeError('config', 'There is no peer to send to: url is empty, or enabled is false.');

  return {
    getSnapshot: () => shown,
    observe: (listener) => watchers.on(listener),
    subscribe(listener) {
      let off: Unsubscribe | undefined = watchers.on(listener);
      users++;
      if (!leave) enter();
      return () => {
        off?.();
        if (off && --users === 0) exit();
        off = undefined;
      };
    },
    end: () => leave && exit(),
    review: () => held?.value.connection.review(),
    get bufferedAmount() {
      return held?.value.connection.bufferedAmount ?? 0;
    },
    send: (data, sendOptions) =>
      withLink(({ connection }) => connection.send(data, sendOptions)) ??
      settled({ status: 'dropped', error: noPeer() }),
    request: (data, requestOptions) =>
      withLink(({ connection }) =>
        request(
          {
            ...{ clock: realm().host.clock, connection, understand, pending: requests },
            ttlMs: options().outbox?.ttlMs,
          },
          data,
          requestOptions,
        ),
      ) ?? rejected(noPeer()),
    clear() {
      inbox.clear();
      mark();
    },
    connect: () => held?.value.connection.connect(),
    disconnect: (code, reason) => held?.value.connection.disconnect(code, reason),
    drained: () => held?.value.connection.drained() ?? Promise.resolve(),
    reconnect: () =>
      held?.value.connection.reconnect() ??
      rejected(new RealtimeError('config', 'There is nothing to reconnect: nobody watches this feed.')),
  };
}
