// The server: one path, the same rooms over every transport. Decides who serves; adapters do the talking.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { systemClock } from '../../base/clock.js';
import { RealtimeError } from '../../base/error.js';
import { guarded } from '../../base/report.js';
import { isRoomName } from '../../protocol/read-frames.js';
import { CLOSE } from '../../protocol/rooms-frames.js';
import { isLater } from '../awaitable.js';
import type { Backplane } from '../backplane.js';
import { hear } from '../hear.js';
import { closing as closingBy } from '../closing.js';
import { isEventType } from '../event-type.js';
import { memory } from '../memory.js';
import { payloadOf } from '../payload-of.js';
import { answer, hasLeft, isQueued, letRead, refuse, setCommonHeaders } from './answer.js';
import { attachTo, checkApart, checkPath, pathOf } from './attach.js';
import { serveEventSource } from './plain/event-source.js';
import { createGate, isRefusal } from './gate.js';
import { servePoll } from './plain/long-poll.js';
import { createObserver } from './observe.js';
import { type RealtimeServerOptions, settingsOf } from './options.js';
import { failureOf } from './failure.js';
import { draftOf, idOf, unavailable } from './plain/plain.js';
import { plainRoomsOf } from './plain/plain-rooms.js';
import { servePublish } from './plain/publish.js';
import { createRooms } from './rooms.js';
import type { RealtimeServer } from './server-api.js';
import { createSessionDoor } from './sessions/session-door.js';
import type { Refusal } from './query.js';
import { type Context, forgetCookies, LEAVING, refusalByOrigin, sessionOf, visitOf } from './visit.js';
import { createWebhooks, type WebhookReceiver } from './webhooks/webhooks.js';
import { createWebSocketAdapter, refuseUpgrade, type WebSocketAdapter } from './plain/web-socket.js';

export type { AttachOptions, RealtimeServer } from './server-api.js';

/** One for all: made for each upgrade, it would keep that request for as long as its socket lives. */
const ignore = (): void => {};

/**
 * Rooms as live streams. Throws `config` for options that make no sense.
 *
 * @example
 * const realtime = createRealtimeServer({ history: { size: 500 } });
 * realtime.attach(httpServer, { path: '/realtime' });
 * realtime.publish('news', { headline: 'It works' });
 */
