// Platform doubles that count: what a page can see of its own traffic. For the hooks' `fetch` and `WebSocket` options.

import type { UseWebSocketOptions } from '../../src/index.js';

export interface Tally {
  /** Requests made, or sockets opened. */
  readonly requests: number;
  /** Bytes of content that came in; headers and frames are not visible to a page. */
  readonly bytes: number;
  /** When the request that is on its way began, by `performance.now()`; null when none is. */
  readonly pendingSince: number | null;
}

export interface Counted {
  readonly fetch: typeof fetch;
  readonly WebSocket: NonNullable<UseWebSocketOptions['WebSocket']>;
  readonly read: () => Tally;
  readonly reset: () => void;
}

export function createCounted(): Counted {
  let requests = 0;
  let bytes = 0;
  let pending: number[] = [];

  const countedFetch: typeof fetch = async (input, init) => {
    requests += 1;
    const startedAt = performance.now();
    pending.push(startedAt);
    const done = (): void => void (pending = pending.filter((each) => each !== startedAt));
    let response: Response;
    try {
      response = await fetch(input, init);
    } catch (error) {
      done();
      throw error;
    }
    // an answer without content may come with an empty stream, and cannot be made again with one
    if (!response.body || response.status === 204 || response.status === 304) {
      done();
      return response;
    }
    const counter = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        bytes += chunk.length;
        controller.enqueue(chunk);
      },
      flush: done,
    });
    return new Response(response.body.pipeThrough(counter), response);
  };

  // `new` gives what a constructor returns: the platform's own socket, with one more listener
  const CountedSocket = function (url: string, protocols?: string[]): WebSocket {
    requests += 1;
    const socket = new WebSocket(url, protocols);
    socket.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
      bytes += typeof data === 'string' ? new TextEncoder().encode(data).length : data.byteLength;
    });
    return socket;
  };
  return {
    fetch: countedFetch,
    WebSocket: CountedSocket as unknown as Counted['WebSocket'],
    read: () => ({ requests, bytes, pendingSince: pending[0] ?? null }),
    reset() {
      requests = 0;
      bytes = 0;
    },
  };
}
