// eventSource over real sockets: what it asks, what it takes for an event stream, how it resumes, ends and lets go.

import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test, vi } from 'vitest';
import { createFeed } from '../../src/feed/create-feed.js';
import { createFakeFetch } from '../../src/testing/fake-fetch.js';
import { eventSource } from '../../src/transport/event-source.js';
import type { EventSourceOptions } from '../../src/transport/event-source-options.js';
import type { Dial, FrameMeta, Transport } from '../../src/transport/transport.js';
import { dial, turn } from '../support/dial.js';
import { deadPort, serve } from './fixtures/serve.js';

const STREAM = { 'content-type': 'text/event-stream' };

/** An event stream: these chunks, and it stays open. */
function say(response: ServerResponse, ...chunks: readonly (string | Uint8Array)[]): void {
  response.writeHead(200, STREAM).flushHeaders();
  for (const chunk of chunks) response.write(chunk);
}

/** `transport`, with a note of what came beside each frame. */
function noting(transport: Transport): { readonly transport: Transport; readonly metas: (FrameMeta | undefined)[] } {
  const metas: (FrameMeta | undefined)[] = [];
  const noted: Transport = {
    ...transport,
    dial: (sink, parts) =>
      transport.dial({ ...sink, frame: (frame, meta) => (metas.push(meta), sink.frame(frame, meta)) }, parts),
  };
  return { transport: noted, metas };
}

async function open(
  answer: (response: ServerResponse, request: IncomingMessage, index: number) => void,
  options: EventSourceOptions = {},
  parts: Partial<Dial> = {},
) {
  const far = await serve((request, response, index) => answer(response, request, index));
  const url = `http://${far.host}/stream`;
  const { transport, metas } = noting(eventSource(url, options));
  return { far, url, near: dial(transport, parts), metas };
}

/** What was said, but for signs of life. */
const words = (said: readonly string[]): string[] => said.filter((each) => each !== 'pulse');

/** Whatever error comes before it: a far end that is written to while it is let go gets one. */
const closed = (one: EventEmitter | undefined): Promise<void> => new Promise((resolve) => one?.once('close', resolve));

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('latin1')) text += String(chunk);
  return text;
}

describe('what is an event stream', () => {
  test('opens at the headers, before the first byte', async () => {
    const { near, far } = await open((response) => say(response));
    await near.until('opened');
    expect(near.said).toEqual(['opened']);
    expect(far.requests[0]).toMatchObject({ method: 'GET', url: '/stream' });
    expect(far.requests[0]?.headers).toMatchObject({ accept: 'text/event-stream', 'cache-control': 'no-cache' });
    expect(far.requests[0]?.headers).not.toHaveProperty('last-event-id');
  });

  test.each([
    'text/event-stream',
    'Text/Event-STREAM',
    'text/event-stream;charset=utf-8',
    ' text/event-stream ; x="y"',
  ])('%s is one', async (type) => {
    const { near } = await open((response) => response.writeHead(200, { 'content-type': type }).flushHeaders());
    await near.until('opened');
  });

  test.each([
    'text/event-streams',
    'text/event',
    'text/plain',
    'application/json',
    'text/html; text/event-stream',
    undefined,
  ])('%s is none: failed, in words', async (type) => {
    const { near } = await open((response) =>
      response.writeHead(200, type ? { 'content-type': type } : {}).end('data: x\n\n'),
    );
    await near.until('protocol 200');
    expect(near.end).toMatchObject({ verdict: 'failed' });
    expect(near.end.reason).toContain(`got 200 and ${type ?? 'no content type'}`);
    expect(near.said).toHaveLength(1);
  });

  test.each([201, 202, 206])('status %i is none either', async (status) => {
    const { near } = await open((response) => response.writeHead(status, STREAM).end('data: x\n\n'));
    await near.until(`protocol ${status}`);
    expect(near.end.verdict).toBe('failed');
  });

  test('204 is an end for good', async () => {
    const { near } = await open((response) => response.writeHead(204).end());
    await near.until('refused 204');
    expect(near.end.verdict).toBe('closed');
  });

  test.each([400, 401, 403, 404, 429, 500, 503])('%i is refused; the table says what follows', async (status) => {
    const { near } = await open((response) => response.writeHead(status, { ...STREAM, 'retry-after': '2' }).end('no'));
    await near.until(`refused ${status}`);
    expect(near.end.retryAfterMs).toBe(2_000);
    expect(near.end.verdict).toBeUndefined();
    expect(near.end.reason).not.toBe('');
  });

  test.each([301, 302, 303, 307, 308])('a redirect (%i) is followed', async (status) => {
    const { near, far } = await open((response, request) => {
      if (request.url === '/there') say(response, 'data: there\n\n');
      else response.writeHead(status, { location: '/there' }).end();
    });
    await near.until('frame there');
    expect(far.requests).toHaveLength(2);
    expect(far.requests[1]?.headers['accept']).toBe('text/event-stream');
  });

  test('a redirect to itself for ever is given up, and may be tried again', async () => {
    const { near } = await open((response) => response.writeHead(302, { location: '/stream' }).end());
    await near.until('refused');
    expect(near.end.verdict).toBeUndefined();
  });

  test('a token goes to no other origin', async () => {
    const other = await serve((_, response) => say(response));
    const { near, far } = await open(
      (response) => response.writeHead(307, { location: `http://${other.host}/` }).end(),
      { auth: { getToken: () => 'sesame' } },
    );
    await near.until('opened');
    expect(far.requests[0]?.headers.authorization).toBe('Bearer sesame');
    expect(other.requests[0]?.headers).not.toHaveProperty('authorization');
  });
});

