// Numbers for Prometheus, of a server that people use: right, bounded, and each name once.

import { createServer } from 'node:http';
import { Gauge, Registry } from 'prom-client';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createMetrics, createRealtimeServer, serve, type ServerEvent } from '../../../src/server.js';
import { greet, overSocket } from './rooms-peer.js';
import { ask, closeHttp, connect, listen, listenTo, start } from './support.js';

/** Each series of an answer with its value. */
const read = (text: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );

it('count who is there, what is said and handed out, and what went wrong', async () => {
  const registry = new Registry();
  const metrics = await createMetrics({ registry });
  const server = await start({
    history: { size: 1 },
    onEvent: metrics.onEvent,
    authorize: ({ action }) => action !== 'publish',
  });
  const now = async (): Promise<Readonly<Record<string, number>>> => read(await registry.metrics());
  const ids = [1, 2].map((each) => server.realtime.publish('x', each).id);
  const readers = [await connect(server.at('room=x')), await connect(server.at(`room=x&since=${ids[1]}`))];
  await listenTo(server.at(`room=y&lastEventId=${ids[0]}`));
  const anna = await overSocket(server);
  await greet(anna, 'anna');
  await anna.say({ t: 'join', room: 'z', join: 1 }, { t: 'publish', room: 'z', id: 'm', data: 1 });
  await anna.next('error');
  server.realtime.publish('x', 'four');
  await ask(server.at('room=x'), { headers: { origin: 'https://evil.example' } });
  await vi.waitFor(async () =>
    expect(await now()).toMatchObject({
      'roomtone_connections{transport="websocket"}': 3,
      'roomtone_connections{transport="sse"}': 1,
      roomtone_rooms: 3,
      roomtone_messages_published_total: 3,
      roomtone_published_bytes_total: 8,
      roomtone_messages_delivered_total: 2,
      roomtone_fan_out_seconds_count: 1,
      roomtone_recoveries_total: 1,
      'roomtone_gaps_total{reason="epoch"}': 1,
      'roomtone_refusals_total{status="403"}': 1,
      'roomtone_refusals_total{status="forbidden"}': 1,
      roomtone_errors_total: 0,
    }),
  );
  expect((await now())['roomtone_fan_out_seconds_sum']).toBeLessThan(5);
  for (const { socket } of readers) socket.close(4567); // a code of its own: one series for all such
  anna.leave();
  await vi.waitFor(async () =>
    expect(await now()).toMatchObject({
      'roomtone_connections{transport="websocket"}': 0,
      'roomtone_disconnections_total{transport="websocket",code="other"}': 2,
      'roomtone_disconnections_total{transport="websocket",code="1000"}': 1,
      roomtone_rooms: 1,
    }),
  );
});

it('are answered on a path of serve(), which an onEvent of its own hears no less', async () => {
  const events: ServerEvent['type'][] = [];
  const serving = await serve({ port: 0, metricsPath: '/metrics', onEvent: ({ type }) => void events.push(type) });
  onTestFinished(() => serving.close());
  await connect(`${serving.url}?room=x`);
  serving.realtime.publish('x', 1);
  const { status, headers, body } = await ask(new URL('/metrics?x', serving.url).href);
  expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  expect(read(body)).toMatchObject({ 'roomtone_connections{transport="websocket"}': 1, roomtone_rooms: 1 });
  expect(body).toMatch(/^# HELP roomtone_fan_out_seconds .+\n# TYPE roomtone_fan_out_seconds histogram$/m);
  expect(events).toEqual(['connected', 'joined', 'published', 'delivered']);
});

it('of an application whose own collector fails are answered with 500', async () => {
  const registry = new Registry();
  const collect = (): Promise<never> => Promise.reject(new Error('broken'));
  new Gauge({ name: 'theirs', help: 'of the application', registers: [registry], collect });
  const { handler } = await createMetrics({ registry });
  const { http } = await start();
  http.on('request', (request, response) => request.url === '/metrics' && handler(request, response));
  const { port } = http.address() as { port: number };
  expect((await ask(`http://127.0.0.1:${port}/metrics`)).status).toBe(500);
});

it('who does not listen pays nothing: no turn is counted', async () => {
  const counted = vi.spyOn(globalThis, 'queueMicrotask');
  onTestFinished(() => counted.mockRestore());
  for (const onEvent of [undefined, () => {}]) {
    const realtime = createRealtimeServer({ onEvent });
    const http = createServer();
    realtime.attach(http);
    const reader = await connect(`${await listen(http)}/realtime?room=x`);
    counted.mockClear();
    realtime.publish('x', 1);
    await reader.next();
    expect(counted).toHaveBeenCalledTimes(onEvent ? 1 : 0);
    await realtime.close();
    await closeHttp(http);
  }
});
