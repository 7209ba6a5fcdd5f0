// The React entry: hooks and their types. The engine by hand is in `roomtone/core`.
'use client';

export { RealtimeError, type RealtimeErrorKind } from './base/error.js';
export type { Host } from './base/host.js';
export type { OutboxOptions } from './base/outbox.js';
export type { FeedCallbacks, FeedOptions, LinkGap } from './client/feed-options.js';
export type { LinkHeartbeat, LinkOptions } from './client/link.js';
export type { Delivery, Receipt, SendOptions } from './connection/delivery.js';
export type { Retry, RetryOptions } from './connection/retry.js';
export type { ConnectionState, End, Status } from './connection/status.js';
export type { FeedState } from './model/feed.js';
export type { Codec, CodecOption } from './protocol/codec.js';
export type { Message } from './protocol/plain.js';
export type { Schema } from './protocol/schema.js';
export { useEventSource, type UseEventSourceOptions } from './react/use-event-source.js';
export type { Feed, HookEndpoint, HookOptions } from './react/use-feed.js';
export { useLongPoll, type UseLongPollOptions } from './react/use-long-poll.js';
export { usePoll, type UsePollOptions } from './react/use-poll.js';
export { useWebSocket, type UseWebSocketOptions } from './react/use-web-socket.js';
export type { Auth, Endpoint, Params } from './transport/credentials.js';
export type { Data, Frame, WireEnd } from './transport/transport.js';
