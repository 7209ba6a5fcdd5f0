// Clients that vanish, or do not read: how soon others hear of it, and what they may cost. Over real sockets.

import { createConnection, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createSessionName, greet, keyOf, overSocket } from './rooms-peer.js';
import { ways } from './rooms-ways.js';
import { ask, connect, listenTo, start, type Started } from './support.js';

const hello = (name: string): string => JSON.stringify({ t: 'hello', v: 1, key: keyOf(name) });
const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
const joinA = JSON.stringify({ t: 'join', room: 'a', join: 1, presence: {} });

const watch = async (server: Started) => {
  const watcher = await overSocket(server);
  await greet(watcher, 'watcher');
  await watcher.say({ t: 'join', room: 'a', join: 1 });
  await watcher.next('joined');
  const seen = (op: string) => watcher.next('presence', ({ changes }) => changes.some((change) => change.op === op));
  return { watcher, seen };
};

it('G2: a WebSocket that nothing passes through any more has left after two heartbeats and the grace', async () => {
  const [heartbeatMs, presenceGraceMs] = [80, 40];
  const server = await start({ heartbeatMs, presenceGraceMs });
  const { seen } = await watch(server);
  // autoPong: what the network swallows is never answered
  const ghost = await connect(server.at(`session=${createSessionName()}`), { autoPong: false });
  ghost.socket.send(`[${hello('ghost')},${joinA}]`);
  await seen('enter');
  const before = performance.now();
  await seen('leave');
  const took = performance.now() - before;
  console.info(`G2: gone after ${Math.round(took)} ms (heartbeat ${heartbeatMs}, grace ${presenceGraceMs})`);
  expect(took).toBeLessThan(2 * heartbeatMs + presenceGraceMs + 500);
});

it('G2: an event stream whose client answers no ping has left after three heartbeats and the grace', async () => {
  const server = await start({ heartbeatMs: 60, presenceGraceMs: 40 });
  const { seen } = await watch(server);
  const url = server.at(`session=${createSessionName()}`);
  const { ended } = await listenTo(url);
  await ask(url, json, `[${hello('ghost')},${joinA}]`);
  await seen('enter');
  const before = performance.now();
  await seen('leave');
  console.info(`G2, SSE: gone after ${Math.round(performance.now() - before)} ms (heartbeat 60, grace 40)`);
  expect(await ended).toContain('data: {"t":"close","code":4408');
});

it('an event stream whose client answers stays', async () => {
  const server = await start({ heartbeatMs: 40, presenceGraceMs: 0 });
  const { watcher } = await watch(server);
  const url = server.at(`session=${createSessionName()}`);
  const { response, until } = await listenTo(url);
  await ask(url, json, `[${hello('alive')},${joinA}]`);
  await until('"members"');
  for (let round = 0; round < 4; round++) {
    await new Promise<void>((resolve) => {
      const look = (piece: string): void => {
        if (!piece.includes('"ping"')) return;
        response.off('data', look);
        resolve();
      };
      response.on('data', look);
    });
    await ask(url, json, '{"t":"pong"}');
  }
  await watcher.settled();
  expect(watcher.heard.filter(({ t }) => t === 'presence')).toHaveLength(1);
});

it('G8: who stops polling has left after the gap and the grace', async () => {
  const server = await start({ pollIdleMs: 300, presenceGraceMs: 40 });
  const { seen } = await watch(server);
  const url = server.at(`session=${createSessionName()}`);
  expect((await ask(url)).status).toBe(204);
  await ask(url, json, `[${hello('ghost')},${joinA}]`);
  const before = performance.now();
  await seen('leave');
  console.info(`G8: gone after ${Math.round(performance.now() - before)} ms (gap 300, grace 40)`);
  expect((await ask(url, json, '{"t":"ping"}')).status).toBe(503);
});

it.each(ways)('G3, G9: over $way a client that is cut off has left after the grace', async ({ open }) => {
  const server = await start({ presenceGraceMs: 20, pollIdleMs: 300 });
  const { seen } = await watch(server);
  const peer = await open(server);
  await greet(peer, 'cut');
  await peer.say({ t: 'join', room: 'a', join: 1, presence: {} });
  await seen('enter');
  peer.cut();
  await seen('leave');
});

/** A client that says what it has to say, and then reads no byte. */
async function deaf(server: Started, lines: readonly string[]): Promise<Socket> {
  const { port } = new URL(server.base);
  const socket = createConnection(Number(port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  socket.pause();
  socket.write([...lines, '', ''].join('\r\n'));
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}

it('a stream that is not read is let go, and others are not kept waiting', async () => {
  const server = await start({ maxBufferedBytes: 2 ** 16, presenceGraceMs: 0 });
  const { watcher, seen } = await watch(server);
  const name = createSessionName();
  await deaf(server, [`GET /realtime?session=${name} HTTP/1.1`, 'host: x', 'accept: text/event-stream']);
  const url = server.at(`session=${name}`);
  while ((await ask(url, json, `[${hello('deaf')},${joinA}]`)).status !== 202);
  await seen('enter');
  const text = 'x'.repeat(2 ** 16);
  let said = 0;
  const gone = seen('leave').then(() => (said = -said));
  while (said >= 0 && said < 2_000) {
    server.realtime.publish('a', text);
    said++;
    await watcher.next('message');
  }
  await gone;
  expect(server.events).toContainEqual({ type: 'slow', room: null, transport: 'sse' });
});

it('polls that are not fetched are let go, and told so', async () => {
  const server = await start({ maxBufferedBytes: 10_000 });
  const url = server.at(`session=${createSessionName()}`);
  await ask(url);
  await ask(url, json, `[${hello('slow')},${joinA}]`);
  for (let n = 0; n < 30; n++) {
    server.realtime.publish('a', 'x'.repeat(1_000));
    await Promise.resolve();
  }
  const { body } = await ask(`${url}&cursor=0`);
  expect(JSON.parse(body)).toEqual([{ t: 'close', code: 1013, reason: 'too slow' }]);
  expect(server.events).toContainEqual({ type: 'slow', room: null, transport: 'poll' });
});

it('what was asked for may be long; who asks again and again without reading waits for it', async () => {
  const server = await start({ maxBufferedBytes: 2 ** 14, history: { size: 100 } });
  for (let n = 0; n < 100; n++) server.realtime.publish('a', 'x'.repeat(10_000));
  const url = server.at(`session=${createSessionName()}`);
  await ask(url);
  const ask50 = Array.from({ length: 50 }, (_, request) => ({
    t: 'history',
    room: 'a',
    before: 999,
    limit: 100,
    request,
  }));
  await ask(url, json, `[${hello('greedy')},${joinA},${JSON.stringify(ask50).slice(1)}`);
  const sizes: number[] = [];
  let answers = 0;
  for (let cursor = '0'; answers < 50;) {
    const { body, headers } = await ask(`${url}&cursor=${cursor}`);
    cursor = String(headers['roomtone-cursor']);
    answers += body.split('"t":"history"').length - 1;
    sizes.push(body.length);
  }
  expect(Math.max(...sizes)).toBeLessThan(3_000_000);
  expect(server.events.filter(({ type }) => type === 'slow')).toEqual([]);
});
