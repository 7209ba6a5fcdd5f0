// WebSockets (RFC 6455) by the ws package: the handshake, or no. Serves nobody itself.

import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { gone, headersFor } from '../answer.js';
import type { Refusal } from '../query.js';
import { createSessionSockets } from '../sessions/session-socket.js';
import type { Context, Visit } from '../visit.js';
import { createPlainSockets } from './plain-socket.js';
import { unavailable } from './plain.js';

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
    perMessageDeflate: false, // what goes out stands on it: socket-exit.ts
    // one frame of each socket in a turn of the event loop: who writes a thousand in one piece keeps nobody else waiting
    allowSynchronousEvents: false,
    // whoever offers subprotocols (a token may be among them) needs one to be chosen, or the browser gives up
    handleProtocols: (offered) => [...offered][0] ?? false,
  });
  // what ws finds wrong with a handshake is said as we say it
  server.on('wsClientError', ({ message }, socket) => refuseUpgrade(socket, { status: 400, reason: message }, context));
  const servePlain = createPlainSockets(context);
  const serveSession = createSessionSockets(context);
  return {
    upgrade(request, socket, head, visit, its) {
      try {
        if (visit) holdPlace(visit, its);
      } catch (error) {
        return refuseUpgrade(socket, unavailable(error, visit?.room ?? '', its), its);
      }
      server.handleUpgrade(request, socket, head, (webSocket) => {
        if (visit) servePlain(webSocket, socket, visit, its);
        else serveSession(webSocket, socket, request);
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
