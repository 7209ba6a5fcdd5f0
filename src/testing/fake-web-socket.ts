// A WebSocket without a network, with the standard's manners, whose far end is the test. No server lives here.

import type { Data, Frame } from '../transport/transport.js';
import type { WebSocketConstructor, WebSocketLike } from '../transport/web-socket.js';

/** One socket, seen from the far end. */
export interface FakeSocket {
  readonly url: string;
  readonly protocols: readonly string[];
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: number;
  /** What the near end sent, in order. */
  readonly sent: readonly Data[];
  /** What the near end closed with; null while it has not. */
  readonly closedWith: { readonly code: number | undefined; readonly reason: string | undefined } | null;
  /** Completes the handshake. */
  accept(): void;
  /** A frame arrives; bytes in the shape that the near end asked for with `binaryType`. */
  message(frame: Frame): void;
  /** The link ends. Default 1006 without a reason: it broke. */
  drop(code?: number, reason?: string): void;
  /** From now on nothing passes either way, and `close()` never finishes: a link that is dead but looks open. */
  hang(): void;
  /** What `bufferedAmount` says. */
  hold(bytes: number): void;
}

export interface FakeWebSocket {
  /** To be given as the `WebSocket` option. */
  readonly WebSocket: WebSocketConstructor;
  /** Every socket so far, oldest first. */
  readonly sockets: readonly FakeSocket[];
  /** The newest one; throws where there is none. */
  readonly last: FakeSocket;
  /** Sockets that are connecting or open. */
  readonly live: number;
}

/** What the standard says for names of subprotocols (RFC 6455 §4.1, RFC 9110 §5.6.2). */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

const copied = (data: string | Uint8Array<ArrayBuffer>): Data => (typeof data === 'string' ? data : data.slice());

/**
 * A WebSocket for tests. `onSocket` is called for each new one, in a microtask, as a real handshake never ends at once.
 *
 * @example
 * const { WebSocket, sockets } = createFakeWebSocket((socket) => socket.accept());
 * render(<Chat WebSocket={WebSocket} />);
 * sockets[0]?.message('{"text":"hello"}');
 */
export function createFakeWebSocket(onSocket?: (socket: FakeSocket, index: number) => void): FakeWebSocket {
  const sockets: FakeSocket[] = [];

  function connect(url: string, protocols: string | readonly string[] = []): WebSocketLike {
    const offered = typeof protocols === 'string' ? [protocols] : [...protocols];
    if (!/^wss?:\/\/[^/]/.test(url)) throw new DOMException(`not a ws url: ${url}`, 'SyntaxError');
    if (new Set(offered).size < offered.length || !offered.every((each) => token.test(each)))
      throw new DOMException('not a list of subprotocols', 'SyntaxError');

    const sent: Data[] = [];
    let readyState = 0;
    let held = 0;
    let hanging = false;
    let closedWith: FakeSocket['closedWith'] = null;

    const near: WebSocketLike = {
      binaryType: 'blob',
      onopen: null,
      onmessage: null,
      onclose: null,
      onerror: null,
      get readyState() {
        return readyState;
      },
      get bufferedAmount() {
        return held;
      },
      send(data) {
        if (readyState === 0) throw new DOMException('still connecting', 'InvalidStateError');
        if (readyState === 1 && !hanging) sent.push(copied(data));
      },
      close(code, reason) {
        if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999))
          throw new DOMException(`${code} is not a code to close with`, 'InvalidAccessError');
        if (new TextEncoder().encode(reason).length > 123)
          throw new DOMException('the reason is too long', 'SyntaxError');
        closedWith ??= { code, reason };
        if (readyState >= 2) return;
        const failed = readyState === 0;
        readyState = 2;
        queueMicrotask(() => !hanging && (failed ? end(1006, '') : end(code ?? 1005, reason ?? '')));
      },
    };
    const tell = (handler: 'onopen' | 'onmessage' | 'onclose' | 'onerror', event: object = {}): void =>
      near[handler]?.({ type: handler.slice(2), target: near, ...event } as never);
    const end = (code: number, reason: string): void => {
      if (readyState === 3) return;
      readyState = 3;
      if (code === 1006) tell('onerror');
      tell('onclose', { code, reason, wasClean: code !== 1006 });
    };

    const far: FakeSocket = {
      url,
      protocols: offered,
      sent,
      get readyState() {
        return readyState;
      },
      get closedWith() {
        return closedWith;
      },
      accept() {
        if (readyState !== 0 || hanging) return;
        readyState = 1;
        tell('onopen');
      },
      message(frame) {
        if (readyState !== 1 || hanging) return;
        const isBytes = typeof frame !== 'string' && 'byteLength' in frame;
        tell('onmessage', {
          data: !isBytes ? frame : near.binaryType === 'blob' ? new Blob([frame]) : frame.slice().buffer,
        });
      },
      drop(code = 1006, reason = '') {
        if (!hanging) end(code, reason);
      },
      hang: () => void (hanging = true),
      hold: (bytes) => void (held = bytes),
    };
    const index = sockets.push(far) - 1;
    if (onSocket) queueMicrotask(() => onSocket(far, index));
    return near;
  }

  return {
    // a plain function can be called with `new`, and what it returns is the instance
    WebSocket: connect as unknown as WebSocketConstructor,
    sockets,
    get last() {
      const socket = sockets.at(-1);
      if (!socket) throw new Error('nothing was connected yet');
      return socket;
    },
    get live() {
      return sockets.filter((socket) => socket.readyState < 2).length;
    },
  };
}
