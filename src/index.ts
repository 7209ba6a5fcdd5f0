// The React entry: hooks and their types. The engine by hand is in `roomtone/core`.
'use client';

export { RealtimeError, type RealtimeErrorKind } from './base/error.js';
export type { Host } from './base/host.js';
export type { OutboxOptions } from './base/outbox.js';
export type { RealtimeAuth } from './client/credentials.js';
export { defineRoom } from './client/define-room.js';
export type { FeedCallbacks, FeedOptions, LinkGap } from './feed/feed-options.js';
export { ladder, type LadderOptions } from './client/ladder.js';
export type { LinkHeartbeat, LinkOptions } from './feed/link.js';
export type { KeyStorage } from './base/storage.js';
export type { OutboxStorage } from './connection/keeping.js';
export { indexedDB, keyStorage, localStorage } from './connection/outbox-storage.js';
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
export type { PoolOptions } from './connection/balanced.js';
export { type Pool, pooled } from './connection/pooled.js';
export type { Delivery, Receipt, SendOptions } from './connection/delivery.js';
export type { Retry, RetryOptions } from './connection/retry.js';
export type { ConnectionState, End, Status } from './connection/status.js';
export type { FeedState } from './model/feed.js';
export type { Member, MemberConnection, PresenceHappening } from './model/presence.js';
export { initialRealtimeState, type RealtimeEvent, realtimeReducer, type RealtimeState } from './model/realtime.js';
export type { RoomEvent, RoomGap, RoomMessage, RoomState } from './model/room.js';
export type { Codec, CodecOption } from './protocol/codec.js';
export type { Message } from './protocol/plain.js';
export type { Place, User } from './protocol/rooms-frames.js';
export type { Schema } from './protocol/schema.js';
export { RealtimeProvider, type RealtimeProviderProps } from './react/provider.js';
export { useConnection, type ConnectionVerbs, type UseConnection } from './react/use-connection.js';
export { useEventSource, type UseEventSourceOptions } from './react/use-event-source.js';
export type { Feed, HookEndpoint, HookOptions } from './react/use-feed.js';
export { useLongPoll, type UseLongPollOptions } from './react/use-long-poll.js';
export { useMessages } from './react/use-messages.js';
export { useOthers } from './react/use-others.js';
export { usePoll, type UsePollOptions } from './react/use-poll.js';
export { usePresence } from './react/use-presence.js';
export { useRealtime } from './react/use-realtime.js';
export { useRealtimeClient } from './react/use-realtime-client.js';
export { useRoom, type UseRoom, type UseRoomOptions } from './react/use-room.js';
export { useRoomEvent } from './react/use-room-event.js';
export { useSelf } from './react/use-self.js';
export { useWebSocket, type UseWebSocketOptions } from './react/use-web-socket.js';
export type { Auth, Endpoint, Params } from './transport/credentials.js';
export type { Data, Frame, WireEnd } from './transport/transport.js';
