// A probe that was given up, and whose hello a network delivers later all the same: the server changes over to a wire that is dead.

import { createServer } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { ladder } from '../../../src/client/ladder.js';
import { createRealtimeClient } from '../../../src/client/realtime-client.js';
import { createRealtimeServer, memory } from '../../../src/server.js';
import type { Data, Transport, Wire } from '../../../src/transport/transport.js';
import { until } from '../../chaos/until.js';
import { NodeWebSocket } from '../fixtures/serve.js';

const ROOM = 'room';
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

/** `inner`, of which the second wire alone gets through, and what is said over that arrives when the network gives it back. */
function createLate(inner: Transport) {
  let dials = 0;
  let wire: Wire | undefined;
  let isGivenUp = false;
  const said: Data[] = [];
  const transport: Transport = {
    ...inner,
    dial(sink, dial) {
      if (++dials !== 2) {
        sink.ended({ why: 'refused', code: 1006 });
        return { send: () => false, bufferedAmount: 0, close() {} };
      }
      wire = inner.dial({ ...sink, frame() {}, ended() {} }, dial);
      return {
        bufferedAmount: 0,
        send: (data) => said.push(data) > 0,
        close: () => void (isGivenUp = true),
      };
    },
  };
  return {
    transport,
    isGivenUp: () => isGivenUp && said.length > 0,
    release() {
      for (const data of said) expect(wire?.send(data)).toBe(true);
    },
    close: (code: number) => wire?.close(code),
  };
}

/** `inner`, whose first wire hears nothing more from a moment on, not even its end. */
function createMute(inner: Transport) {
  let mute: (() => void) | undefined;
  const transport: Transport = {
    ...inner,
    dial(sink, dial) {
      if (mute) return inner.dial(sink, dial);
      let hears = true;
      mute = () => (hears = false);
      const say =
        <A extends readonly unknown[]>(tell: (...args: A) => void) =>
        (...args: A): void => {
          if (hears) tell(...args);
        };
      return inner.dial({ ...sink, frame: say(sink.frame), pulse: say(sink.pulse), ended: say(sink.ended) }, dial);
    },
  };
  return { transport, mute: () => mute?.() };
}

test.each([
  ['websocket', 'sse', 'and its close after it'],
  ['websocket', 'sse', 'and nothing else, ever'],
  ['websocket', 'sse', 'and the wire in use is never told'],
  ['websocket', 'long-poll', 'and nothing else, ever'],
  ['websocket', 'poll', 'and its close after it'],
  ['websocket', 'poll', 'and the wire in use is never told'],
  ['sse', 'long-poll', 'and nothing else, ever'],
] as const)('of %s, while %s carries, %s: nothing is lost', { timeout: 30_000 }, async (better, lower, then) => {
  const http = createServer();
  const backplane = memory({ history: { size: 10_000 } });
  const realtime = createRealtimeServer({ backplane, heartbeatMs: 60_000, presenceGraceMs: 5_000 });
  realtime.attach(http, { path: '/realtime' });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  undo.push(async () => {
    http.closeAllConnections();
    await realtime.close();
    await new Promise((resolve) => http.close(resolve));
  });
  const { port } = http.address() as { port: number };
  const ways = ladder(`http://127.0.0.1:${port}/realtime`, { WebSocket: NodeWebSocket, pollIntervalMs: 10 });
  const way = (name: string): Transport => ways.find((each) => each.name === name) as Transport;
  const late = createLate(way(better));
  const under = createMute(way(lower));

  const isMuted = then === 'and the wire in use is never told';
  const client = createRealtimeClient({
    transport: [late.transport, under.transport],
    fallback: { probeAfterMs: 100, tryMs: 1_000 },
    heartbeat: { intervalMs: isMuted ? 300 : 60_000, timeoutMs: 300 },
    retry: { minDelayMs: 1, initialDelayMs: 10 },
    flush: 'microtask',
  });
  undo.push(() => client.close());
  const room = client.room<number>(ROOM, { history: 10_000 });
  room.enter({ name: 'Ada' });
  const heard: string[] = [];
  const gaps: unknown[] = [];
  const statuses: string[] = [];
  room.on('message', ({ id }) => void heard.push(id));
  room.on('gap', (gap) => void gaps.push(gap));
  room.subscribe(() => {});
  client.connection.subscribe(() => {
    const { status } = client.connection.getSnapshot();
    if (statuses.at(-1) !== status) statuses.push(status);
  });
  const inRoom = (): boolean => room.getSnapshot().status === 'joined';
  await until('the room', inRoom);
  const id = client.getSnapshot().connectionId;
  await until('a probe that was given up', late.isGivenUp);
  expect([client.connection.getSnapshot().transport, statuses]).toEqual([lower, ['connecting', 'open']]);

  let talking = true;
  undo.push(() => (talking = false));
  const receipts = (async () => {
    const all: string[] = [];
    for (let n = 0; talking; n++) {
      realtime.publish(ROOM, 'from the server');
      all.push((await room.send(n, { timeoutMs: 20_000 }).done).status);
      await new Promise((resolve) => setImmediate(resolve)); // others have a turn
    }
    return all;
  })();
  await until('some talk', () => heard.length > 10);
  if (isMuted) under.mute();
  const startedAt = performance.now();
  late.release();
  if (then === 'and its close after it') late.close(4408);
  await until('the change to be noticed', () => statuses.includes('reconnecting'));
  await until('another wire', () => client.connection.getSnapshot().status === 'open' && inRoom());
  const backMs = performance.now() - startedAt;
  const before = heard.length;
  await until('some talk', () => heard.length > before + 10);
  talking = false;
  expect(new Set(await receipts)).toEqual(new Set(['acknowledged']));
  const expected = (await backplane.latest(ROOM, 10_000)).messages.map((message) => message.id);
  await until('everything', () => heard.length >= expected.length);
  expect(heard).toEqual(expected);
  expect([gaps, client.connection.getSnapshot().transport]).toEqual([[], lower]);
  expect(statuses).toEqual(['connecting', 'open', 'reconnecting', 'open']);
  expect(client.getSnapshot().connectionId).toBe(id); // others saw nobody leave
  console.info(`${better} over ${lower}, ${then}: back after ${Math.round(backMs)} ms, ${heard.length} messages`);
});
