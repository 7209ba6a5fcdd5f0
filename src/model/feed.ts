// The fold of a single stream: connection and messages. Pure: no time, no I/O.

import type { ConnectionState, Status } from '../connection/status.js';
import type { Message } from '../protocol/plain.js';
import { append, emptyHistory, type History } from './history.js';

export type FeedEvent<In> =
  | { readonly type: 'messages'; readonly messages: readonly Message<In>[] }
  /** So many more came, and newer ones have taken their place. */
  | { readonly type: 'passed'; readonly count: number }
  | { readonly type: 'connection'; readonly connection: ConnectionState }
  | { readonly type: 'clear' };

export interface FeedModel<In> {
  readonly connection: ConnectionState;
  readonly history: History<Message<In>>;
  readonly lastMessage: Message<In> | null;
  /** How many came that the history never held. */
  readonly passed: number;
}

export function initialFeedModel<In>(connection: ConnectionState): FeedModel<In> {
  return { connection, history: emptyHistory(), lastMessage: null, passed: 0 };
}

/** A whole batch of events in, one new model out; the same object when nothing changed. `limit` bounds the history. */
export function reduceFeed<In>(model: FeedModel<In>, events: readonly FeedEvent<In>[], limit: number): FeedModel<In> {
  let { connection, history, lastMessage, passed } = model;
  let added: readonly Message<In>[] = [];
  for (const event of events)
    switch (event.type) {
      case 'messages':
        added = added.length > 0 ? [...added, ...event.messages] : event.messages;
        lastMessage = event.messages.at(-1) ?? lastMessage;
        break;
      case 'passed':
        passed += event.count;
        break;
      case 'connection':
        connection = event.connection;
        break;
      case 'clear':
        if (history.length + added.length > 0) history = emptyHistory(history.count + added.length);
        added = [];
        lastMessage = null;
        break;
    }
  history = append(history, added, limit);
  const same =
    connection === model.connection &&
    history === model.history &&
    lastMessage === model.lastMessage &&
    passed === model.passed;
  return same ? model : { connection, history, lastMessage, passed };
}

/** What a feed shows. */
export interface FeedState<In = unknown> extends ConnectionState {
  /** -1 idle, 0 connecting, 1 open, 3 closed: the numbers that other hooks use, derived from `status`. */
  readonly readyState: -1 | 0 | 1 | 2 | 3;
  /** The newest messages within `history`, newest last, each exactly once. */
  readonly messages: readonly Message<In>[];
  readonly lastMessage: Message<In> | null;
  /** All messages ever seen, past the bound, `clear()` and `conflate` too. */
  readonly count: number;
}

const readyStates = {
  idle: -1,
  connecting: 0,
  open: 1,
  reconnecting: 0,
  offline: 3,
  closed: 3,
  failed: 3,
} as const satisfies {
  readonly [status in Status]: number;
};

/** The public view of a model; `messages` is built when it is read. */
export function feedStateOf<In>({ connection, history, lastMessage, passed }: FeedModel<In>): FeedState<In> {
  return {
    ...connection,
    readyState: readyStates[connection.status],
    get messages() {
      return history.items;
    },
    lastMessage,
    count: history.count + passed,
  };
}