export function createRealtimeServer(options: RealtimeServerOptions = {}): RealtimeServer {
  const settings = settingsOf(options);
  const backplane: Backplane = options.backplane ?? memory(options);
  const readers = new Set<() => Promise<void>>();
  let adapter: Promise<WebSocketAdapter> | undefined;
  let closing: Promise<unknown> | undefined;
  const emit: Context['emit'] = (event) => guarded(options.onEvent, event);
  // it costs nothing where nobody listens
  const observer = options.onEvent && createObserver(emit);
  const gate = createGate(settings, options.addressOf, systemClock);
  const told = observer?.backplane(backplane) ?? backplane;
  const rooms = createRooms(told, settings, options, emit, gate);
  const context: Context = {
    plainRooms: plainRoomsOf(observer?.plain(backplane) ?? backplane),
    rooms,
    gate,
    settings,
    emit,
    atClose(run) {
      readers.add(run);
      return () => void readers.delete(run);
    },
    isClosed: () => closing !== undefined,
  };

  const door = createSessionDoor(context, backplane.relay);
  const webhooks = createWebhooks(options.webhooks ?? {}, context, (room, draft) => told.publish(room, draft));
  /** The paths that are served: ours, and those of webhooks. */
  const pathsWith = (path: string): ReadonlySet<string> => {
    checkApart(webhooks.keys(), { 'that of the rooms': checkPath(path) });
    return new Set([path, ...webhooks.keys()]);
  };
  const hookOf = (request: IncomingMessage & { readonly originalUrl?: string }): WebhookReceiver | undefined =>
    webhooks.get(pathOf(request.originalUrl ?? request.url));
  const leaving = (): Refusal | undefined => closing && LEAVING;

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    if (hasLeft(request, response)) return;
    const refused = (refusal: Refusal): void => {
      // a proxy that keeps its connections would come back over this one again and again
      if (closing && request.httpVersionMajor < 2) response.setHeader('connection', 'close');
      refuse(response, context, refusal);
    };
    setCommonHeaders(response);
    const hook = hookOf(request);
    if (hook) return void hook(request, response);
    const stranger = refusalByOrigin(request, settings);
    if (stranger) return refused(stranger);
    forgetCookies(request, settings);
    letRead(request, response, settings);
    const { method } = request;
    if (method === 'OPTIONS')
      return answer(response, 204, undefined, {
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-headers': 'content-type, authorization, last-event-id, if-none-match',
        'access-control-max-age': '600',
      });
    if (method !== 'GET' && method !== 'POST') return refused({ status: 405, reason: 'Use GET or POST.' });
    if (method === 'GET' && isQueued(response))
      return refused({ status: 503, reason: 'Another answer holds this connection: open one more.' });
    const refusal = leaving();
    if (refusal) return refused(refusal);
    const session = sessionOf(request);
    if (typeof session === 'string') return door(request, response, session);
    const visit = session ?? visitOf(request);
    if ('status' in visit) return refused(visit);
    if (method === 'POST') return void servePublish(request, response, visit, context);
    const leave = gate.enter(request);
    if (isRefusal(leave)) return refused(leave);
    response.once('close', leave);
    const asksForEvents = request.headers.accept?.includes('text/event-stream');
    const serveReader = asksForEvents ? serveEventSource : servePoll;
    const serve = (its: Context): void =>
      void serveReader(request, response, visit, its).catch((error: unknown) =>
        refused(unavailable(error, visit.room, context)),
      );
    if (!rooms.guests) return serve(context);
    void rooms.guests.admit(request, visit.room, context, 'join').then((its) => {
      if (hasLeft(request, response)) return;
      const late = leaving();
      if ('refusal' in its) refused(its.refusal);
      else if (late) refused(late);
      else serve(its);
    });
  };

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const refused = (refusal: Refusal): void => refuseUpgrade(socket, refusal, context);
    if (hookOf(request)) return refused({ status: 405, reason: 'Use POST.' });
    const refusal = refusalByOrigin(request, settings) ?? leaving();
    if (refusal) return refused(refusal);
    forgetCookies(request, settings);
    const session = sessionOf(request);
    if (typeof session === 'object') return refused(session);
    const visit = session === undefined ? visitOf(request) : undefined;
    if (visit && 'status' in visit) return refused(visit);
    const full = gate.enterWith(socket, request);
    if (full) return refused(full);
    socket.on('error', ignore); // until ws listens itself
    adapter ??= createWebSocketAdapter(context);
    adapter
      .then(
        async (ready) => {
          const its = (visit && (await rooms.guests?.admit(request, visit.room, context, 'join'))) ?? context;
          const late = leaving();
          if (late) return refused(late);
          if ('refusal' in its) {
            emit({ type: 'refused', ...its.refusal });
            ready.turnAway(request, socket, head, its.code, its.refusal.reason);
          } else ready.upgrade(request, socket, head, visit, its);
          socket.off('error', ignore); // whoever answered it listens
        },
        () => refused({ status: 501, reason: 'WebSockets need the ws package beside this server: npm i ws' }),
      )
      .catch(() => socket.destroy()); // somebody else answered this handshake
  };

  return {
    handle,
    upgrade,
    attach: (server, { path = '/realtime' } = {}) => attachTo(server, pathsWith(path), { handle, upgrade }),
    middleware({ path = '/realtime' } = {}) {
      const own = pathsWith(path);
      return (request: IncomingMessage & { readonly originalUrl?: string }, response, next) => {
        if (own.has(pathOf(request.originalUrl ?? request.url))) handle(request, response);
        else next();
      };
    },
    publish(room, data, { type } = {}) {
      const wrong = !isRoomName(room)
        ? 'A room has 1 to 128 characters, none of them a control character.'
        : type !== undefined &&
          !isEventType(type) &&
          'An event type has 1 to 128 characters, no line breaks and no NUL; bytes are `binary` by themselves.';
      if (wrong) throw new RealtimeError('config', `publish: ${wrong}`);
      const draft = draftOf(payloadOf(data), type);
      const said = told.publish(room, draft);
      if (!isLater(said)) return { id: idOf(said) };
      said.catch((error: unknown) => emit(failureOf(room, error)));
      return { id: draft.id };
    },
    hear: async (room, hearing) => hear(backplane, room, hearing),
    disconnect(userId, { code = CLOSE.unauthorized, reason = 'signed out by the server' } = {}) {
      return rooms.disconnect(userId, closingBy(code, reason), reason);
    },
    ticket: (user, { ttlMs } = {}) => rooms.tickets.issue(user, ttlMs),
    async close() {
      closing ??= Promise.all([...readers].map((goodBye) => goodBye())).then(async () => {
        await rooms.close();
        // one that was given may have others who stand on it, or be given to the next server
        return options.backplane ? undefined : backplane.close();
      });
      await closing;
    },
  };
}
