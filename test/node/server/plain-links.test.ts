// Plain links over rooms in memory, and over rooms that answer later: the contract, and who leaves or is refused before the answer is there.

import { request as httpRequest, type ServerResponse } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { memory, type RealtimeServerOptions } from '../../../src/server.js';
import { until } from '../../chaos/until.js';
import { createLaterBackplane } from '../../support/later-backplane.js';
import { cursorOf, plainContract, post } from './plain-contract.js';
import { ask, connect, listenTo, start } from './support.js';

const roomsOf = (size: number) => {
  const rooms = memory({ history: { size } });
  onTestFinished(() => void rooms.close());
  return rooms;
};
const startLater = async (options: RealtimeServerOptions = {}) => {
  const inner = roomsOf(100);
  const rooms = createLaterBackplane(inner);
  /** At once, by whoever else stands on these rooms. */
  const say = (data: unknown): void =>
    void inner.publish('x', { id: '', from: null, payload: JSON.stringify(data), type: 'message' });
  return { rooms, say, server: await start({ ...options, backplane: rooms.backplane }) };
};
const SSE = { accept: 'text/event-stream' };

describe('in memory', () => {
  plainContract(async (size, options) => {
    const backplane = roomsOf(size);
    return [await start({ ...options, backplane }), await start({ ...options, backplane })];
  });
});

describe('over rooms that answer later', () => {
  plainContract(async (size, options) => {
    const { backplane } = createLaterBackplane(roomsOf(size));
    return [await start({ ...options, backplane }), await start({ ...options, backplane })];
  }, true);
});

describe('before the rooms have answered', () => {
  test.each(['text/event-stream', '*/*'])('a reader of %s may leave, and nothing is held for it', async (accept) => {
    const { rooms, server } = await startLater();
    const place = cursorOf(await ask(server.at('room=x&wait=0')));
    rooms.hold();
    const left = new Promise((resolve) =>
      server.http.once('request', (_, response: ServerResponse) => response.once('close', resolve)),
    );
    const sent = httpRequest(server.at(`room=x&wait=20&cursor=${place}`), { agent: false, headers: { accept } });
    sent.on('error', () => {}).end();
    await until('it to be asked for', () => rooms.waiting.length === 1);
    sent.destroy();
    await left;
    rooms.release();
    // the next is served, and by then the one before was let go
    expect((await ask(server.at('room=x&wait=0'))).status).toBe(204);
    expect([rooms.listenersIn('x'), server.events]).toEqual([0, []]);
  });

  test('a WebSocket may leave, and nothing is held for it', async () => {
    const { rooms, server } = await startLater();
    rooms.hold();
    const { socket } = await connect(server.at('room=x'));
    const left = new Promise((resolve) => socket.once('close', resolve));
    socket.close();
    await left;
    rooms.release();
    expect((await ask(server.at('room=x&wait=0'))).status).toBe(204);
    expect([rooms.listenersIn('x'), server.events]).toEqual([0, []]);
  });

  test('a server that closes says so, and does not wait for them', async () => {
    const { rooms, server } = await startLater();
    const url = server.at(`room=x&wait=20&cursor=${cursorOf(await ask(server.at('room=x&wait=0')))}`);
    rooms.hold();
    const answers = [ask(url), ask(url, { headers: SSE })];
    await until('both to be asked for', () => rooms.waiting.length === 2);
    const socket = await connect(server.at('room=x'));
    await server.realtime.close();
    for (const answer of await Promise.all(answers))
      expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect((await socket.closed).code).toBe(1012);
    rooms.release();
  });

  test('what is said meanwhile comes behind the past, once', async () => {
    const { rooms, say, server } = await startLater();
    say(1);
    const place = cursorOf(await ask(server.at('room=x&wait=0')));
    rooms.hold();
    const stream = listenTo(server.at('room=x'), { 'last-event-id': place });
    await until('it to listen', () => rooms.waiting.join() === 'subscribe');
    rooms.step();
    await until('it to look', () => rooms.waiting.join() === 'since');
    say(2); // it hears of this one, and finds it too
    rooms.step();
    say(3); // it has looked already
    const text = await (await stream).until('data: 3');
    expect(text.match(/^data: .*/gm)).toEqual(['data: 2', 'data: 3']);
  });

  test('a socket is not read on while much of what it said is not in the room yet', async () => {
    const { rooms, server } = await startLater({ maxBufferedBytes: 100_000 });
    const [writer, reader] = [await connect(server.at('room=x')), await connect(server.at('room=x'))];
    await until('both to be there', () => server.events.filter(({ type }) => type === 'joined').length === 2);
    rooms.hold();
    for (let n = 0; n < 100; n++) writer.socket.send(JSON.stringify([n, 'x'.repeat(50_000)]));
    await until('some to wait', () => rooms.waiting.length >= 2);
    // whatever else it was sent lies before the socket that is not read
    expect((await ask(server.at('room=y'), { method: 'OPTIONS' })).status).toBe(204);
    expect(rooms.waiting.length).toBeLessThan(20);
    rooms.release();
    for (let n = 0; n < 100; n++) expect(JSON.parse(String(await reader.next()))[0]).toBe(n);
  });
});

