// Readers and writers over WebSocket (RFC 6455): each message one frame, without an envelope.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { systemClock } from '../../base/clock.js';
import type { Published } from '../hub.js';
import type { Context, Refusal, Visit } from './visit.js';

export interface WebSocketAdapter {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, visit: Visit): void;
}

/** Code 1013: try again later; the reader comes back and takes up where it was, if it can. */
const TRY_AGAIN_LATER = 1013;
const SERVICE_RESTART = 1012;
const CLOSE_GRACE_MS = 1_000;

/** Says no before the upgrade: a browser sees a failed handshake, other clients the reason. */
export function refuseUpgrade(socket: Duplex, { status, reason }: Refusal, context: Context): void {
  context.emit({ type: 'refused', status, reason });
  const body = JSON.stringify({ error: reason });
  socket.on('error', () => {});
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** Rejects where the `ws` package is not installed. */
export async function createWebSocketAdapter(context: Context): Promise<WebSocketAdapter> {
  const { WebSocketServer } = await import('ws');
  const { options } = context;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: options.maxMessageBytes,
    // whoever offers subprotocols (a token may be among them) needs one to be chosen, or the browser gives up
    handleProtocols: (offered) => [...offered][0] ?? false,
  });
  return {
    upgrade: (request, socket, head, visit) =>
      server.handleUpgrade(request, socket, head, (webSocket) => serveWebSocket(webSocket, visit, context)),
  };
}

function serveWebSocket(socket: WebSocket, { room, cursor, replay }: Visit, context: Context): void {
  const { hub, options, emit } = context;
  let alive = true;
  let over = false;

  const leave = (): void => {
    if (over) return;
    over = true;
    unsubscribe();
    cancelBeat();
    forget();
    emit({ type: 'left', room, transport: 'websocket' });
  };
  const hangUp = (code: number, reason: string): Promise<void> => {
    leave();
    socket.close(code, reason);
    // a peer that does not answer the close is not waited for
    const cancel = systemClock.after(CLOSE_GRACE_MS, () => socket.terminate());
    return new Promise((resolve) =>
      socket.once('close', () => {
        cancel();
        resolve();
      }),
    );
  };
  const send = ({ payload }: Published): void => {
    if (over) return;
    socket.send(payload, { binary: typeof payload !== 'string' });
    if (socket.bufferedAmount <= options.maxBufferedBytes) return;
    emit({ type: 'slow', room, transport: 'websocket' });
    void hangUp(TRY_AGAIN_LATER, 'too slow');
  };
  const beat = (): void => {
    if (!alive) return socket.terminate();
    alive = false;
    socket.ping();
    cancelBeat = systemClock.after(options.heartbeatMs, beat);
  };
  let cancelBeat = systemClock.after(options.heartbeatMs, beat);

  socket.on('pong', () => void (alive = true));
  socket.on('message', (data: Buffer, isBinary) => {
    alive = true;
    if (over) return;
    if (isBinary) return publish(new Uint8Array(data));
    const text = data.toString('utf8');
    if (text === 'ping') return socket.send('pong'); // the heartbeat of plain links
    try {
      publish(JSON.stringify(JSON.parse(text)));
    } catch {
      emit({ type: 'invalid', room, reason: 'a frame that is not JSON' });
    }
  });
  socket.on('error', () => {}); // `close` follows
  socket.on('close', leave);

  const publish = (payload: string | Uint8Array): void => {
    try {
      hub.publish(room, payload);
    } catch (error) {
      emit({ type: 'invalid', room, reason: (error as Error).message });
    }
  };

  const past = cursor === undefined ? hub.latest(room, replay) : hub.since(room, cursor).messages;
  const unsubscribe = hub.subscribe(room, send);
  const forget = context.atClose(() => hangUp(SERVICE_RESTART, 'the server restarts'));
  emit({ type: 'joined', room, transport: 'websocket' });
  past.forEach(send);
}
