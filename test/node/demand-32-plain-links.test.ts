// Demand 32, for links without a protocol of ours: up from long poll to SSE while messages come, by the places that a server gives.

import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { createFeed } from '../../src/feed/create-feed.js';
import { createRealtimeServer } from '../../src/server.js';
import { eventSource } from '../../src/transport/event-source.js';
import { fallback } from '../../src/transport/fallback.js';
import { longPoll } from '../../src/transport/long-poll.js';
import { createGateProxy } from '../support/gate-proxy.js';

test.each([
  ['now and then', 20],
  ['without a pause', 0],
])('messages that come %s', { timeout: 30_000 }, async (_, pauseMs) => {
  const http = createServer();
  const realtime = createRealtimeServer({ history: { size: 10_000 } });
  realtime.attach(http);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const proxy = await createGateProxy(() => (http.address() as { port: number }).port);
  onTestFinished(async () => {
    await proxy.close();
    await realtime.close();
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  });
  proxy.set({ sse: 'bad-gateway' });
  const url = `http://127.0.0.1:${proxy.port}/realtime?room=a`;
  const transport = fallback([eventSource(url), longPoll(`${url}&wait=25`)], { probeAfterMs: 50 });
  const heard: number[] = [];
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  const gaps: unknown[] = [];
  const feed = createFeed<number>({
    transport,
    split: true,
    flush: 'microtask',
    onGap: (gap) => void gaps.push(gap),
    onMessage({ data }) {
      heard.push(data);
      for (const each of waiting) if (heard.length >= each.count) each.resolve();
    },
  });
  const leave = feed.subscribe(() => {});
  const opened = new Promise<void>((resolve) => {
    feed.subscribe(() => feed.getSnapshot().status === 'open' && resolve());
  });
  await opened;
  expect(transport.current).toBe('long-poll');

  let sent = 0;
  let talking = true;
  const talk = (async () => {
    while (talking) {
      realtime.publish('a', ++sent);
      await new Promise((resolve) => (pauseMs ? setTimeout(resolve, pauseMs) : setImmediate(resolve)));
    }
  })();
  const heardSome = (count: number): Promise<void> =>
    new Promise((resolve) => waiting.push({ count: heard.length + count, resolve }));
  await heardSome(20);
  proxy.set({ sse: 'pass' });
  while (transport.current !== 'sse') await heardSome(1);
  await heardSome(20);
  talking = false;
  await talk;
  while (heard.length < sent) await heardSome(1);
  expect(heard).toEqual(Array.from({ length: sent }, (__, index) => index + 1));
  expect(gaps).toEqual([]);
  console.info(`${sent} messages, 0 lost, 0 doubled; SSE was dialled ${proxy.asked.sse} times`);
  leave();
  feed.close();
});
