// The Node server entry. Carries no React and no client.

export type {
  Awaitable,
  Backplane,
  Claimant,
  Draft,
  Members,
  Past,
  Receipt,
  Relay,
  RoomEvent,
  RoomMessage,
  TicketStore,
} from './server/backplane.js';
export type { RateLimit } from './base/token-bucket.js';
export type { HistoryOptions } from './server/hub.js';
export type { DedupeOptions } from './server/ledger.js';
export type { HttpServer } from './server/node/attach.js';
export type { Hearing } from './server/hear.js';
export { forward, type ForwardedEvent, type ForwardOptions } from './server/node/webhooks/forward.js';
export { createMetrics, type Metrics, type MetricsOptions, type MetricsRegistry } from './server/node/metrics.js';
export type { Credentials, RealtimeServerOptions, ServerEvent, TransportName } from './server/node/options.js';
export type { LimitOptions } from './server/node/limits.js';
export { type AttachOptions, createRealtimeServer, type RealtimeServer } from './server/node/realtime-server.js';
export type { Payload } from './server/published.js';
export { memory, type MemoryBackplane, type MemoryOptions } from './server/memory.js';
export { redis } from './server/node/redis/redis.js';
export type { RedisOptions, RedisSource, RedisStatus } from './server/node/redis/redis-options.js';
export { serve, type ServeOptions, type Serving } from './server/node/serve.js';
export type { WebhookOptions, Webhooks } from './server/node/webhooks/webhook-options.js';
export type { Action, AuthorizeRequest, Denial, Identity } from './server/sessions/session-services.js';
