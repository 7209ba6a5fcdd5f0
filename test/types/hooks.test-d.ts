// What must compile, and what must not: types flow from the call to fields, callbacks, selections and sends.

import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import * as v from 'valibot';
import {
  type Feed,
  type Message,
  pooled,
  useEventSource,
  useLongPoll,
  usePoll,
  useWebSocket,
} from '../../src/index.js';
import { balanced, createFeed, createHost, eventSource, type OwnFeed, plain, webSocket } from '../../src/core.js';

interface Price {
  readonly price: number;
}
interface Follow {
  readonly follow: string;
}

describe('useWebSocket', () => {
  it('knows nothing of a stranger', () => {
    const feed = useWebSocket('ws://x');
    expectTypeOf(feed.lastMessage).toEqualTypeOf<Message<unknown> | null>();
    expectTypeOf(feed.send).parameter(0).toEqualTypeOf<unknown>();
    expectTypeOf(feed.selected).toEqualTypeOf<undefined>();
  });

  it('checks what comes in apart from what goes out', () => {
    const feed = useWebSocket<Price, Follow>('ws://x', {
      onMessage: ({ data }) => expectTypeOf(data).toEqualTypeOf<Price>(),
    });
    expectTypeOf(feed.messages).toEqualTypeOf<readonly Message<Price>[]>();
    feed.send({ follow: 'ACME' });
    // @ts-expect-error a price is no command
    feed.send({ price: 1 });
  });

  it('takes the selection from select', () => {
    const feed = useWebSocket<Price, Follow, number | undefined>('ws://x', {
      select: ({ lastMessage }) => lastMessage?.data.price,
    });
    expectTypeOf(feed.selected).toEqualTypeOf<number | undefined>();
  });

  it('takes the message type from a schema', () => {
    const zod = useWebSocket('ws://x', { schema: z.object({ price: z.number() }) });
    expectTypeOf(zod.lastMessage).toEqualTypeOf<Message<{ price: number }> | null>();
    const valibot = useWebSocket('ws://x', {
      schema: v.object({ price: v.number() }),
      filter: ({ data }) => data.price > 0,
    });
    expectTypeOf(valibot.messages).toEqualTypeOf<readonly Message<{ price: number }>[]>();
  });

  it('answers a request with a message of its own', async () => {
    const { request } = useWebSocket<{ id: string; total?: number }, { id: string; ask: 'total' }>('ws://x');
    const id = '1';
    const { data } = await request(
      { id, ask: 'total' },
      { matches: (message) => message.data.id === id, timeoutMs: 5_000 },
    );
    expectTypeOf(data).toEqualTypeOf<{ id: string; total?: number }>();
    // @ts-expect-error nobody else knows what an answer is
    void request({ id, ask: 'total' });
    // @ts-expect-error not what goes out
    void request({ id }, { matches: () => true });
  });

  it('names what a message is the newest value of', () => {
    useWebSocket<{ symbol: string; price: number }>('ws://x', { conflate: ({ data }) => data.symbol, history: 500 });
    useWebSocket<Price>('ws://x', { conflate: ({ type }) => (type === 'tick' ? type : undefined) });
    // @ts-expect-error a name is a text
    useWebSocket<Price>('ws://x', { conflate: ({ data }) => data.price });
  });

  it('takes several sockets as one, and no other hook does', () => {
    const { send } = useWebSocket<Price, Follow>('ws://x', { pool: pooled({ size: 3, policy: 'least-buffered' }) });
    send({ follow: 'ACME' }, { key: 'ACME' });
    // @ts-expect-error no such policy
    pooled({ size: 3, policy: 'random' });
    // @ts-expect-error one stream is enough
    useEventSource('/x', { pool: pooled({ size: 3 }) });
  });

  it('takes every shape of url', () => {
    useWebSocket(null);
    useWebSocket(undefined);
    useWebSocket(false);
    useWebSocket(new URL('ws://x'));
    useWebSocket(() => 'ws://x');
    useWebSocket(async () => new URL('ws://x'));
    // @ts-expect-error a number is no address
    useWebSocket(7);
  });

  it('refuses what it does not know', () => {
    // @ts-expect-error no such option
    useWebSocket('ws://x', { reconnectAttempts: 3 });
    // @ts-expect-error no such codec
    useWebSocket('ws://x', { codec: 'xml' });
    // @ts-expect-error headers cannot be set on a WebSocket
    useWebSocket('ws://x', { headers: {} });
  });

  it('gives fields that nobody may write', () => {
    const feed = useWebSocket<Price>('ws://x');
    // @ts-expect-error read only
    feed.status = 'open';
    // @ts-expect-error read only
    feed.messages.push({ data: { price: 1 }, type: 'message', receivedAt: 0 });
  });
});

describe('the other hooks', () => {
  it('send nothing unless they are told what', () => {
    expectTypeOf(useEventSource<Price>('/x')).toEqualTypeOf<Feed<Price, never, undefined>>();
    expectTypeOf(useLongPoll<Price>('/x').send).parameter(0).toBeNever();
    expectTypeOf(usePoll<Price, Follow>('/x', { uplink: '/y' }).send)
      .parameter(0)
      .toEqualTypeOf<Follow>();
  });

  it('take headers as a value or a function, sync or async', () => {
    useEventSource('/x', { method: 'POST', headers: { a: '1' }, body: '{}' });
    useEventSource('/x', { headers: async () => ({ authorization: 'Bearer x' }) });
    useLongPoll('/x', { cursor: (body, response) => response.headers.get('x') ?? String(body) });
    // @ts-expect-error an interval is no option of a stream
    useEventSource('/x', { intervalMs: 1 });
  });
});

describe('core', () => {
  it('makes the same feed by hand', () => {
    expectTypeOf(createFeed<Price, Follow>({ transport: webSocket('ws://x') })).toEqualTypeOf<OwnFeed<Price, Follow>>();
    const feed = createFeed({ transport: eventSource('/x'), schema: z.object({ id: z.string() }) });
    expectTypeOf(feed.getSnapshot().lastMessage).toEqualTypeOf<Message<{ id: string }> | null>();
    expectTypeOf(feed.request('x', { matches: ({ data }) => data.id === '1' })).resolves.toEqualTypeOf<
      Message<{ id: string }>
    >();
  });

  it('makes several connections one', () => {
    createFeed({ transport: webSocket('ws://x'), pool: pooled({ size: 2 }) });
    const host = createHost();
    const parts = { transport: webSocket('ws://x'), options: () => ({}), host };
    const pool = balanced({ size: 3, ...parts, protocol: plain<Price, Follow>(() => ({}), host.clock.wallNow) });
    pool.send({ follow: 'ACME' });
    // @ts-expect-error a price is no command
    pool.send({ price: 1 });
  });
});
