// What a feed is to those who use it, and to those who make it. Types only.

import type { Readable, Unsubscribe } from '../base/readable.js';
import type { Delivery, SendOptions } from '../connection/delivery.js';
import type { FeedState } from '../model/feed.js';
import type { Message } from '../protocol/plain.js';
import type { AskOptions } from './request.js';

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
