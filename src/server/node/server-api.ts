// What a realtime server can do, as its host sees it. Does none of it.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Unsubscribe } from '../../base/readable.js';
import type { Hearing } from '../hear.js';
import type { Identity } from '../sessions/session-services.js';
import type { HttpServer } from './attach.js';

export interface AttachOptions {
  /** Default '/realtime'. */
  readonly path?: string | undefined;
}

export interface RealtimeServer {
  /**
   * Serves WebSocket, SSE, long poll, poll and POST on one path of an http server, and leaves every other request and
   * upgrade to whoever else listens. Call it after the others were added: they are not asked for this path any more.
   * Returns the undo. Throws `config` for a path that is none.
   */
  attach(server: HttpServer, options?: AttachOptions): () => void;
  /**
   * The HTTP half for Connect, Express and Vite; other paths go on to `next`. Under a mount (`app.use('/api', …)`) the
   * whole path counts. WebSockets need `attach`, or `upgrade`.
   */
  middleware(options?: AttachOptions): (request: IncomingMessage, response: ServerResponse, next: () => void) => void;
  /** Answers a request, whatever its path is. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Takes an upgrade, whatever its path is: `httpServer.on('upgrade', realtime.upgrade)`. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /**
   * To everybody in the room. `data` travels as JSON, an `ArrayBuffer` or a view of one as bytes; `type` is the SSE event type.
   * Throws `config` for what cannot travel, `overflow` where a new room would be one too many. Where rooms answer later (Redis) it
   * returns before they have, and what they do not take is told to `onEvent` as `error`. `id`: how clients of the rooms protocol know it.
   */
  publish(room: string, data: unknown, options?: { readonly type?: string | undefined }): { readonly id: string };
  /**
   * What is said in a room, for this program: each message once and in order, from when it resolves. Rejects where the backplane
   * is out of reach. Asks nobody's leave.
   */
  hear(room: string, hearing: Hearing): Promise<Unsubscribe>;
  /**
   * Ends all that a user has, and takes back at once what it shows: on this server, and on all others with the
   * same `backplane` as soon as they hear of it. Returns how many links were told here. 4401 (default): a client with `auth` asks
   * once for another token, and stops where there is none; 4403: it stops.
   * Throws `config` for codes that cannot be said (1000, 1001, 1008, 1011–1013, 3000–4999 can).
   */
  disconnect(
    userId: string,
    options?: { readonly code?: number | undefined; readonly reason?: string | undefined },
  ): number;
  /**
   * Something to show once instead of a token, as `?access_token=` too: addresses are written into logs. Good for `ttlMs` (default
   * 30,000), on all servers that share a Redis. `authenticate` is not asked about it. Rejects with `config` for what is no identity,
   * `overflow` at 100,000 unused in the memory of a server, and where Redis is out of reach.
   */
  ticket(user: Identity, options?: { readonly ttlMs?: number | undefined }): Promise<string>;
  /**
   * Says good-bye to every reader, WebSockets with 1012, and resolves when they are gone; nothing is held any more.
   * From now on the path answers 503, so that who comes back meanwhile tries again. The http server is yours to close.
   */
  close(): Promise<void>;
}
