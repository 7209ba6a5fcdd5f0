// The process of two clients as apps have them, with each library's own: one publishes, the other hears it. How long is that?

import { WebSocket } from 'ws';
import { io } from '../browser/socket-io.mjs';
import { product } from '../product.mjs';
import { now, serve } from './process.mjs';

const ROOM = 'a';

/** `tell(data)` publishes; `hear` is called with what comes. */
async function bare({ port }, hear) {
  const open = async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/?room=${ROOM}`);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return socket;
  };
  const [one, other] = [await open(), await open()];
  other.on('message', (/** @type {Buffer} */ data) => hear(JSON.parse(data.toString())));
  return (data) => one.send(JSON.stringify(data));
}

const socketIo =
  (transports) =>
  async ({ port }, hear) => {
    const open = async () => {
      const socket = io(`http://127.0.0.1:${port}`, { transports, query: { room: ROOM }, forceNew: true });
      await new Promise((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject));
      return socket;
    };
    const [one, other] = [await open(), await open()];
    other.on('message', hear);
    return (data) => one.emit('say', data);
  };

/** `rung`: of the ladder, best first. */
const roomtone =
  (rung) =>
  async ({ port }, hear) => {
    const { createRealtimeClient, ladder } = await product('core');
    const rooms = [0, 1].map(() => {
      const transport = ladder(`http://127.0.0.1:${port}/realtime`, { WebSocket })[rung];
      return createRealtimeClient({ transport }).room(ROOM);
    });
    rooms[1].on('message', ({ data }) => hear(data));
    await Promise.all(
      rooms.map(
        (room) =>
          new Promise((resolve) => {
            const look = () => room.getSnapshot().status === 'joined' && resolve();
            room.subscribe(look);
            look();
          }),
      ),
    );
    return (data) => void rooms[0].send(data);
  };

const PAIRS = {
  ws: bare,
  'socket-io': socketIo(['websocket']),
  'socket-io-polling': socketIo(['polling']),
  websocket: roomtone(0),
  sse: roomtone(1),
  'long-poll': roomtone(2),
  poll: roomtone(3),
};

serve({
  /** `n` messages that count, one every `everyMs`, after `warmUp` that do not. Answers their delays, and what was wrong. */
  async talk({ pair, n, warmUp, everyMs, ...params }) {
    const delays = [];
    let next = 0;
    let disorder = 0;
    const tell = await PAIRS[pair](params, ({ no, at }) => {
      if (no !== next) disorder++;
      next = no + 1;
      if (no >= warmUp) delays.push(now() - at);
    });
    const began = now();
    for (let no = 0; no < n + warmUp; no++) {
      const wait = began + no * everyMs - now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      tell({ no, at: now() });
    }
    for (const until = now() + 10_000; next < n + warmUp && now() < until;)
      await new Promise((resolve) => setTimeout(resolve, 20));
    return { delays, lost: n - delays.length, disorder };
  },
});
