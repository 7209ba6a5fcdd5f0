// The rooms protocol over WebSocket alone: what the other ways do not have.

import { expect, it } from 'vitest';
import { memory } from '../../../src/server.js';
import { createSessionName, greet, keyOf, overSocket } from './rooms-peer.js';
import { connect, start } from './support.js';

it('is spoken: hello, join, publish, presence', async () => {
  const server = await start({ presenceGraceMs: 600_000 }); // whoever says that it goes has none
  const [anna, ben] = [await overSocket(server), await overSocket(server)];
  const { user } = await greet(anna, 'anna');
  await greet(ben, 'ben');
  await anna.say({ t: 'join', room: 'a', join: 1, presence: { name: 'Anna' } });
  expect(await anna.next('joined')).toMatchObject({ room: 'a', join: 1, offset: 0, messages: [], more: false });
  expect(await anna.next('members')).toMatchObject({ members: [{ user: user.id, data: { name: 'Anna' } }] });
  await ben.say({ t: 'join', room: 'a', join: 1 });
  await ben.next('joined');
  await ben.say({ t: 'publish', room: 'a', id: 'm1', data: { hello: 1 } });
  expect(await ben.next('ack')).toMatchObject({ room: 'a', id: 'm1', offset: 1 });
  expect(await anna.next('message')).toMatchObject({ room: 'a', id: 'm1', offset: 1, data: { hello: 1 } });
  anna.leave();
  expect(await ben.next('presence', ({ changes }) => changes[0]?.op === 'leave')).toMatchObject({
    changes: [{ op: 'leave', user: user.id }],
  });
});

it('lets go of a client that does not read, with 1013, and keeps nobody else waiting', async () => {
  const server = await start({ maxBufferedBytes: 2 ** 16, presenceGraceMs: 0 });
  const watcher = await overSocket(server);
  await greet(watcher, 'watcher');
  await watcher.say({ t: 'join', room: 'a', join: 1 });
  const { socket, closed } = await connect(server.at(`session=${createSessionName()}`));
  const join = { t: 'join', room: 'a', join: 1, presence: {} };
  socket.send(JSON.stringify([{ t: 'hello', v: 1, key: keyOf('deaf') }, join]));
  await watcher.next('presence');
  socket.pause();
  let isThere = true;
  const left = watcher.next('presence').then(() => (isThere = false));
  for (let n = 0; isThere && n < 2_000; n++) {
    server.realtime.publish('a', 'x'.repeat(2 ** 16));
    await watcher.next('message');
  }
  await left;
  expect(server.events).toContainEqual({ type: 'slow', room: null, transport: 'websocket' });
  socket.resume();
  expect((await closed).code).toBe(1013);
});

it('stands on a backplane that was given to it: two servers, one world, for plain links too', async () => {
  const backplane = memory();
  const [one, other] = [await start({ backplane }), await start({ backplane })];
  const [anna, ben] = [await overSocket(one), await overSocket(other)];
  for (const [name, peer] of Object.entries({ anna, ben })) {
    await greet(peer, name);
    await peer.say({ t: 'join', room: 'a', join: 1, presence: { name } });
    await peer.next('joined');
  }
  expect(await anna.next('presence')).toMatchObject({ changes: [{ op: 'enter', entry: { data: { name: 'ben' } } }] });
  await anna.say({ t: 'publish', room: 'a', id: 'm', data: 1 });
  expect(await ben.next('message')).toMatchObject({ id: 'm', offset: 1 });
  one.realtime.publish('a', { from: 'one' });
  expect(await ben.next('message')).toMatchObject({ from: null, data: { from: 'one' }, offset: 2 });
  for (const { at } of [one, other]) expect(await (await fetch(at('room=a'))).json()).toEqual([1, { from: 'one' }]);
});

it('reads no more than it can handle, takes nobody for dead whom it does not read, and forgets nothing', async () => {
  let allow = (_isAllowed: boolean): void => {};
  const asked = new Promise<boolean>((resolve) => (allow = resolve));
  const server = await start({
    heartbeatMs: 40,
    // far away, and slow today
    authorize: ({ action }) => (action === 'publish' ? asked : true),
  });
  const { socket, closed } = await connect(server.at(`session=${createSessionName()}`));
  let pings = 0;
  const beaten = new Promise<void>((resolve) => socket.on('ping', () => void (++pings === 5 && resolve())));
  const acks: string[] = [];
  const done = new Promise<void>((resolve) =>
    socket.on('message', (data: Buffer) => {
      for (const event of [JSON.parse(data.toString())].flat()) if (event.t === 'ack') acks.push(event.id);
      if (acks.length === 20_000) resolve();
    }),
  );
  socket.send(
    JSON.stringify([
      { t: 'hello', v: 1, key: keyOf('much') },
      { t: 'join', room: 'a', join: 1 },
    ]),
  );
  const ids = Array.from({ length: 20_000 }, (_, n) => `m${n}`);
  // twice as many frames as may wait, and more bytes than one read brings: they wait on the client's side
  for (const id of ids) socket.send(`{"t":"publish","room":"a","id":"${id}","data":"${'x'.repeat(100)}"}`);
  await Promise.race([beaten, closed.then(({ code }) => expect.fail(`closed with ${code}`))]);
  expect(acks).toEqual([]);
  allow(true);
  await Promise.race([done, closed.then(({ code }) => expect.fail(`closed with ${code}`))]);
  expect(acks).toEqual(ids);
});
