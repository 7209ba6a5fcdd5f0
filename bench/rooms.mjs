// What a message into a room costs: in renders, and in time as rooms grow in number. Needs a build.

import assert from 'node:assert/strict';
import { paint, settle, wait } from './world.mjs';
import { median } from './tools.mjs';

const { createElement: h } = await import('react');
const { createRoot } = await import('react-dom/client');
const { createRealtimeClient, RealtimeProvider, useRoom } = await import('../dist/index.js');

/** A wire without a network: the far end answers joins at once, and says what it is told. */
function handTransport() {
  const far = { say: undefined };
  return {
    far,
    name: 'hand',
    renewable: false,
    dial(sink) {
      far.say = (...events) => sink.frame(JSON.stringify(events));
      const answer = (event) => {
        if (event.t === 'hello')
          far.say({
            t: 'welcome',
            v: 1,
            user: { id: 'me' },
            connection: 'c',
            limits: { maxMessageBytes: 1e6, maxRooms: 1e5, maxPresenceBytes: 1e4, history: 100 },
            heartbeatMs: 25_000,
          });
        if (event.t === 'join')
          far.say({
            t: 'joined',
            room: event.room,
            join: event.join,
            epoch: 'e',
            offset: 0,
            messages: [],
            more: false,
          });
      };
      queueMicrotask(() => sink.opened());
      return {
        bufferedAmount: 0,
        send(data) {
          const events = [JSON.parse(data)].flat();
          queueMicrotask(() => events.forEach(answer));
          return true;
        },
        close() {},
      };
    },
  };
}

const message = (room, offset) => ({
  t: 'message',
  room,
  offset,
  id: `${room}/${offset}`,
  from: 'you',
  data: offset,
  at: 1,
});

async function renders() {
  const ROOMS = 1_000;
  const MESSAGES = 5_000;
  const transport = handTransport();
  const client = createRealtimeClient({ transport, flush: 'microtask' });
  const counts = new Map();
  const One = ({ room }) => {
    counts.set(room, (counts.get(room) ?? 0) + 1);
    return useRoom(room).count;
  };
  const container = document.createElement('div');
  const page = createRoot(container);
  page.render(
    h(
      RealtimeProvider,
      { client },
      Array.from({ length: ROOMS }, (_, index) => h(One, { key: index, room: `r${index}` })),
    ),
  );
  for (let turn = 0; turn < 5; turn++) {
    await settle();
    paint();
  }
  counts.clear();
  for (let index = 0; index < MESSAGES; index++) {
    const room = `r${(index * 7) % ROOMS}`;
    transport.far.say(message(room, Math.floor(index / ROOMS) + 1));
    await settle();
  }
  const total = [...counts.values()].reduce((sum, each) => sum + each, 0);
  const texts = container.textContent.length;
  page.unmount();
  client.close();
  assert.equal(texts, ROOMS); // every component shows a 5
  return { ROOMS, MESSAGES, total, most: Math.max(...counts.values()) };
}

/** Time per message, one message a flush: ten rooms talk, so many are watched. */
async function cost(rooms) {
  const MESSAGES = 2_000;
  const transport = handTransport();
  const client = createRealtimeClient({ transport, flush: 'sync', heartbeat: false });
  let heard = 0;
  for (let index = 0; index < rooms; index++) client.room(`r${index}`, { history: 100 }).subscribe(() => heard++);
  await wait(5);
  const offsets = new Map();
  const frames = Array.from({ length: MESSAGES }, (_, index) => {
    const room = `r${(index % 10) * (rooms / 10)}`;
    const offset = (offsets.get(room) ?? 0) + 1;
    offsets.set(room, offset);
    return message(room, offset);
  });
  heard = 0;
  const started = performance.now();
  for (const each of frames) transport.far.say(each);
  const spent = performance.now() - started;
  assert.equal(heard, MESSAGES);
  client.close();
  return (spent * 1_000) / MESSAGES;
}

export async function run() {
  const { ROOMS, MESSAGES, total, most } = await renders();
  const sizes = [10, 100, 1_000, 10_000];
  const rounds = [];
  for (let round = 0; round < 7; round++) {
    const row = [];
    for (const rooms of sizes) row.push(await cost(rooms));
    rounds.push(row);
  }
  const ratio = (column) => median(rounds.map((row) => row[column] / row[0]));
  return {
    title: 'Rooms',
    note: `${ROOMS} rooms with one component each, ${MESSAGES} messages. Then the time per message, one message a flush, against the number of rooms: medians of ${rounds.length} interleaved rounds, relative to ten rooms; ten of them talk.`,
    head: ['task', 'result'],
    rows: [
      [`${MESSAGES} messages into ${ROOMS} rooms`, `${total} renders; ${most} at most in one component`],
      ...sizes.slice(1).map((rooms, index) => [`${rooms} rooms`, `${ratio(index + 1).toFixed(2)}x`]),
    ],
  };
}
