// One watcher's view of a link: its own history, filter, schema and callbacks. Lifetime is its subscription.

import { RealtimeError } from '../base/error.js';
import type { Cancel } from '../base/clock.js';
import type { Lease } from '../base/pool.js';
import type { Readable } from '../base/readable.js';
import { guarded, warnOnce } from '../base/report.js';
import { createSignal } from '../base/signal.js';
import { type Delivery, type SendOptions, settled } from '../connection/delivery.js';
import { type ConnectionState, type Notice, restingState } from '../connection/status.js';
import {
  type FeedEvent,
  type FeedModel,
  type FeedState,
  feedStateOf,
  initialFeedModel,
  reduceFeed,
} from '../model/feed.js';
import type { Message } from '../protocol/plain.js';
import { validate } from '../protocol/schema.js';
import type { FeedOptions } from './feed-options.js';
import type { Link } from './link.js';
import type { Realm } from './realm.js';

/** Watching opens the link, the last watcher leaving closes it after `lingerMs`. */
export interface FeedHandle<In = unknown, Out = unknown> extends Readable<FeedState<In>> {
  readonly bufferedAmount: number;
  send(data: Out, options?: SendOptions): Delivery;
  /** Empties `messages` and `lastMessage`, here only. */
  clear(): void;
  connect(): void;
  disconnect(code?: number, reason?: string): void;
  reconnect(): Promise<void>;
}

export interface FeedParts<In, Out> {
  readonly realm: () => Realm;
  /** Leases the link; null: there is no peer. */
  readonly lease: () => Lease<Link<In, Out>> | null;
  /** Read late: callbacks and policies are always the newest ones. */
  readonly options: () => FeedOptions<In, Out>;
}

/** Past this many unfolded events they are folded early, and told when their frame comes. */
const INBOX_LIMIT = 1_024;
/** How long a link that only `send` asked for waits to be watched. */
const SEND_LINGER_MS = 1_000;

export function createFeedView<In, Out>({ realm, lease, options }: FeedParts<In, Out>): FeedHandle<In, Out> {
  const watchers = createSignal<void>();
  let model: FeedModel<In> = initialFeedModel(restingState);
  let shown = feedStateOf(model);
  let inbox: FeedEvent<In>[] = [];
  let told: ConnectionState = restingState; // what status the inbox last said
  let cancelGrace: Cancel | undefined;
  let held: Lease<Link<In, Out>> | null = null;
  let leave: (() => void) | undefined;
  let sawOpen = false;
  let seen: { readonly link: Link<In, Out>; readonly count: number } | undefined;

  const fold = (): void => {
    const events = inbox;
    inbox = [];
    model = reduceFeed(model, events, options().history ?? 100);
  };
  const flush = (): void => {
    const before = model;
    fold();
    if (model === before && shown.count === model.history.count) return;
    shown = feedStateOf(model);
    watchers.emit();
  };
  const say = (event: FeedEvent<In>): void => {
    inbox.push(event);
    if (inbox.length >= INBOX_LIMIT) fold();
    if (leave) realm().batches[options().flush ?? 'frame'].mark(flush);
    else flush();
  };

  /** `live`: it happened now, so callbacks hear of it; else it is history for a latecomer. */
  const read = (raw: Message, live: boolean): void => {
    const { schema, filter, onMessage } = options();
    let message = raw as Message<In>;
    try {
      if (schema) message = { ...message, data: validate(schema, raw.data) };
    } catch (error) {
      if (live) onInvalid(raw.data, error as RealtimeError);
      return;
    }
    if (filter && !guarded(filter, message)) return;
    if (live) guarded(onMessage, message);
    say({ type: 'message', message });
  };
  const onMessage = (raw: Message): void => read(raw, true);
  const onInvalid = (raw: unknown, error: RealtimeError): void => {
    const listener = options().onInvalid;
    if (listener) guarded(listener, { raw, error });
    else if (process.env.NODE_ENV !== 'production')
      warnOnce(realm(), `${error.message} Such frames are dropped; listen with onInvalid.`);
  };
  const onNotice = (notice: Notice): void => {
    const to = options();
    switch (notice.type) {
      case 'open':
        sawOpen = true;
        guarded(to.onOpen);
        if (notice.again) guarded(to.onReconnect);
        break;
      case 'close':
        sawOpen = false;
        guarded(to.onClose, notice.end);
        break;
      case 'error':
        guarded(to.onError, notice.error);
        break;
      case 'fault':
        onInvalid(notice.frame, notice.error);
        break;
      case 'gap':
        guarded(to.onGap, { after: notice.after });
        break;
    }
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
    if (graceMs > 0 && told.status === 'open' && outage)
      cancelGrace ??= realm().host.clock.after(graceMs, () => held && show(held.value.connection.getSnapshot()));
    else show(connection);
  };

  const enter = (): void => {
    held = lease();
    if (!held) return;
    const { value: link } = held;
    const { connection } = link;
    const out = [
      link.join(options),
      connection.events.on(onMessage),
      connection.notices.on(onNotice),
      connection.subscribe(() => onState(connection.getSnapshot())),
    ];
    leave = () => {
      for (const each of out) each();
      seen = { link, count: link.recent.count };
    };
    // what the link still keeps: all of it for a newcomer, what came meanwhile for one who returns
    const { items, count } = link.recent;
    const again = seen?.link === link;
    const missed = items.slice(Math.max(0, items.length - (count - (again && seen ? seen.count : 0))));
    for (const message of missed) read(message, again);
    const { status } = connection.getSnapshot();
    if (status === 'open') onNotice({ type: 'open', again: false });
    show(connection.getSnapshot());
    if (status === 'idle') connection.connect();
    flush();
  };
  const exit = (): void => {
    leave?.();
    leave = undefined;
    realm().batches[options().flush ?? 'frame'].forget(flush);
    if (sawOpen) onNotice({ type: 'close', end: { why: 'unmount', willRetry: false } });
    show(restingState);
    held?.release(options().lingerMs ?? 250);
    held = null;
  };

  /** The link, also for a moment when nobody watches yet: an effect may send before it watches. */
  const withLink = <R>(use: (link: Link<In, Out>) => R): R | undefined => {
    const borrowed = held ?? lease();
    if (!borrowed) return undefined;
    const result = use(borrowed.value);
    if (borrowed !== held) borrowed.release(Math.max(options().lingerMs ?? 250, SEND_LINGER_MS));
    return result;
  };

  return {
    getSnapshot: () => shown,
    subscribe(listener) {
      const off = watchers.on(listener);
      if (watchers.size === 1) enter();
      return () => {
        if (watchers.size === 0) return;
        off();
        if (watchers.size === 0) exit();
      };
    },
    get bufferedAmount() {
      return held?.value.connection.bufferedAmount ?? 0;
    },
    send: (data, sendOptions) =>
      withLink((link) => link.connection.send(data, sendOptions)) ??
      settled({
        status: 'dropped',
        error: new RealtimeError('config', 'There is no peer to send to: url is empty, or enabled is false.'),
      }),
    clear: () => say({ type: 'clear' }),
    connect: () => held?.value.connection.connect(),
    disconnect: (code, reason) => held?.value.connection.disconnect(code, reason),
    reconnect: () =>
      held?.value.connection.reconnect() ??
      Promise.reject(new RealtimeError('config', 'There is nothing to reconnect: nobody watches this feed.')),
  };
}
