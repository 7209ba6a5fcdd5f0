// One watcher's view of a link: its own history, filter, schema and callbacks. Lifetime is its subscription.

import type { Batch } from '../base/batch.js';
import { RealtimeError } from '../base/error.js';
import type { Cancel } from '../base/clock.js';
import type { Lease } from '../base/pool.js';
import type { Readable, Unsubscribe } from '../base/readable.js';
import { guarded } from '../base/report.js';
import { rejected } from '../base/settle.js';
import { createSignal } from '../base/signal.js';
import { type Delivery, type SendOptions, settled } from '../connection/delivery.js';
import { type ConnectionState, restingState } from '../connection/status.js';
import { type FeedModel, type FeedState, feedStateOf, initialFeedModel, reduceFeed } from '../model/feed.js';
import type { Message } from '../protocol/plain.js';
import type { FeedOptions } from './feed-options.js';
import { createInbox } from './inbox.js';
import { historyOf, type Link } from './link.js';
import { createReader } from './reader.js';
import type { Realm } from './realm.js';
import { request, type AskOptions } from './request.js';
import { createTeller } from './tell.js';

/** Watching opens the link, the last watcher leaving closes it after `lingerMs`. */
export interface FeedHandle<In = unknown, Out = unknown> extends Readable<FeedState<In>> {
  readonly bufferedAmount: number;
  send(data: Out, options?: SendOptions): Delivery;
  /** Sends, and resolves with the answer; rejects where none came, where it was not sent, or where nobody watches any more. */
  request(data: Out, options: AskOptions<In>): Promise<Message<In>>;
  /** Empties `messages` and `lastMessage`, here only. */
  clear(): void;
  connect(): void;
  disconnect(code?: number, reason?: string): void;
  reconnect(): Promise<void>;
  /** Resolves when nothing waits to be sent and the link holds little: a producer may go on. Never rejects. */
  drained(): Promise<void>;
}

/** What only those who make a feed may do with it. */
export interface FeedView<In = unknown, Out = unknown> extends FeedHandle<In, Out> {
  /** Hears of what is shown, and asks for no link. */
  observe(listener: () => void): Unsubscribe;
  /** Lets go of the link, whoever still watches. */
  end(): void;
  /** The options have changed. */
  review(): void;
}

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
  let shownModel = model;
  let shown = feedStateOf(model);
  let told: ConnectionState = restingState; // what status the inbox last said
  let cancelGrace: Cancel | undefined;
  let held: Lease<Link<In, Out>> | null = null;
  let users = 0;
  let leave: (() => void) | undefined;
  let seen: { readonly link: Link<In, Out>; count: number } | undefined; // of the link's messages, how many
  const requests = new Set<(error: RealtimeError) => void>();
  const inbox = createInbox<In>(options);
  const tell = createTeller(options, realm);
  const understand = createReader<In>(options);

  const fold = (): void => {
    model = reduceFeed(model, inbox.take(), historyOf(options()));
  };
  const flush = (): void => {
    fold();
    if (model === shownModel) return;
    shownModel = model;
    shown = feedStateOf(model);
    watchers.emit();
  };
  const batch = (): Batch => realm().batches[options().flush ?? 'frame'];
  const say = (event: Parameters<typeof inbox.put>[0]): void => {
    if (inbox.put(event)) fold();
    if (leave) batch().mark(flush);
    else flush();
  };

  /** `live`: it happened now, so callbacks hear of it; else it is history for a latecomer. */
  const read = (raw: Message, live: boolean): void => {
    const message = understand(raw);
    if (message instanceof RealtimeError) return live ? tell.invalid(raw.data, message) : undefined;
    if (!message) return;
    if (live) guarded(options().onMessage, message);
    say({ type: 'message', message });
  };
  const onMessage = (raw: Message): void => {
    if (seen) seen.count++;
    read(raw, true);
  };
  const show = (connection: ConnectionState): void => {
    cancelGrace?.();
    cancelGrace = undefined;
    told = connection;
    say({ type: 'connection', connection });
  };
  const onState = (connection: ConnectionState): void => {
    const graceMs = options().statusGraceMs ?? 0;
    const outage = connection.status === 'reconnecting' || connection.status === 'offline';
    if (!outage || told.status !== 'open' || !(graceMs > 0)) return show(connection);
    cancelGrace ??= realm().host.clock.after(graceMs, () => held && show(held.value.connection.getSnapshot()));
    // the outage is not shown; what waits because of it is
    say({ type: 'connection', connection: { ...told, queued: connection.queued } });
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
    show(connection.getSnapshot());
    if (status === 'open') tell.notice({ type: 'open', again: false });
    // nobody else is there to whom that failure belongs
    else if (status === 'idle' || (status === 'failed' && alone)) connection.connect();
    // not later than the others, and not ahead of them: what waits for a frame there is known here already
    batch().settle();
  };
  const exit = (): void => {
    const left = held;
    held = null;
    leave?.();
    leave = undefined;
    for (const fail of requests) fail(new RealtimeError('lost', 'Nobody watches any longer, and no answer came.'));
    for (const batch of Object.values(realm().batches)) batch.forget(flush);
    if (tell.sawOpen) tell.notice({ type: 'close', end: { why: 'unmount', willRetry: false } });
    // a callback may have come back: then this is no longer ours to put to rest
    if (!held) show(restingState);
    left?.release(options().lingerMs ?? 250);
  };

  /** The link, also for a moment when nobody watches yet: an effect may send before it watches. */
  const withLink = <R>(use: (link: Link<In, Out>) => R): R | undefined => {
    const borrowed = held ?? lease();
    if (!borrowed) return undefined;
    try {
      return use(borrowed.value);
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
            clock: realm().host.clock,
            connection,
            understand,
            pending: requests,
            ttlMs: options().outbox?.ttlMs,
          },
          data,
          requestOptions,
        ),
      ) ?? rejected(noPeer()),
    clear: () => say({ type: 'clear' }),
    connect: () => held?.value.connection.connect(),
    disconnect: (code, reason) => held?.value.connection.disconnect(code, reason),
    drained: () => held?.value.connection.drained() ?? Promise.resolve(),
    reconnect: () =>
      held?.value.connection.reconnect() ??
      rejected(new RealtimeError('config', 'There is nothing to reconnect: nobody watches this feed.')),
  };
}
