// 50 hostile connections say as much as they can: what do honest people notice?

import { median } from '../tools.mjs';
import { CONTENDERS } from './contenders.mjs';
import { now, PROFILED, withProcesses } from './process.mjs';
import { faultsOf, inTurns, quantile, rowsOf, spread } from './rounds.mjs';

const HONEST = 20;
const HOSTILE = 50;
const EVERY_MS = 200;
/** `elsewhere`: the flood goes to another process of that server, and what honest people notice is the machine's. */
const CASES = {
  ws: { of: 'ws', what: '' },
  'roomtone-elsewhere': { of: 'roomtone', elsewhere: true, what: ', the flood at another server of this machine' },
  roomtone: { of: 'roomtone', what: '' },
  'roomtone-plain': { of: 'roomtone-plain', what: '' },
  'socket-io': { of: 'socket-io', what: '' },
};

async function measure(id, seconds) {
  const { of, elsewhere } = CASES[id];
  const { server: kind, tongue } = CONTENDERS[of];
  const server = ['host.mjs', { flags: PROFILED }];
  const files = {
    host: server,
    honest: ['honest.mjs'],
    flooders: ['flooders.mjs'],
    ...(elsewhere ? { flooded: server } : {}),
  };
  return withProcesses(files, async ({ host, flooded: other, honest, flooders }) => {
    const port = await host.ask('open', { kind });
    const target = other ? await other.ask('open', { kind }) : port;
    await honest.ask('connect', { tongue, port, count: HONEST });
    const talk = (length) => honest.ask('talk', { seconds: length, everyMs: EVERY_MS });
    await talk(1); // warms up
    const calm = await talk(seconds);
    const began = now();
    await flooders.ask('begin', { tongue, port: target, count: HOSTILE });
    const flooded = await talk(2 * seconds);
    const took = now() - began;
    const hostile = await flooders.ask('told');
    return {
      calm50: quantile(calm.delays, 0.5),
      calm99: quantile(calm.delays, 0.99),
      flooded50: quantile(flooded.delays, 0.5),
      flooded99: quantile(flooded.delays, 0.99),
      hostile: hostile.messages / took,
      cuts: hostile.cuts,
      lost: calm.lost + flooded.lost,
      again: calm.again + flooded.again,
      cut: calm.cut + flooded.cut,
    };
  });
}

export async function run({ n = 3, rounds = 3, only = Object.keys(CASES) } = {}) {
  const runs = await inTurns({
    task: 'flood',
    contenders: only,
    rounds,
    measure: (id) => measure(id, n),
    tell: ({ calm99, flooded99 }) => `p99 ${calm99.toFixed(1)} → ${flooded99.toFixed(1)} ms`,
  });
  return {
    title: `Flood: ${HOSTILE} hostile connections beside ${HONEST} honest people`,
    note: `Medians of ${rounds} interleaved rounds (lowest–highest). Each of ${HONEST} says something every ${EVERY_MS} ms, and all hear it; from publishing to each of them, in milliseconds: for ${n} s, and for ${2 * n} s while ${HOSTILE} others publish in rooms of their own as fast as their sockets take it, and come back at once when they are cut off. Server, honest and hostile are a process each, and share what CPUs there are: what that alone does is the row in which another process of the same server is flooded.`,
    ...rowsOf({
      runs,
      nameOf: (id) => CONTENDERS[CASES[id].of].name + CASES[id].what,
      head: [
        ...['server', 'calm p50', 'calm p99', 'flooded p50', 'flooded p99', 'p99, flooded / calm'],
        ...['hostile thousand a second', 'hostile cut off', 'wrong'],
      ],
      cells: (mine) => [
        ...['calm50', 'calm99', 'flooded50', 'flooded99'].map((name) => spread(mine, (each) => each[name], 1)),
        `${median(mine.map(({ calm99, flooded99 }) => flooded99 / calm99)).toFixed(1)}x`,
        spread(mine, ({ hostile }) => hostile),
        spread(mine, ({ cuts }) => cuts),
      ],
      faults: ({ lost, again, cut }) =>
        faultsOf({ 'not heard, or 5 s late': lost, 'twice, or out of order': again, 'honest people cut off': cut }),
    }),
  };
}
