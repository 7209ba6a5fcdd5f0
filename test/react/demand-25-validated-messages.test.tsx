// Demand 25, at run time: messages are validated, and a bad frame never harms the page. Types are tried in test/types.

import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import * as v from 'valibot';
import { expect, test, vi } from 'vitest';
import * as z from 'zod';
import { type Codec, type RealtimeError, type Schema, useEventSource, useWebSocket } from '../../src/index.js';
import { createWorld, settle } from './support.js';

const ADDRESS = 'ws://localhost/typed';

type Event = { readonly type: 'join'; readonly who: string } | { readonly type: 'price'; readonly value: number };
const schemas = {
  zod: z.discriminatedUnion('type', [
    z.object({ type: z.literal('join'), who: z.string() }),
    z.object({ type: z.literal('price'), value: z.number() }),
  ]),
  valibot: v.variant('type', [
    v.object({ type: v.literal('join'), who: v.string() }),
    v.object({ type: v.literal('price'), value: v.number() }),
  ]),
};

const say = (event: Event): string => (event.type === 'join' ? `${event.who} joined` : `at ${event.value}`);

test.each(Object.entries(schemas))('%s: what fits is narrowed, what does not goes to onInvalid', async (_, schema) => {
  const { far, parts, step } = createWorld();
  const heard: string[] = [];
  const invalid: { readonly raw: unknown; readonly error: RealtimeError }[] = [];
  function Hook(): ReactNode {
    const feed = useWebSocket<Event, never, string>(ADDRESS, {
      ...parts,
      schema,
      onMessage: ({ data }) => void heard.push(say(data)),
      onInvalid: (each) => void invalid.push(each),
      select: ({ lastMessage }) => (lastMessage ? say(lastMessage.data) : 'nothing'),
    });
    return `${feed.status}, ${feed.count}: ${feed.messages.map(({ data }) => say(data)).join()}; ${feed.selected}`;
  }
  const { container } = render(<Hook />);
  await step(() => far.last.accept());
  await step(() => {
    far.last.message('{"type":"join","who":"ada"}');
    far.last.message('{"type":"join","who":7}');
    far.last.message('{"type":"left"}');
    far.last.message('{"type":');
    far.last.message('null');
    far.last.message(new Uint8Array([1, 2, 3]));
    far.last.message('{"type":"price","value":4}');
  });
  expect(heard).toEqual(['ada joined', 'at 4']);
  expect(container.textContent).toBe('open, 2: ada joined,at 4; at 4');
  expect(invalid.map(({ raw, error }) => [raw, error.kind])).toEqual([
    [{ type: 'join', who: 7 }, 'invalid'],
    [{ type: 'left' }, 'invalid'],
    ['{"type":', 'parse'],
    [null, 'invalid'],
    [new Uint8Array([1, 2, 3]), 'parse'],
  ]);
  for (const { error } of invalid) expect(error).toMatchObject({ name: 'RealtimeError' });
  expect(far.sockets).toHaveLength(1);
  expect(far.last.closedWith).toBeNull();
});

test('a schema may transform, may throw, and must not want to be awaited', async () => {
  const { far, parts, step } = createWorld();
  const kinds: string[] = [];
  const onInvalid = ({ error }: { readonly error: RealtimeError }): void => void kinds.push(error.kind);
  const transforming = z.object({ at: z.string().transform((text) => text.length) });
  const fault = (): never => {
    throw new Error('my own fault');
  };
  const throwing: Schema<number> = { '~standard': { version: 1, vendor: 'own', validate: fault } };
  // zod tries again with promises when something throws: the one that it returns rejects, and nobody waits for it
  const rejecting = z.unknown().transform(fault);
  const waiting = z.unknown().transform(async () => 1);
  function Hook(): ReactNode {
    const good = useWebSocket<{ readonly at: number }>(ADDRESS, { ...parts, schema: transforming });
    useWebSocket<number>(ADDRESS, { ...parts, schema: throwing, onInvalid });
    useWebSocket<number>(ADDRESS, { ...parts, schema: rejecting, onInvalid });
    useWebSocket<number>(ADDRESS, { ...parts, schema: waiting, onInvalid });
    return `${good.status} ${good.lastMessage?.data.at}`;
  }
  const { container } = render(<Hook />);
  await step(() => far.last.accept());
  await step(() => far.last.message('{"at":"12345"}'));
  expect(kinds).toEqual(['invalid', 'unsupported', 'unsupported']);
  expect(container.textContent).toBe('open 5');
});

test('five hooks with filters, selectors and schemas: each frame is decoded once', async () => {
  const { far, parts, step } = createWorld();
  const decode = vi.fn((frame: unknown) => JSON.parse(String(frame)) as { readonly n: number });
  const codec: Codec<{ readonly n: number }, never> = { name: 'counted', encode: JSON.stringify, decode };
  const schema = z.object({ n: z.number() });
  function Hook(): ReactNode {
    const feed = useWebSocket<{ readonly n: number }, never, number>(ADDRESS, {
      ...parts,
      codec,
      schema,
      filter: ({ data }) => data.n % 2 === 0,
      select: ({ lastMessage }) => lastMessage?.data.n ?? -1,
    });
    return `${feed.selected} `;
  }
  const { container } = render(['a', 'b', 'c', 'd', 'e'].map((key) => <Hook key={key} />));
  await step(() => far.last.accept());
  for (const n of [1, 2, 3, 4]) await step(() => far.last.message(JSON.stringify({ n })));
  expect(decode).toHaveBeenCalledTimes(4);
  expect(container.textContent).toBe('4 '.repeat(5));
});

