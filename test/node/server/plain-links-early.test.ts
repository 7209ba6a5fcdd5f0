// Plain links whose rooms have not answered yet: who leaves, who speaks, what is said meanwhile, and a server that closes.

import { request as httpRequest, type ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { until } from '../../chaos/until.js';
import { cursorOf } from './plain-contract.js';
import { SSE, startLater } from './plain-later.js';
import { ask, connect, listenTo } from './support.js';

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

  test('a WebSocket that speaks at once is heard by itself too', async () => {
    const { rooms, server } = await startLater();
    rooms.hold();
    const { socket, next } = await connect(server.at('room=x'));
    for (const n of [1, 2, 3]) socket.send(String(n));
    for (const call of ['subscribe', 'subscribe', 'latest']) {
      await until('its turn', () => rooms.waiting[0] === call);
      // what it said is read before this is answered
      expect((await ask(server.at('room=x'), { method: 'OPTIONS' })).status).toBe(204);
      expect(rooms.waiting).not.toContain('publish');
      rooms.step();
    }
    rooms.release();
    expect([await next(), await next(), await next()]).toEqual(['1', '2', '3']);
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
