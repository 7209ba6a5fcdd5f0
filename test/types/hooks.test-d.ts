// What must compile, and what must not: types flow from the call to fields, callbacks, selections and sends.

import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import * as v from 'valibot';
import { type Feed, type Message, useEventSource, useLongPoll, usePoll, useWebSocket } from '../../src/index.js';
import { createFeed, eventSource, type OwnFeed, webSocket } from '../../src/core.js';

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
  });
});