describe('what it reads', () => {
  test('types and ids come beside the frames', async () => {
    const { near, metas } = await open((response) =>
      say(response, 'data: a\n\nid: 1\nevent: tick\ndata: b\n\n', 'data: c\n\nid\ndata: d\n\n'),
    );
    await near.until('frame d');
    expect(words(near.said)).toEqual(['opened', 'frame a', 'cursor 1', 'frame b', 'frame c', 'cursor ', 'frame d']);
    expect(metas).toEqual([
      { type: 'message', id: '' },
      { type: 'tick', id: '1' },
      { type: 'message', id: '1' },
      { type: 'message', id: '' },
    ]);
  });

  test('`events` narrows what is a message; the others still move the place', async () => {
    const { near } = await open(
      (response) =>
        say(
          response,
          'id: 1\ndata: a\n\nid: 2\nevent: tick\ndata: b\n\nid: 3\nevent: other\ndata: c\n\nevent: tick\ndata: d\n\n',
        ),
      { events: ['tick'] },
    );
    await near.until('frame d');
    expect(words(near.said)).toEqual(['opened', 'cursor 1', 'cursor 2', 'frame b', 'cursor 3', 'frame d']);
  });

  test('characters, a byte order mark and line ends, one byte at a time', async () => {
    const bytes = Buffer.from('\ufeffdata: žluť 🐎\r\nid: č\r\n\r\ndata: \ufeffb\r\r');
    const { near } = await open((response) => {
      say(response);
      const next = (index: number): void => {
        if (index < bytes.length) response.write(bytes.subarray(index, index + 1), () => setImmediate(next, index + 1));
      };
      next(0);
    });
    await near.until('frame \ufeffb');
    expect(words(near.said)).toEqual(['opened', 'cursor č', 'frame žluť 🐎', 'frame \ufeffb']);
  });

  test('of two byte order marks one is content', async () => {
    const { near } = await open((response) => say(response, '\ufeff\ufeffdata: a\n\ndata: b\n\n'));
    await near.until('frame');
    expect(words(near.said)).toEqual(['opened', 'frame b']);
  });

  test('bytes that are no UTF-8 become replacement characters', async () => {
    const { near } = await open((response) =>
      say(response, Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0xc3, 10, 10])),
    );
    await near.until('frame \ufffd\ufffd');
  });

  test('a comment is a sign of life', async () => {
    const { near } = await open((response) => say(response, ': keep-alive\n\n'));
    await near.until('pulse');
    expect(near.said).toEqual(['opened', 'pulse']);
  });

  test('retry is passed on, clamped', async () => {
    const { near } = await open((response) =>
      say(response, 'retry: 1500\nretry: 99999999999\nretry: soon\ndata: a\n\n'),
    );
    await near.until('frame a');
    expect(words(near.said)).toEqual(['opened', 'retry 1500', `retry ${2 ** 31 - 1}`, 'frame a']);
  });

  test.each(['resumed', 'gap'])('the header `roomtone-resume: %s` comes before the messages', async (word) => {
    const { near } = await open((response) => {
      response.writeHead(200, { ...STREAM, 'roomtone-resume': word });
      response.write('data: a\n\n');
    });
    await near.until('frame a');
    expect(words(near.said)).toEqual(['opened', word, 'frame a']);
  });
});