test('out of reach: who comes is told to come again, who is there stays, and no reason gets out', async () => {
  const { rooms, say, server } = await startLater();
  const url = server.at(`room=x&wait=20&cursor=${cursorOf(await ask(server.at('room=x&wait=0')))}`);
  const [stream, held] = [await listenTo(server.at('room=x')), ask(url)];
  const writer = await connect(server.at('room=x'));
  await until('all to be there', () => server.events.filter(({ type }) => type === 'joined').length === 3);
  rooms.fail(new Error('secret'));
  const refused = [
    await ask(server.at('room=x')),
    await ask(server.at('room=x&wait=0')),
    await ask(url),
    await ask(server.at('room=x'), { headers: SSE }),
    await post(server, 'x', 1),
  ];
  for (const answer of refused) {
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(answer.body).not.toContain('secret');
  }
  expect(await (await connect(server.at('room=x'))).closed).toEqual({ code: 1013, reason: 'not now' });
  writer.socket.send('1');
  expect(await writer.closed).toEqual({ code: 1013, reason: 'not now' });
  server.realtime.publish('x', 'lost');
  await until('each failure to be told', () => server.events.filter(({ type }) => type === 'error').length === 8);
  for (const event of server.events)
    if (event.type === 'error') expect(event).toMatchObject({ room: 'x', reason: 'secret' });
  rooms.release();
  say('again');
  expect((await held).body).toBe('["again"]');
  expect(await stream.until('data')).toContain('data: "again"');
});

test('where a room has lost its place its readers look together, once', async () => {
  const { rooms, server } = await startLater();
  let looks = 0;
  const tell: (() => void)[] = [];
  const { backplane } = rooms;
  const counting = await start({
    backplane: {
      ...backplane,
      since: (...args) => (looks++, backplane.since(...args)),
      subscribe(room, listener) {
        if (room === 'x') tell.push(() => listener({ kind: 'resync' }));
        return backplane.subscribe(room, listener);
      },
    },
  });
  const streams = await Promise.all([1, 2, 3, 4, 5].map(() => listenTo(counting.at('room=x'))));
  for (const lose of tell) lose();
  server.realtime.publish('x', 1);
  for (const { until: has } of streams) expect(await has('data')).toContain('data: 1');
  expect([tell.length, looks]).toEqual([5, 1]);
});

test('what is missing and cannot be had lets readers go, who are told when they come back', async () => {
  const inner = roomsOf(2);
  let resync = (): void => {};
  let place = { epoch: '', offset: 0 };
  const server = await start({
    backplane: {
      ...inner,
      subscribe(room, listener) {
        const known = resync;
        resync = () => {
          known();
          listener({ kind: 'resync' });
        };
        return inner.subscribe(room, listener);
      },
      // as if the room had begun anew
      since: (room, from, limit) =>
        inner.since(room, place.epoch === from.epoch ? { ...from, epoch: 'old' } : from, limit),
    },
  });
  const first = await ask(server.at('room=x&wait=0'));
  const url = server.at(`room=x&wait=20&cursor=${cursorOf(first)}`);
  const [stream, socket, held] = [await listenTo(server.at('room=x')), await connect(server.at('room=x')), ask(url)];
  await until('all to be there', () => server.events.filter(({ type }) => type === 'joined').length === 3);
  resync(); // nothing is missing: nobody is let go
  server.realtime.publish('y', 1);
  expect(server.events.filter(({ type }) => type === 'left')).toEqual([]);
  place = await inner.position('x');
  resync();
  expect(await stream.ended).toContain(`id: ${cursorOf(first)}`);
  expect(await socket.closed).toEqual({ code: 1013, reason: 'something was missed' });
  expect(await held).toMatchObject({ status: 204, headers: { 'roomtone-cursor': cursorOf(first) } });
  expect((await ask(url)).headers['roomtone-resume']).toBe('gap');
});
