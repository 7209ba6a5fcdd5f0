// A pool over real sockets, to a server that takes three of them as one consumer.

import { expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { createFeed, pooled, webSocket } from '../../src/core.js';
import { NodeWebSocket, serveSockets } from './fixtures/serve.js';

interface Answer {
  readonly to: string;
}

test('three sockets: what is sent arrives once, one key on one socket, while two of them are cut', async () => {
  const far = await serveSockets();
  const sockets: WebSocket[] = [];
  const got: { readonly data: string; readonly socket: number }[] = [];
  let isAll = (_data: string): boolean => false;
  let all = (): void => {};
  const arrival = (data: string): Promise<void> => {
    isAll = (each) => each === data;
    return new Promise((resolve) => (all = resolve));
  };
  const greetings: (() => void)[] = [];
  /** A socket is let in, and both ends know of it. */
  const admit = async (): Promise<void> => {
    const heard = new Promise<void>((resolve) => greetings.push(resolve));
    const socket = await far.next();
    const index = sockets.push(socket) - 1;
    socket.send('{"to":"hello"}');
    socket.on('message', (bytes: Buffer) => {
      const data = JSON.parse(bytes.toString()) as string;
      got.push({ data, socket: index });
      if (data.startsWith('ask')) socket.send(JSON.stringify({ to: data }));
      if (isAll(data)) all();
    });
    await heard;
  };

  const feed = createFeed<Answer, string>({
    transport: webSocket(`http://${far.host}/jobs`, { WebSocket: NodeWebSocket }),
    pool: pooled({ size: 3 }),
    retry: { initialDelayMs: 20, minDelayMs: 10 },
    flush: 'sync',
    onMessage: ({ data }) => data.to === 'hello' && greetings.shift()?.(),
  });
  feed.connect();
  const before = Array.from({ length: 30 }, (_, n) => feed.send(`early ${n}`));
  expect(before.every(({ verdict }) => verdict === 'queued')).toBe(true);
  await Promise.all([admit(), admit(), admit()]);
  await Promise.all(before.map(({ done }) => done));
  expect(feed.getSnapshot().status).toBe('open');

  // asked over one socket, answered over it, heard by the one feed
  const asked = Array.from({ length: 30 }, (_, n) =>
    feed.request(`ask ${n}`, { matches: ({ data }) => data.to === `ask ${n}` }),
  );
  expect((await Promise.all(asked)).map(({ data }) => data.to)).toEqual(
    Array.from({ length: 30 }, (_, n) => `ask ${n}`),
  );

  for (let n = 0; n < 30; n++) feed.send(`spread ${n}`);
  for (let n = 0; n < 30; n++) feed.send(`key ${n}`, { key: 'k' });
  await arrival('key 29');
  const byKey = got.filter(({ data }) => data.startsWith('key'));
  expect(new Set(byKey.map(({ socket }) => socket)).size).toBe(1);
  expect(byKey.map(({ data }) => data)).toEqual(Array.from({ length: 30 }, (_, n) => `key ${n}`));
  const home = byKey[0]?.socket as number;

  // two are cut, that of the key among them; the feed notices, and stays open
  const cut = [home, (home + 1) % 3];
  const next = Promise.all([admit(), admit()]);
  for (const index of cut) sockets[index]?.terminate();
  await next;
  expect(feed.getSnapshot().status).toBe('open');
  for (let n = 0; n < 90; n++) feed.send(`late ${n}`);
  for (let n = 0; n < 30; n++) feed.send(`later key ${n}`, { key: 'k' });
  feed.send('end', { key: 'k' });
  await arrival('end');
  await Promise.all(
    Array.from({ length: 6 }, (_, n) =>
      feed.request(`ask again ${n}`, { matches: ({ data }) => data.to === `ask again ${n}` }),
    ),
  );

  const times = new Map<string, number>();
  for (const { data } of got) times.set(data, (times.get(data) ?? 0) + 1);
  expect([...times.values()].every((count) => count === 1)).toBe(true);
  expect(times.size).toBe(30 + 30 + 30 + 30 + 90 + 30 + 1 + 6);
  const late = new Set(got.filter(({ data }) => data.startsWith('late')).map(({ socket }) => socket));
  expect(late.size).toBe(3);
  expect(new Set(got.filter(({ data }) => data.startsWith('later key')).map(({ socket }) => socket)).size).toBe(1);
  expect(far.requests).toHaveLength(5);
  feed.close();
  expect(feed.getSnapshot().status).toBe('idle');
});
