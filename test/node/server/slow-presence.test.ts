// Real readers who do not read while presence changes: kept, bounded, and told whole when they read again.

import { expect, it } from 'vitest';
import { memory } from '../../../src/server.js';
import { createSessionName, greet, keyOf, overSocket } from './rooms-peer.js';
import { ask, connect, listenTo, start } from './support.js';

const LOOK = 'x'.repeat(200_000);
const CHANGES = 120; // 24 MB: more than the kernel takes

it.each(['WebSocket', 'event stream'])('over %s', { timeout: 20_000 }, async (way) => {
  const limits = { maxBufferedBytes: 2 ** 19, maxPresenceBytes: 2 ** 18 };
  const server = await start({ ...limits, backplane: memory({ presenceTickMs: 0 }) });
  const ben = await overSocket(server);
  await greet(ben, 'ben');
  await ben.say({ t: 'join', room: 'a', join: 1, presence: {} });
  await ben.next('members');

  const hello = JSON.stringify([
    { t: 'hello', v: 1, key: keyOf('deaf') },
    { t: 'join', room: 'a', join: 1, presence: { deaf: true } },
  ]);
  const url = server.at(`session=${createSessionName()}`);
  let heard = '';
  let resume = (): void => {};
  if (way === 'WebSocket') {
    const { socket } = await connect(url);
    socket.on('message', (data: Buffer) => (heard += data.toString()));
    socket.send(hello);
    resume = () => socket.resume();
    await expect.poll(() => heard).toContain('"members"');
    socket.pause();
  } else {
    const { response } = await listenTo(url);
    response.on('data', (piece: string) => (heard += piece));
    await ask(url, { method: 'POST', headers: { 'content-type': 'application/json' } }, hello);
    resume = () => void response.resume();
    await expect.poll(() => heard).toContain('"members"');
    response.pause();
  }
  for (let at = 0; at < CHANGES; at++) {
    await ben.say({ t: 'presence', room: 'a', data: { at, look: LOOK } });
    await ben.next('presence', ({ changes }) =>
      changes.some((each) => each.op !== 'leave' && each.entry.data['at'] === at),
    );
  }
  resume();
  await expect.poll(() => heard.includes(`"at":${CHANGES - 1}`), { timeout: 10_000 }).toBe(true);
  expect(server.events.filter(({ type }) => type === 'slow')).toEqual([]);
  expect(heard.length).toBeLessThan(CHANGES * LOOK.length * 0.9);
});