test.each(['arraybuffer', 'blob'] as const)(
  'bytes pass through a codec of your own, binaryType %s',
  async (binaryType) => {
    const { far, parts, step } = createWorld();
    const seen: string[] = [];
    const codec: Codec<Uint8Array | Blob, readonly number[]> = {
      name: 'frames',
      encode: (numbers) => Uint8Array.from(numbers),
      decode(frame) {
        if (typeof frame === 'string') throw new TypeError('no text, please');
        return frame;
      },
    };
    let send!: (numbers: readonly number[]) => unknown;
    function Hook(): ReactNode {
      const feed = useWebSocket<Uint8Array | Blob, readonly number[]>(ADDRESS, {
        ...parts,
        codec,
        binaryType,
        onMessage: ({ data }) => void seen.push(data instanceof Uint8Array ? [...data].join() : `blob of ${data.size}`),
        onInvalid: ({ raw, error }) => void seen.push(`${error.kind} ${String(raw)}`),
      });
      send = feed.send;
      return feed.status;
    }
    const { container } = render(<Hook />);
    await step(() => far.last.accept());
    await step(() => far.last.message(new Uint8Array([7, 8, 9])));
    await step(() => far.last.message('text'));
    send([1, 2, 255]);
    expect(far.last.sent).toEqual([new Uint8Array([1, 2, 255])]);
    expect(seen).toEqual([binaryType === 'blob' ? 'blob of 3' : '7,8,9', 'parse text']);
    expect(container.textContent).toBe('open');
  },
);

test('what cannot be encoded is thrown where it is sent', async () => {
  const { far, parts, step } = createWorld();
  let send!: (data: unknown) => unknown;
  function Hook(): ReactNode {
    ({ send } = useWebSocket(ADDRESS, parts));
    return null;
  }
  render(<Hook />);
  await step(() => far.last.accept());
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  expect(() => send(circle)).toThrow(TypeError);
  expect(() => send(undefined)).toThrow(/JSON cannot carry/);
  expect(() => send(1n)).toThrow(TypeError);
  expect(far.last.sent).toEqual([]);
});

test('a frame over the bound is reported, and the next one arrives', async () => {
  const { far, web, parts, step } = createWorld();
  const kinds: string[] = [];
  function Hook(): ReactNode {
    const options = {
      ...parts,
      maxMessageBytes: 20,
      onInvalid: ({ error }: { readonly error: RealtimeError }) => void kinds.push(error.kind),
    };
    const socket = useWebSocket(ADDRESS, options);
    const stream = useEventSource('http://localhost/stream', options);
    return `${socket.status} ${socket.count} ${stream.status} ${stream.error?.kind}`;
  }
  const { container } = render(<Hook />);
  await step(() => far.last.accept());
  await step(() => far.last.message(JSON.stringify('x'.repeat(20))));
  await step(() => far.last.message('"short"'));
  expect(kinds).toEqual(['too-large']);
  // a line without an end cannot be skipped: that stream is over, and asked for again
  await step(() => web.last.open({ headers: { 'content-type': 'text/event-stream' } }));
  await step(() => web.last.write(`data: ${'x'.repeat(1_000)}`));
  expect(container.textContent).toBe('open 1 reconnecting too-large');
  expect(web.last.aborted).toBe(true);
});

test('nobody listens for invalid frames: one hint in development, with the cure', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const { far, parts, step } = createWorld();
  function Hook(): ReactNode {
    return useWebSocket(ADDRESS, parts).count;
  }
  const { container } = render(<Hook />);
  await step(() => far.last.accept());
  await step(() => ['hello', 'world', '1'].forEach((text) => far.last.message(text)));
  expect(warn.mock.calls.map(([text]) => String(text))).toEqual([expect.stringMatching(/codec: 'text'.*onInvalid/)]);
  expect(container.textContent).toBe('1');
  warn.mockRestore();
});

test('a callback that throws is reported out of band, and starves nobody', async () => {
  const { far, parts, step } = createWorld();
  const report = vi.fn();
  vi.stubGlobal('reportError', report);
  function Hook(): ReactNode {
    return useWebSocket(ADDRESS, {
      ...parts,
      onMessage() {
        throw new Error('in my own code');
      },
    }).count;
  }
  const { container } = render([<Hook key="a" />, <Hook key="b" />]);
  await step(() => far.last.accept());
  await settle(() => far.last.message('1'));
  await step(() => far.last.message('2'));
  vi.unstubAllGlobals();
  expect(container.textContent).toBe('22');
  expect(report).toHaveBeenCalledTimes(4);
});
