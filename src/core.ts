// The engine without React: feeds by hand, transports, protocols, policies, reducers.

export { type Batch, createBatch, type Schedule } from './base/batch.js';
export { type Cancel, type Clock, systemClock } from './base/clock.js';
export { RealtimeError, type RealtimeErrorKind } from './base/error.js';
export { createHost, type Focus, type Host } from './base/host.js';
export type { OutboxOptions } from './base/outbox.js';
export type { KeyStorage } from './base/storage.js';
export type { OutboxStorage } from './connection/keeping.js';
export { indexedDB, keyStorage, localStorage } from './connection/outbox-storage.js';
export type { RateLimit } from './base/token-bucket.js';
export type { Readable, Unsubscribe } from './base/readable.js';
export type { Signal } from './base/signal.js';
export { createFeed, type CreateFeedOptions, type OwnFeed } from './feed/create-feed.js';
export type { RealtimeAuth } from './client/credentials.js';
export type { RoomsOutboxOptions } from './client/post-office.js';
export { defineRoom } from './client/define-room.js';
export type { FeedHandle } from './feed/feed-handle.js';
export type { FeedCallbacks, FeedOptions, LinkGap } from './feed/feed-options.js';
export { ladder, type LadderOptions } from './client/ladder.js';
export type { LinkHeartbeat, LinkOptions } from './feed/link.js';
export { pooledRooms, type RoomsPool, type RoomsPoolOptions } from './client/pooled-rooms.js';
export { createRealtimeClient, type RealtimeClient, type RealtimeClientOptions } from './client/realtime-client.js';
export type { AskOptions } from './feed/request.js';
export type {
  Presence,
  RoomDelivery,
  RoomEvents,
  RoomHandle,
  RoomOptions,
  RoomReceipt,
  RoomRef,
  RoomSendOptions,
} from './client/room-handle.js';
export { balanced, type BalancedParts, type PoolOptions } from './connection/balanced.js';
export { type Connection, type ConnectionParts, createConnection } from './connection/connection.js';
export type { Delivery, Receipt, SendOptions } from './connection/delivery.js';
export type { BatchOptions } from './connection/groups.js';
export type { ConnectionOptions, HeartbeatOptions } from './connection/options.js';
export { type Pool, pooled } from './connection/pooled.js';
export { next, type Facts, type Phase, type PhaseEvent, type Policy } from './connection/phase.js';
export { backoff, judge, type JudgeFacts, type Retry, type RetryOptions, type Verdict } from './connection/retry.js';
export { type ConnectionState, type End, type Notice, type Status, statusOf } from './connection/status.js';
export {
  type FeedEvent,
  type FeedModel,
  type FeedState,
  feedStateOf,
  initialFeedModel,
  reduceFeed,
} from './model/feed.js';
export { append, emptyHistory, type History } from './model/history.js';
export {
  initialPresence,
  type Member,
  type PresenceEvent,
  type PresenceHappening,
  type PresenceState,
  reducePresence,
} from './model/presence.js';
export { initialRealtimeState, type RealtimeEvent, realtimeReducer, type RealtimeState } from './model/realtime.js';
export {
  initialRoom,
  reduceRoom,
  type RoomEvent,
  type RoomGap,
  type RoomMessage,
  type RoomModel,
  type RoomState,
  roomStateOf,
} from './model/room.js';
export { bytes, type Codec, type CodecOption, json, text } from './protocol/codec.js';
export { type Message, plain, type PlainOptions } from './protocol/plain.js';
export type { Protocol, ProtocolSink, Session } from './protocol/protocol.js';
export { rooms } from './protocol/rooms.js';
export type {
  ClientEvent,
  ErrorCode,
  Limits,
  Place,
  PresenceChange,
  PresenceEntry,
  RoomFrame,
  ServerEvent as RoomsServerEvent,
  User,
} from './protocol/rooms-frames.js';
export { type Schema, validate } from './protocol/schema.js';
export type { Auth, Endpoint, Params } from './transport/credentials.js';
export { eventSource } from './transport/event-source.js';
export type { EventSourceOptions } from './transport/event-source-options.js';
export { type Fallback, fallback, type FallbackOptions } from './transport/fallback.js';
export { type InWorker, inWorker, type InWorkerOptions } from './transport/in-worker.js';
export { longPoll, type LongPollOptions } from './transport/long-poll.js';
export { nativeEventSource } from './transport/native-event-source.js';
export { poll, type PollOptions } from './transport/poll.js';
export type { RequestOptions } from './transport/request.js';
export { createSseParser } from './transport/sse-parser.js';
export type { Data, Dial, Frame, FrameMeta, Sink, Transport, Wire, WireEnd } from './transport/transport.js';
export { webSocket, type WebSocketOptions } from './transport/web-socket.js';
export type { WorkerLike } from './transport/worker-link.js';
