// Does a message cost more where more of them are kept, or are more rooms? A feed, a room, and the server's, in Node, one message a flush.

import assert from 'node:assert/strict';
import { handTransport, message } from './hand-transport.mjs';
import { product } from './product.mjs';
import { cpuMs, median } from './tools.mjs';

const { createFeed, createRealtimeClient } = await product('core');
const { memory } = await product('server');

const HISTORIES = [0, 100, 10_000];
const AGAINST = HISTORIES.indexOf(100);
const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

async function feed(history, n) {
  const { far, ...transport } = handTransport();
  const one = createFeed({ transport, history, flush: 'sync', heartbeat: false });
  const listen = (heard) => one.subscribe(heard);
  const say = (number) => far.frame(`{"index":${number}}`);
  return measured({ listen, say, close: () => one.close(), kept: history }, n);
}

async function room(history, n) {
  const { far, ...transport } = handTransport();
  const client = createRealtimeClient({ transport, flush: 'sync', heartbeat: false });
  const listen = (heard) => client.room('r', { history }).subscribe(heard);
  const say = (number) => far.say(message('r', number));
  return measured({ listen, say, close: () => client.close(), kept: history }, n);
}

const draft = (number) => ({ id: `m${number}`, from: 'anna', payload: '{"index":1}', type: 'message' });

/** A room of the server, which keeps so many messages and knows as many by their ids, beside so many in which something was said. */
async function serverRoom(kept, others, n) {
  const backplane = memory({ history: { size: kept }, dedupe: { size: kept }, maxRooms: others + 1 });
  for (let index = 0; index < others; index++) backplane.publish(`other-${index}`, draft(0));
  const listen = (heard) => backplane.subscribe('r', heard);
  const say = (number) => void backplane.publish('r', draft(number));
  return measured({ listen, say, close: () => backplane.close(), kept }, n);
}

/** Us per message, when as many are kept as may be. `say` is given the numbers from 1 on. */
async function measured({ listen, say, close, kept }, n) {
  let heard = 0;
  listen(() => heard++);
  await turn();
  let said = 0;
  const sayMore = (count) => {
    for (let left = count; left > 0; left--) say(++said);
  };
  sayMore(kept + 1_000);
  const before = heard;
  const spent = cpuMs(() => sayMore(n));
  assert.equal(heard - before, n);
  close();
  return (spent * 1_000) / n;
}

export async function run({ n = 20_000, rounds = 7 } = {}) {
  const kinds = {
    feed,
    room,
    'a room of the server': (history, n) => serverRoom(history, 0, n),
    'a room of the server, beside so many': (others, n) => serverRoom(100, others, n),
  };
  const costs = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]));
  // unmeasured: whoever comes first would pay for what the engine learns
  for (const cost of Object.values(kinds)) for (const history of HISTORIES) await cost(history, n);
  for (let round = 0; round < rounds; round++)
    for (const [kind, cost] of Object.entries(kinds)) {
      const row = [];
      for (const history of HISTORIES) row.push(await cost(history, n));
      costs[kind].push(row);
    }
  const of = (kind, column) => median(costs[kind].map((row) => row[column]));
  const ratio = (kind, column) => median(costs[kind].map((row) => row[column] / row[AGAINST]));
  const cells = Object.keys(kinds).flatMap((kind) => HISTORIES.map((history, column) => ({ kind, history, column })));
  return {
    title: 'A message against the length of the history, and the number of rooms',
    note: `CPU time per message in Node, one message a flush, the history full: medians of ${rounds} interleaved rounds of ${n} messages.`,
    head: ['what', 'history, or rooms', 'us per message', 'x 100'],
    ids: cells.map(({ kind, history }) => `${kind.replaceAll(/\W+/g, '-')}-${history}`),
    rows: cells.map(({ kind, history, column }) => [
      kind,
      history,
      of(kind, column).toFixed(1),
      `${ratio(kind, column).toFixed(2)}x`,
    ]),
  };
}
