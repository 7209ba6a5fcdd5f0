// Plain links over rooms in memory, and over rooms that answer later or not at all.

import { describe, expect, test } from 'vitest';
import { until } from '../../chaos/until.js';
import { createLaterBackplane } from '../../support/later-backplane.js';
import { cursorOf, plainContract, post } from './plain-contract.js';
import { roomsOf, SSE, startLater } from './plain-later.js';
import { ask, connect, listenTo, start } from './support.js';

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
