// What a message into a room costs: in renders, and in time as rooms grow in number.

import assert from 'node:assert/strict';
import { handTransport, message } from './hand-transport.mjs';
import { product } from './product.mjs';
import { cpuMs, median } from './tools.mjs';
import { paint, settle, wait } from './world.mjs';

const { createElement: h } = await import('react');
const { createRoot } = await import('react-dom/client');
const { createRealtimeClient, RealtimeProvider, useRoom } = await product('index');

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

/** Us per message, one message a flush: ten rooms talk (or the only one), so many are watched. */
async function cost(rooms) {
  const MESSAGES = 2_000;
  const transport = handTransport();
  const client = createRealtimeClient({ transport, flush: 'sync', heartbeat: false });
  let heard = 0;
  for (let index = 0; index < rooms; index++) client.room(`r${index}`, { history: 100 }).subscribe(() => heard++);
  await wait(5);
  const offsets = new Map();
  const frames = Array.from({ length: MESSAGES }, (_, index) => {
    const room = `r${(index % 10) * Math.floor(rooms / 10)}`;
    const offset = (offsets.get(room) ?? 0) + 1;
    offsets.set(room, offset);
    return message(room, offset);
  });
  heard = 0;
  const spent = cpuMs(() => {
    for (const each of frames) transport.far.say(each);
  });
  assert.equal(heard, MESSAGES);
  client.close();
  return (spent * 1_000) / MESSAGES;
}

const SIZES = [1, 10, 100, 1_000, 10_000];
const AGAINST = SIZES.indexOf(10);

export async function run({ rounds = 7 } = {}) {
  const { ROOMS, MESSAGES, total, most } = await renders();
  const costs = [];
  for (const rooms of SIZES) await cost(rooms); // unmeasured: whoever comes first would pay for what the engine learns
  for (let round = 0; round < rounds; round++) {
    const row = [];
    for (const rooms of SIZES) row.push(await cost(rooms));
    costs.push(row);
  }
  const of = (column) => median(costs.map((row) => row[column]));
  const ratio = (column) => median(costs.map((row) => row[column] / row[AGAINST]));
  return {
    title: 'Rooms: a message against their number',
    note: `${MESSAGES} messages into ${ROOMS} rooms with one component each: ${total} renders, ${most} at most in one component. Below, CPU time per message in Node, one message a flush, ten of the rooms talk: medians of ${rounds} interleaved rounds.`,
    head: ['rooms', 'us per message', 'x 10 rooms'],
    ids: SIZES.map(String),
    rows: SIZES.map((rooms, column) => [rooms, of(column).toFixed(1), `${ratio(column).toFixed(2)}x`]),
    figures: { 'renders/messages': MESSAGES, 'renders/renders': total },
  };
}
