// The rooms protocol over WebSocket alone: what the other ways do not have.

import { expect, it } from 'vitest';
import { greet, overSocket } from './rooms-peer.js';
import { start } from './support.js';

it('is spoken: hello, join, publish, presence', async () => {
  const server = await start();
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
