// Many on one server: who writes without end keeps nobody waiting, and who is only there costs little.

import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { createSessionName, greet, keyOf, overSocket } from './rooms-peer.js';
import { connect, start, type Started } from './support.js';

/** Fits into what is read from a socket at once. */
const FRAMES = 500;

type Speaker = (frames: number) => void;

const kinds: readonly [string, (server: Started, room: string) => Promise<Speaker>][] = [
  [
    'a plain link',
    async ({ at }, room) => {
      const { socket } = await connect(at(`room=${room}`));
      return (frames) => {
        for (let no = 0; no < frames; no++) socket.send(String(no));
      };
    },
  ],
  [
    'a session',
    async (server, room) => {
      const peer = await overSocket(server);
      await greet(peer, room);
      await peer.say({ t: 'join', room, join: 1 });
      await peer.next('joined');
      return (frames) => {
        for (let no = 0; no < frames; no++) void peer.say({ t: 'publish', room, id: `${room}-${no}`, data: no });
      };
    },
  ],
];

it.each(kinds)('%s that writes much in one piece: others are read in between', async (_, open) => {
  const order: string[] = [];
  let heard = (_room: string): void => {};
  const server = await start({
    onEvent(event) {
      if (event.type !== 'published') return;
      order.push(event.room);
      heard(event.room);
    },
  });
  const loud = await open(server, 'loud');
  const quiet = await open(server, 'quiet');
  const all = new Promise<void>((resolve) => {
    heard = (room) => {
      // what the loud one wrote is here, in one piece: now the other speaks
      if (order.length === 1) quiet(1);
      if (order.length === FRAMES + 1) resolve();
      expect(room).toMatch(/loud|quiet/);
    };
  });
  loud(FRAMES);
  await all;
  expect(order.indexOf('quiet')).toBeLessThan(FRAMES / 10);
});

it.each([
  ['a plain link', () => 'room=x'],
  ['a session', () => `session=${createSessionName()}`],
])('%s over WebSocket keeps nothing of the request that opened it', async (_, query) => {
  const requests: WeakRef<object>[] = [];
  const server = await start({
    addressOf(request) {
      requests.push(new WeakRef(request));
      return undefined;
    },
  });
  const { socket } = await connect(server.at(query()));
  socket.send(JSON.stringify({ t: 'hello', v: 1, key: keyOf('x') }));
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let turn = 0; turn < 50 && requests.some((each) => each.deref()); turn++) {
    await setImmediate();
    collect();
  }
  expect(requests.length).toBeGreaterThan(0);
  expect(requests.filter((each) => each.deref())).toEqual([]);
  expect(socket.readyState).toBe(socket.OPEN);
});