describe('where it goes on', () => {
  test.each([
    ['the place of the last wire', '7', undefined, '7'],
    ['where it is told to begin', undefined, '5', '5'],
    ['the place before the beginning', '7', '5', '7'],
  ])('from %s', async (_, cursor, lastEventId, wanted) => {
    const { near, far, metas } = await open((response) => say(response, 'data: a\n\n'), { lastEventId }, { cursor });
    await near.until('frame a');
    expect(far.requests[0]?.headers['last-event-id']).toBe(wanted);
    expect(metas[0]?.id, 'the last event ID goes on too').toBe(wanted);
  });

  test.each(['č🐎', 'é', 'a b', 'a: b', 'x'.repeat(8_192)])(
    'an id beyond Latin-1 goes as UTF-8: %#',
    async (cursor) => {
      const { near, far } = await open((response) => say(response), {}, { cursor });
      await near.until('opened');
      expect(Buffer.from(far.requests[0]?.headers['last-event-id'] as string, 'latin1').toString()).toBe(cursor);
    },
  );

  test.each(['\x01', 'a\x7fb', 'x'.repeat(2 ** 22)])(
    'an id that no header can carry stops nothing: %#',
    async (cursor) => {
      const { near, far } = await open((response) => say(response), {}, { cursor });
      await near.until('opened');
      expect(far.requests[0]?.headers).not.toHaveProperty('last-event-id');
    },
  );

  test('a feed asks everything afresh on every resume, and says where it was', async () => {
    const far = await serve((request, response, index) => {
      say(response, index === 2 ? 'data: none\n\n' : `id: ž${index}\n\ndata: ${index}\n\n`);
      if (index < 4) response.end();
    });
    let count = 0;
    const seen: unknown[] = [];
    await new Promise<void>((resolve) => {
      const feed = createFeed<string>({
        transport: eventSource(() => Promise.resolve(`http://${far.host}/?n=${count}`), {
          headers: () => Promise.resolve({ 'X-Count': String(++count) }),
        }),
        codec: 'text',
        retry: { minDelayMs: 0, initialDelayMs: 1, maxDelayMs: 1 },
        onMessage({ data }) {
          seen.push(data);
          if (data !== '4') return;
          feed.close();
          resolve();
        },
      });
      feed.connect();
    });
    expect(seen).toEqual(['0', '1', 'none', '3', '4']);
    const header = (name: string) =>
      far.requests.map(({ headers }) => headers[name] && Buffer.from(String(headers[name]), 'latin1').toString());
    expect(far.requests.map(({ url }) => url)).toEqual(['/?n=0', '/?n=1', '/?n=2', '/?n=3', '/?n=4']);
    expect(header('x-count')).toEqual(['1', '2', '3', '4', '5']);
    expect(header('last-event-id')).toEqual([undefined, 'ž0', 'ž1', 'ž1', 'ž3']);
  });
});

