// A fetch without a network, whose far end is the test: answers and bodies come when they are told to. No server lives here.

/** What a far end answers. */
export interface FakeAnswer {
  /** Default 200. */
  readonly status?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** One request, seen from the far end. */
export interface FakeRequest {
  readonly url: string;
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** As it was given to fetch. */
  readonly body: unknown;
  /** Did the near end give it up? */
  readonly aborted: boolean;
  /** Is it neither given up, nor answered in full, nor broken off? */
  readonly live: boolean;
  /** The whole answer at once. Objects go as JSON. */
  answer(body?: string | object | null, answer?: FakeAnswer): void;
  /** Status and headers; the body follows by `write`, until `end` or `fail`. */
  open(answer?: FakeAnswer): void;
  /** A piece of the body. */
  write(piece: string | Uint8Array<ArrayBuffer>): void;
  /** The body is complete. */
  end(): void;
  /** No answer will come, or the body breaks off. */
  fail(): void;
}

export interface FakeFetch {
  /** To be given as the `fetch` option. */
  readonly fetch: typeof fetch;
  /** Every request so far, oldest first. */
  readonly requests: readonly FakeRequest[];
  /** The newest one; throws where there is none. */
  readonly last: FakeRequest;
  /** Requests that are still held. */
  readonly live: number;
}

/** Statuses whose answers have no body, by the standard of fetch. */
const BODILESS = [101, 204, 205, 304];

/**
 * A fetch for tests. `onRequest` is called for each request, in a microtask, as a real one never answers at once.
 *
 * @example
 * const far = createFakeFetch();
 * render(<News fetch={far.fetch} />);
 * far.last.open({ headers: { 'content-type': 'text/event-stream' } });
 * far.last.write('data: {"headline":"hello"}\n\n');
 */
export function createFakeFetch(onRequest?: (request: FakeRequest, index: number) => void): FakeFetch {
  const requests: FakeRequest[] = [];

  const request = (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const { signal, method = 'GET', body = null } = init;
    let answered = false;
    let over = false;
    let stream: ReadableStreamDefaultController<Uint8Array> | undefined;
    let resolve!: (response: Response) => void;
    let reject!: (cause: unknown) => void;
    const response = new Promise<Response>((yes, no) => ([resolve, reject] = [yes, no]));

    const reply = ({ status = 200, headers = {} }: FakeAnswer): void => {
      if (over || answered) return;
      answered = true;
      const content = new ReadableStream<Uint8Array>({
        start: (controller) => void (stream = controller),
        cancel: () => void (over = true),
      });
      resolve(new Response(BODILESS.includes(status) ? null : content, { status, headers }));
    };
    const breakOff = (cause: unknown): void => {
      if (over) return;
      over = true;
      if (answered) stream?.error(cause);
      else reject(cause);
    };
    const far: FakeRequest = {
      url: input instanceof Request ? input.url : String(input),
      method: method.toUpperCase(),
      headers: Object.fromEntries(new Headers(init.headers)),
      body,
      get aborted() {
        return signal?.aborted ?? false;
      },
      get live() {
        return !over;
      },
      answer(content = null, answer = {}) {
        reply(answer);
        if (content !== null) far.write(typeof content === 'string' ? content : JSON.stringify(content));
        far.end();
      },
      open: (answer = {}) => reply(answer),
      write(piece) {
        if (!over) stream?.enqueue(typeof piece === 'string' ? new TextEncoder().encode(piece) : piece.slice());
      },
      end() {
        if (over || !answered) return;
        over = true;
        stream?.close();
      },
      fail: () => breakOff(new TypeError('fetch failed')),
    };
    const index = requests.push(far) - 1;
    // a signal of another realm is still a signal: only its events are used
    const giveUp = (): void => breakOff(signal?.reason ?? new DOMException('given up', 'AbortError'));
    if (signal?.aborted) giveUp();
    else signal?.addEventListener('abort', giveUp);
    if (onRequest && !over) queueMicrotask(() => onRequest(far, index));
    return response;
  };

  return {
    fetch: request,
    requests,
    get last() {
      const newest = requests.at(-1);
      if (!newest) throw new Error('nothing was asked for yet');
      return newest;
    },
    get live() {
      return requests.filter((each) => each.live).length;
    },
  };
}
