// The entry for a worker's file: what `inWorker` of roomtone/core talks to, and the transports that it can hold. No engine, no React.

export { eventSource } from './transport/event-source.js';
export { fallback } from './transport/fallback.js';
export { longPoll } from './transport/long-poll.js';
export { nativeEventSource } from './transport/native-event-source.js';
export { poll } from './transport/poll.js';
export { serveWorker, type ServeWorkerOptions, type WorkerTransports } from './transport/serve-worker.js';
export type { Frame, FrameMeta, Transport } from './transport/transport.js';
export { webSocket } from './transport/web-socket.js';