describe('what it sends', () => {
  test.each<[string, EventSourceOptions['body'], string, RegExp]>([
    ['text', '{"prompt":"hi"}', '{"prompt":"hi"}', /^text\/plain/],
    ['a function', () => Promise.resolve('later'), 'later', /^text\/plain/],
    ['bytes', Uint8Array.of(1, 255), '\x01\xff', /^undefined$/],
    ['a blob', new Blob(['b'], { type: 'a/b' }), 'b', /^a\/b$/],
    ['parameters', new URLSearchParams({ a: 'b c' }), 'a=b+c', /^application\/x-www-form-urlencoded/],
  ])('%s as body', async (_, body, wanted, type) => {
    const got: Promise<string>[] = [];
    const { near, far } = await open(
      (response, request) => {
        got.push(bodyOf(request));
        say(response);
      },
      { method: 'POST', body },
    );
    await near.until('opened');
    expect(await got[0]).toBe(wanted);
    expect(far.requests[0]?.method).toBe('POST');
    expect(String(far.requests[0]?.headers['content-type'])).toMatch(type);
  });

  test('a form as body', async () => {
    const body = new FormData();
    body.set('name', 'value');
    const { near, far } = await open((response) => say(response), { method: 'PUT', body });
    await near.until('opened');
    expect(far.requests[0]?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
  });
});

describe('how it ends', () => {
  const get: EventSourceOptions = {};
  const post: EventSourceOptions = { method: 'POST', body: 'x' };
  const again: EventSourceOptions = { ...post, resend: true };
  const rows: readonly (readonly [what: string, options: EventSourceOptions, verdict: string | undefined])[] = [
    ['GET', get, undefined],
    ['POST', post, 'closed'],
    ['POST with resend', again, undefined],
  ];

  test.each(rows)('the end of the stream: %s', async (_what, options, verdict) => {
    const { near } = await open((response) => void (say(response, 'data: a\n\ndata: b\n'), response.end()), options);
    await near.until('lost');
    expect(near.end.reason).toBe('the stream ended');
    expect(near.end.verdict).toBe(verdict);
    expect(words(near.said)).toEqual(['opened', 'frame a', 'lost']);
  });

  test.each(rows)('a cut: %s', async (_what, options, verdict) => {
    const { near, far } = await open((response) => say(response, 'data: a\n\n'), options);
    await near.until('frame a');
    far.requests[0]?.socket.destroy();
    await near.until('lost');
    expect(near.end.reason).toBe('the stream broke off');
    expect(near.end.verdict).toBe(verdict && 'failed');
    expect(near.end.cause).toBeInstanceOf(Error);
  });

  test.each(rows)('a refusal: %s', async (_what, options, verdict) => {
    const { near } = await open((response) => response.writeHead(503).end(), options);
    await near.until('refused 503');
    expect(near.end.verdict).toBe(verdict && 'failed');
  });

  test.each(rows)('nobody there: %s', async (_what, options, verdict) => {
    const near = dial(eventSource(`http://${await deadPort()}/?access_token=sesame`, options));
    await near.until('refused');
    expect(near.end.verdict).toBe(verdict && 'failed');
    expect(near.end.reason).toMatch(/is the server up/);
    expect(near.end.reason).not.toContain('sesame');
    expect(near.end.cause).toBeInstanceOf(TypeError);
  });

  test.each(rows)('before anything was sent, it may be tried again: %s', async (_what, options) => {
    const { near, far } = await open((response) => say(response), {
      ...options,
      headers: () => Promise.reject(new Error('not now')),
    });
    await near.until('refused');
    expect(near.end.reason).toContain('not now');
    expect(near.end.verdict).toBeUndefined();
    expect(far.requests).toHaveLength(0);
  });

  test.each([
    ['a line', 'x', 'data: '],
    ['an event', 'data: x\n', ''],
    ['a comment', 'x', ':'],
  ])('%s without end: reading stops at the bound', async (_what, piece, start) => {
    const chunk = Buffer.from(piece.repeat(4_096));
    let written = 0;
    const { near, far } = await open(
      (response) => {
        say(response, 'data: first\n\n', start);
        const more = (): void => {
          while (!response.destroyed && response.write(chunk)) written += chunk.length;
        };
        response.on('drain', more);
        more();
      },
      {},
      { maxMessageBytes: 2 ** 18 },
    );
    const gone = near.until('frame first').then(() => closed(far.requests[0]?.socket));
    await near.until('protocol');
    expect(near.end.kind).toBe('too-large');
    expect(near.end.verdict).toBeUndefined();
    expect(near.end.reason).toContain('262144');
    expect(words(near.said)).toEqual(['opened', 'frame first', 'protocol']);
    await gone;
    expect(written).toBeLessThan(2 ** 25); // what the bound and the buffers of two sockets hold, not gigabytes
  });
});

describe('letting go', () => {
  test('within a tick: the server sees it, and nothing more is heard', async () => {
    let held!: (response: ServerResponse) => void;
    const holding = new Promise<ServerResponse>((resolve) => (held = resolve));
    const { near } = await open((response) => held(response));
    const response = await holding;
    const gone = closed(response);
    near.wire.close();
    await gone;
    expect(near.said).toEqual([]);
  });

  test('before the request is made: none is', async () => {
    const { near, far } = await open((response) => say(response));
    near.wire.close();
    near.wire.close();
    await turn();
    expect(near.said).toEqual([]);
    expect(far.requests).toHaveLength(0);
  });

  test('while the address, the token, the headers or the body is asked for: no request is made', async () => {
    const request = vi.fn<typeof fetch>();
    const later = (): Promise<never> => turn().then(() => Promise.reject(new Error('too late')));
    const wires = [
      dial(eventSource(later, { fetch: request })),
      dial(eventSource('http://127.0.0.1/', { fetch: request, auth: { getToken: later } })),
      dial(eventSource('http://127.0.0.1/', { fetch: request, headers: later })),
      dial(eventSource('http://127.0.0.1/', { fetch: request, body: () => turn().then(() => 'x'), method: 'POST' })),
    ];
    for (const { wire } of wires) wire.close();
    await turn();
    await turn();
    expect(wires.flatMap(({ said }) => said)).toEqual([]);
    expect(request).not.toHaveBeenCalled();
  });

  test('an open stream', async () => {
    const { near, far } = await open((response) => say(response, 'data: a\n\n'));
    await near.until('frame a');
    const gone = closed(far.requests[0]?.socket);
    near.wire.close();
    await gone;
    expect(words(near.said)).toEqual(['opened', 'frame a']);
  });

  test.each(['opened', 'gap', 'pulse', 'retry', 'cursor', 'frame'])('inside `%s`: not a word more', async (moment) => {
    const { near, far } = await open((response) => {
      response.writeHead(200, { ...STREAM, 'roomtone-resume': 'gap' });
      response.write('retry: 5\nid: 1\ndata: a\n\nid: 2\ndata: b\n\ndata: c\n\n');
    });
    near.on(moment, (wire) => wire.close());
    await near.until(moment);
    await closed(far.requests[0]?.socket);
    expect(near.said.at(-1)).toMatch(moment);
    expect(near.said.filter((each) => each.startsWith(moment))).toHaveLength(1);
  });

  test('from a fetch that does not listen', async () => {
    const far = createFakeFetch();
    const near = dial(
      eventSource('http://127.0.0.1/', { fetch: (input, init) => far.fetch(input, { ...init, signal: null }) }),
    );
    far.last.open({ headers: STREAM });
    await near.until('opened');
    near.wire.close();
    far.last.write('retry: 5\ndata: a\n\n');
    far.last.end();
    await turn();
    expect(near.said).toEqual(['opened']);
  });

  test('it reads what it is told late: options of the next dial', async () => {
    const far = await serve((_, response) => say(response));
    let room = 'a';
    const transport = eventSource(`http://${far.host}/`, () => ({ params: { room } }));
    await dial(transport).until('opened');
    room = 'b';
    await dial(transport).until('opened');
    expect(far.requests.map(({ url }) => url)).toEqual(['/?room=a', '/?room=b']);
  });
});
