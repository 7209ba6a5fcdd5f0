// Readers and writers over WebSocket (RFC 6455): each message one frame, without an envelope.

import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { createBudget } from '../../../base/budget.js';
import { systemClock } from '../../../base/clock.js';
import type { Unsubscribe } from '../../../base/readable.js';
import { isLater } from '../../awaitable.js';
import type { Awaitable, Past, RoomMessage } from '../../backplane.js';
import { jsonLine } from '../../json-line.js';
import type { Payload } from '../../published.js';
import { gone, headersFor } from '../answer.js';
import { createBacklog } from '../backlog.js';
import { createInflow } from './inflow.js';
import { serveSessionSocket } from '../sessions/session-socket.js';
import { createSocketPulse } from '../socket-pulse.js';
import { failureOf } from '../failure.js';
import { draftOf, follow, unavailable } from './plain.js';
import type { Refusal } from '../query.js';
import { type Context, SERVICE_RESTART, TRY_AGAIN_LATER, type Visit } from '../visit.js';

export interface WebSocketAdapter {
  /** Without a visit: a session of the rooms protocol. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, visit: Visit | undefined, context: Context): void;
  /** Says no by a close, which is all that a browser tells of it. */
  turnAway(request: IncomingMessage, socket: Duplex, head: Buffer, code: number, reason: string): void;
}

/** Says no before the upgrade: a browser sees a failed handshake, other clients the reason. */
export function refuseUpgrade(socket: Duplex, refusal: Refusal, context: Context): void {
  const { status, reason } = refusal;
  context.emit({ type: 'refused', ...refusal });
  const body = JSON.stringify({ error: reason });
  const headers = {
    connection: 'close',
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headersFor(status),
  };
  const lines = Object.entries(headers).map((header) => `${header.join(': ')}\r\n`);
  socket.on('error', () => {});
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
}

/** Rejects where the `ws` package is not installed. */
export async function createWebSocketAdapter(context: Context): Promise<WebSocketAdapter> {
  const { WebSocketServer } = await import('ws');
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: context.settings.maxMessageBytes,
    autoPong: false,
    // one frame of each socket in a turn of the event loop: who writes a thousand in one piece keeps nobody else waiting
    allowSynchronousEvents: false,
    // whoever offers subprotocols (a token may be among them) needs one to be chosen, or the browser gives up
    handleProtocols: (offered) => [...offered][0] ?? false,
  });
  // what ws finds wrong with a handshake is said as we say it
  server.on('wsClientError', ({ message }, socket) => refuseUpgrade(socket, { status: 400, reason: message }, context));
  return {
    upgrade(request, socket, head, visit, its) {
      try {
        if (visit) holdPlace(visit, its);
      } catch (error) {
        return refuseUpgrade(socket, unavailable(error, visit?.room ?? '', its), its);
      }
      server.handleUpgrade(request, socket, head, (webSocket) => {
        if (visit) serveWebSocket(webSocket, visit, its);
        else serveSessionSocket(webSocket, request, its);
      });
    },
    turnAway: (request, socket, head, code, reason) =>
      server.handleUpgrade(request, socket, head, (webSocket) => {
        webSocket.on('error', () => {});
        webSocket.close(code, reason);
        void gone(webSocket, () => webSocket.terminate());
      }),
  };
}

/** For this turn. Throws where there is none in memory; what lies further away says so to the socket. */
function holdPlace({ room }: Visit, { plainRooms }: Context): void {
  Promise.resolve(plainRooms.subscribe(room, () => {})).then(
    (leave) => leave(),
    () => {},
  );
}

function serveWebSocket(socket: WebSocket, visit: Visit, context: Context): void {
  const { plainRooms, settings, emit, atClose } = context;
  const { room } = visit;
  const backlog = createBacklog(settings.maxBufferedBytes);
  let over = false;
  let isHere = false;
  let unsubscribe: Unsubscribe = () => {};

  const leave = (): void => {
    if (over) return;
    over = true;
    unsubscribe();
    pulse.stop();
    inflow.stop();
    if (isHere) emit({ type: 'left', room, transport: 'websocket' });
  };
  const hangUp = (code: number, reason: string): Promise<void> => {
    leave();
    socket.close(code, reason);
    return gone(socket, () => socket.terminate());
  };
  /** Whatever goes out passes here: also who only pings, and never reads, must not fill our memory. */
  const write = (run: () => void): void => {
    if (over) return;
    if (!backlog.exceeded(socket.bufferedAmount)) return run();
    emit({ type: 'slow', room, transport: 'websocket' });
    void hangUp(TRY_AGAIN_LATER, 'too slow');
  };
  const send = ({ payload }: RoomMessage): void => socket.send(payload, { binary: typeof payload !== 'string' });
  /** There is no other word for it: what it says now is lost, or the room cannot be heard. */
  const failed = (cause: unknown): void => {
    if (over) return;
    emit(failureOf(room, cause));
    void hangUp(TRY_AGAIN_LATER, 'not now');
  };
  const say = (payload: Payload): Awaitable<unknown> => plainRooms.publish(room, draftOf(payload));
  const publish = (payload: Payload): void => {
    try {
      // not before it would hear itself
      const said = isHere ? say(payload) : opened.then(() => say(payload));
      if (isLater(said)) inflow.owe(payload.length, said.catch(failed));
    } catch (error) {
      failed(error);
    }
  };
  const pulse = createSocketPulse(socket, settings.heartbeatMs, write);
  const mayReport = createBudget(systemClock, 1, 1_000); // a flood is no flood of reports
  const inflow = createInflow({
    ...{ socket, room, rates: context.rooms.rates, maxOwed: settings.maxBufferedBytes, clock: systemClock },
    tooFast(option) {
      if (mayReport())
        emit({ type: 'refused', status: 'rate-limited', reason: `Not read for a while (${option}).`, room });
    },
  });

  socket.on('message', (data: Buffer, isBinary) => {
    pulse.heard();
    inflow.heard();
    if (over) return;
    if (isBinary) return publish(new Uint8Array(data));
    const text = data.toString('utf8');
    if (text === 'ping') return write(() => socket.send('pong')); // the heartbeat of plain links
    let line: string;
    try {
      line = jsonLine(text);
    } catch {
      return emit({ type: 'invalid', room, reason: 'a frame that is not JSON' });
    }
    publish(line);
  });
  // too large, or not WebSocket at all: ws closes with the code for it, and `close` follows
  socket.on('error', ({ message }) => emit({ type: 'invalid', room, reason: message }));
  socket.on('close', (code) => {
    leave();
    emit({ type: 'disconnected', transport: 'websocket', code });
    forget(); // not before: `close()` waits for those who are being let go, too
  });

  emit({ type: 'connected', transport: 'websocket' });
  const forget = atClose((code = SERVICE_RESTART, reason = 'the server restarts') => hangUp(code, reason));
  const begin = ({ messages }: Past): void => {
    if (over) return;
    messages.forEach(send);
    backlog.excuse(socket.bufferedAmount);
    isHere = true;
    emit({ type: 'joined', room, transport: 'websocket' });
  };
  const message = (each: RoomMessage): void => write(() => send(each));
  // no frame of a plain link could say it; who reconnects may look elsewhere for what is missing
  const lost = (): void => void hangUp(TRY_AGAIN_LATER, 'something was missed');
  const open = async (): Promise<void> => {
    const stop = await follow(visit, context, true, { begin, message, lost });
    unsubscribe = stop;
    if (over) stop();
  };
  const opened = open();
  opened.catch(failed);
}
