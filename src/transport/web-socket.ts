// One WebSocket, once. Knows nothing of reconnecting, heartbeats or messages.

import { RealtimeError } from '../base/error.js';
import { addressOf, type Auth, askWhere, type Endpoint, type Params, type Pass, withParams } from './credentials.js';
import type { Data, Frame, Transport, WireEnd } from './transport.js';

/** The part of a WebSocket that is used, so that any implementation will do. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  readonly bufferedAmount?: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
}

export type WebSocketConstructor = new (url: string, protocols?: string[]) => WebSocketLike;

export interface WebSocketOptions {
  /** Subprotocols (RFC 6455 §1.9). */
  readonly protocols?: string | readonly string[] | undefined;
  /** Added to the address as query. */
  readonly params?: Params | undefined;
  /** How binary frames arrive: 'arraybuffer' (default) as `Uint8Array`, 'blob' as `Blob` for a codec of your own. */
  readonly binaryType?: 'arraybuffer' | 'blob' | undefined;
  /** Asked before every attempt; travels as query (default), as an additional subprotocol, as the first frame, or as a cookie. */
  readonly auth?: Auth | undefined;
  /** Default: the global one. */
  readonly WebSocket?: WebSocketConstructor | undefined;
}

const AUTH = { transport: 'a WebSocket', usual: 'query', can: ['query', 'subprotocol', 'message', 'cookie'] } as const;
const OPEN = 1;
const CONNECTING = 0;

const sizeOf = (frame: Frame): number =>
  typeof frame === 'string' ? frame.length : 'byteLength' in frame ? frame.byteLength : frame.size;

/** Relative and http addresses become ws ones. */
function socketUrl(url: string): string {
  const resolved = new URL(url, globalThis.location?.href);
  resolved.protocol = resolved.protocol.replace(/^http/, 'ws');
  return resolved.href;
}

/**
 * A WebSocket.
 *
 * @example
 * createFeed({ transport: webSocket('wss://example.com/live', { protocols: 'v1' }) });
 */
export function webSocket(endpoint: Endpoint, options: WebSocketOptions | (() => WebSocketOptions) = {}): Transport {
  const current = typeof options === 'function' ? options : () => options;
  return {
    name: 'websocket',
    address: addressOf(endpoint),
    get renewable() {
      return typeof endpoint === 'function' || current().auth !== undefined;
    },
    dial(sink, dial) {
      let socket: WebSocketLike | undefined;
      let closed = false;
      let pass: Pass | undefined;
      const end = (how: WireEnd): void => {
        if (closed) return;
        closed = true;
        sink.ended(pass?.hide(how) ?? how);
      };
      const fail = (kind: 'config' | 'unsupported', reason: string): void =>
        end({ why: 'refused', verdict: 'failed', kind, reason });

      const open = (url: string, granted: Pass): void => {
        if (closed) return;
        pass = granted;
        const { via, token, query, auth } = granted;
        const { protocols = [], params, binaryType = 'arraybuffer' } = current();
        const Socket = current().WebSocket ?? (globalThis.WebSocket as WebSocketConstructor | undefined);
        if (!Socket) return fail('unsupported', 'there is no WebSocket here; give one as the `WebSocket` option');
        const isFirst = token !== null && via === 'message';
        const asProtocol = token !== null && via === 'subprotocol' ? [token] : [];
        const offered = [...(typeof protocols === 'string' ? [protocols] : protocols), ...asProtocol];
        let first: Data | undefined;
        try {
          if (isFirst) first = auth?.message ? auth.message(token) : JSON.stringify({ type: 'auth', token });
        } catch (cause) {
          return end({ why: 'refused', verdict: 'failed', kind: 'config', reason: '`auth.message` threw', cause });
        }
        try {
          socket = new Socket(socketUrl(withParams(url, { ...params, ...query })), offered);
          socket.binaryType = binaryType;
        } catch (cause) {
          // the platform's own text shows the address, and the address may carry a token
          return fail(
            'config',
            (cause as Error).name === 'SecurityError'
              ? 'a secure page may open wss: only'
              : 'the url or a subprotocol is not valid; a relative url needs a page',
          );
        }
        let opened = false;
        // an implementation may talk on after its end: then nobody listens
        socket.onopen = () => {
          if (closed) return;
          opened = true;
          // before whatever waits, and before anybody hears that it is open
          if (first !== undefined) socket?.send(first);
          sink.opened();
        };
        socket.onmessage = ({ data }: { data: ArrayBuffer | Frame }) => {
          if (closed) return;
          // no `instanceof`: in test environments the buffer may be of another realm
          const isBuffer = typeof data !== 'string' && 'byteLength' in data && !ArrayBuffer.isView(data);
          const frame = isBuffer ? new Uint8Array(data) : (data as Frame);
          const size = sizeOf(frame);
          if (size <= dial.maxMessageBytes) sink.frame(frame);
          else
            sink.fault(
              new RealtimeError(
                'too-large',
                `A frame of ${size} bytes is over maxMessageBytes (${dial.maxMessageBytes}).`,
              ),
            );
        };
        socket.onclose = ({ code, reason }: { code: number; reason?: string }) =>
          end(
            opened
              ? { why: 'lost', code, reason }
              : {
                  why: 'refused',
                  code,
                  reason: reason || 'no handshake; is the server up, the path right, and does a proxy pass upgrades?',
                },
          );
        socket.onerror = () => {}; // says nothing that `close` does not say
      };
      askWhere(endpoint, current().auth, dial, AUTH, open, end);

      return {
        send(data) {
          if (socket?.readyState !== OPEN) return false;
          socket.send(data);
          return true;
        },
        get bufferedAmount() {
          return socket?.bufferedAmount ?? 0;
        },
        close(code = 1000, reason = '') {
          closed = true;
          if (!socket) return;
          const dead = socket;
          dead.onmessage = dead.onclose = null;
          const hangUp = (): void =>
            dead.close(code === 1000 || (code >= 3000 && code < 5000) ? code : 1000, cut(reason));
          // closing a socket that is still connecting makes the browser log an error: it is closed when it opens
          if (dead.readyState === CONNECTING) dead.onopen = hangUp;
          else {
            dead.onopen = null;
            hangUp();
          }
        },
      };
    },
  };
}

/** A close reason has room for 123 bytes of UTF-8 (RFC 6455 §5.5.1). */
function cut(reason: string): string {
  let short = reason.slice(0, 123);
  while (short.length > 41 && new TextEncoder().encode(short).length > 123) short = short.slice(0, -1);
  return short;
}
