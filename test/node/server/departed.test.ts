// Requests whose client is gone, or whose answer cannot begin: nothing is held for them, and `close()` resolves.

import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import { connect as http2Connect, createServer as createHttp2Server } from 'node:http2';
import { connect as tcpConnect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createRealtimeServer, type ServerEvent } from '../../../src/server.js';
import { gone } from '../../../src/server/node/answer.js';
import { closeHttp, isTraffic, listen, placeAt, start } from './support.js';

const reach = (base: string): Socket => {
  const { hostname, port } = new URL(base);
  const socket = tcpConnect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  return socket;
};
const get = (accept: string, place = ''): string =>
  `GET /realtime?wait=30&cursor=${place} HTTP/1.1\r\nhost: x\r\naccept: ${accept}\r\n\r\n`;

describe('a client that left while a check was awaited', () => {
  it.each(['text/event-stream', '*/*'])('is not served %s', async (accept) => {
    const events: ServerEvent[] = [];
    const realtime = createRealtimeServer({ onEvent: (event) => void (isTraffic(event) || events.push(event)) });
    const http = createServer();
    const base = await listen(http);
    onTestFinished(() => closeHttp(http));
    const client = reach(base);
    client.write(get(accept, realtime.publish('default', 'kept').id));
    const [request, response] = (await once(http, 'request')) as Parameters<typeof realtime.handle>;
    client.destroy();
    await once(request.socket, 'close');
    realtime.handle(request, response);
    expect(events).toEqual([]);
    await realtime.close();
  });

  it('is not served over HTTP/2', async () => {
    const events: ServerEvent[] = [];
    const realtime = createRealtimeServer({ onEvent: (event) => events.push(event) });
    const http = createHttp2Server();
    const session = http2Connect(await listen(http));
    onTestFinished(async () => {
      session.destroy();
      await new Promise((resolve) => http.close(resolve));
    });
    const stream = session.request({ ':path': '/realtime', accept: 'text/event-stream' });
    const [request, response] = (await once(http, 'request')) as unknown as Parameters<typeof realtime.handle>;
    stream.close();
    await once(response, 'close');
    realtime.handle(request, response);
    expect(events).toEqual([]);
    await realtime.close();
  });
});

it('readers that are pipelined behind another are asked to come on a connection of their own', async () => {
  const { realtime, base, events } = await start();
  const client = reach(base);
  client.write(get('*/*', await placeAt(`${base}/realtime`)) + get('text/event-stream').repeat(3));
  await vi.waitFor(() => expect(events).toHaveLength(4));
  expect(events.map((event) => (event.type === 'refused' ? event.status : event.type))).toEqual([
    'joined',
    503,
    503,
    503,
  ]);
  client.destroy();
  await vi.waitFor(() => expect(events.at(-1)?.type).toBe('left'));
  await realtime.close();
});

it('a POST that is pipelined behind a reader is published', async () => {
  const { realtime, base } = await start();
  const client = reach(base);
  let text = '';
  client.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  client.write(
    `${get('*/*', await placeAt(`${base}/realtime`))}POST /realtime HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1\r\n\r\n7`,
  );
  await vi.waitFor(() => expect(text).toMatch(/200 OK[^]*\[7\][^]*202 Accepted/));
  await realtime.close();
});

it('nobody is waited for who was gone before', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const force = vi.fn<() => void>();
  const resolved = gone(new EventEmitter(), force);
  await vi.advanceTimersByTimeAsync(1_000);
  await resolved;
  expect(force).toHaveBeenCalledTimes(1);
});
