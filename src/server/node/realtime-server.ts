// The server: one path on an http server, the same rooms over every transport. Adapters do the talking.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { createHub } from '../hub.js';
import { serveEventSource } from './event-source.js';
import { servePoll } from './long-poll.js';
import { defaults, type RealtimeServerOptions } from './options.js';
import { servePublish } from './publish.js';
import { answer, type Context, pathOf, refuse, visitOf } from './visit.js';
import { createWebSocketAdapter, refuseUpgrade, type WebSocketAdapter } from './web-socket.js';

export interface AttachOptions {
  /** Default '/realtime'. */
  readonly path?: string | undefined;
}

export interface RealtimeServer {
  /**
   * Serves WebSocket, SSE, long poll, poll and POST on one path of an http server, and leaves every other request and
   * upgrade to whoever else listens. Call it after they were added. Returns the undo.
   */
  attach(server: Server, options?: AttachOptions): () => void;
  /** For frameworks: answers the HTTP half whatever the path is. For WebSockets pass upgrades to `upgrade`. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** To everybody in the room. `data` travels as JSON, a `Uint8Array` as bytes; `type` is the SSE event type. */
  publish(room: string, data: unknown, options?: { readonly type?: string }): { readonly id: string };
  /** Says good-bye to every reader, WebSockets with 1012, and holds nothing any more. The http server is yours to close. */
  close(): Promise<void>;
}

/**
 * Rooms as live streams.
 *
 * @example
 * const realtime = createRealtimeServer({ history: { size: 500 } });
 * realtime.attach(httpServer, { path: '/realtime' });
 * realtime.publish('news', { headline: 'It works' });
 */
export function createRealtimeServer(options: RealtimeServerOptions = {}): RealtimeServer {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const hub = createHub({ history: options.history, maxRooms: options.maxRooms });
  const readers = new Set<() => void | Promise<void>>();
  const detachers = new Set<() => void>();
  const context: Context = {
    hub,
    options: { ...defaults, ...given },
    emit: (event) => options.onEvent?.(event),
    atClose(run) {
      readers.add(run);
      return () => void readers.delete(run);
    },
  };
  let adapter: Promise<WebSocketAdapter> | undefined;

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const visit = visitOf(request, context);
    if ('status' in visit) return refuse(request, response, context, visit);
    try {
      switch (request.method) {
        case 'GET':
          return request.headers.accept?.includes('text/event-stream')
            ? serveEventSource(request, response, visit, context)
            : servePoll(request, response, visit, context);
        case 'POST':
          return servePublish(request, response, visit, context);
        case 'OPTIONS':
          return answer(request, response, context, 204, undefined, {
            'access-control-allow-methods': 'GET, POST',
            'access-control-allow-headers': 'content-type, authorization, last-event-id, if-none-match',
            'access-control-max-age': '600',
          });
        default:
          return refuse(
            request,
            response,
            context,
            { status: 405, reason: 'Use GET or POST.' },
            { allow: 'GET, POST, OPTIONS' },
          );
      }
    } catch (error) {
      // the hub has no place for another room
      refuse(request, response, context, { status: 503, reason: (error as Error).message });
    }
  };

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const visit = visitOf(request, context);
    if ('status' in visit) return refuseUpgrade(socket, visit, context);
    socket.on('error', () => {});
    adapter ??= createWebSocketAdapter(context);
    adapter.then(
      (ready) => ready.upgrade(request, socket, head, visit),
      () =>
        refuseUpgrade(
          socket,
          { status: 501, reason: 'WebSockets need the ws package on the server: npm i ws' },
          context,
        ),
    );
  };

  return {
    handle,
    upgrade,
    attach(server, { path = '/realtime' } = {}) {
      const isOurs = (request: IncomingMessage): boolean => pathOf(request) === path;
      // a request is answered once: those who listened before are asked only for what is not ours
      const others = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[];
      server.removeAllListeners('request');
      const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
        if (isOurs(request)) return handle(request, response);
        if (others.length > 0) for (const each of others) each.call(server, request, response);
        else if (server.listenerCount('request') === 1) response.writeHead(404).end();
      };
      const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
        if (isOurs(request)) upgrade(request, socket, head);
        // with nobody else listening the socket would hang for ever
        else if (server.listenerCount('upgrade') === 1) socket.destroy();
      };
      server.on('request', onRequest);
      server.on('upgrade', onUpgrade);
      const detach = (): void => {
        if (!detachers.delete(detach)) return;
        server.off('request', onRequest);
        server.off('upgrade', onUpgrade);
        for (const each of others) server.on('request', each);
      };
      detachers.add(detach);
      return detach;
    },
    publish(room, data, { type } = {}) {
      if (type !== undefined && /[\r\n\0]/.test(type)) throw new TypeError('An event type has no line breaks.');
      const payload = data instanceof Uint8Array ? data : JSON.stringify(data);
      if (payload === undefined) throw new TypeError('JSON cannot carry this value.');
      return { id: hub.publish(room, payload, type).id };
    },
    async close() {
      for (const detach of detachers) detach();
      await Promise.all([...readers].map(async (goodBye) => goodBye()));
      hub.close();
    },
  };
}
