// 10,000 open WebSockets that say nothing: what does a server keep for each?

import { ratio } from '../browser/contest.mjs';
import { CONTENDERS } from './contenders.mjs';
import { withProcesses } from './process.mjs';
import { faultsOf, inTurns, rowsOf, spread } from './rounds.mjs';

/** As if from several machines: no server here takes this many at once from one. */
const ADDRESSES = Array.from({ length: 8 }, (_, index) => `127.0.2.${index + 1}`);
const ROOMS = Array.from({ length: 100 }, (_, index) => `room-${index}`);
const WARM_UP = 300;

/** `rooms`: without them nobody is in one. */
const CASES = {
  ws: { of: 'ws', rooms: ROOMS, what: ', in 100 rooms' },
  'roomtone-plain': { of: 'roomtone-plain', rooms: ROOMS, what: ', in 100 rooms' },
  roomtone: { of: 'roomtone', what: ', after its hello' },
  'roomtone-room': { of: 'roomtone', rooms: ROOMS, what: ', in 100 rooms' },
  'socket-io': { of: 'socket-io', rooms: ROOMS, what: ', in 100 rooms' },
};

async function measure(id, n) {
  const { of, rooms } = CASES[id];
  const { server: kind, tongue } = CONTENDERS[of];
  const files = { host: ['host.mjs', { flags: ['--expose-gc'] }], one: ['crowd.mjs'], other: ['crowd.mjs'] };
  return withProcesses(files, async ({ host, one, other }) => {
    const port = await host.ask('open', { kind });
    const params = { tongue, port, addresses: ADDRESSES, rooms };
    // what is compiled and allocated once is no connection's
    await one.ask('connect', { ...params, count: WARM_UP });
    await one.ask('leave');
    const before = await host.ask('memory');
    const cpu = await host.ask('cpu');
    await Promise.all([one, other].map((crowd) => crowd.ask('connect', { ...params, count: n / 2 })));
    const cpuMs = (await host.ask('cpu')) - cpu;
    const after = await host.ask('memory');
    const found = await Promise.all([one, other].map((crowd) => crowd.ask('read', { n: 0, withinMs: 0 })));
    return {
      rss: (after.rss - before.rss) / n / 1_024,
      heap: (after.heap - before.heap) / n / 1_024,
      cpuMs: cpuMs / n,
      cut: found.reduce((sum, { cut }) => sum + cut, 0),
    };
  });
}

export async function run({ n = 10_000, rounds = 3, only = Object.keys(CASES) } = {}) {
  const runs = await inTurns({
    task: 'idle',
    contenders: only,
    rounds,
    measure: (id) => measure(id, n),
    tell: ({ rss, heap }) => `${rss.toFixed(1)} kB, ${heap.toFixed(1)} kB of heap`,
  });
  const of = ({ rss }) => rss;
  return {
    title: `Idle: ${n} open WebSockets on one server`,
    note: `Medians of ${rounds} interleaved rounds (lowest–highest), each with a server process of its own, its defaults, and clients that ask as browsers do. What the process has more than before they came, after garbage collection: resident memory, and of that the heap with what it holds outside. What the kernel keeps for a socket is not in it.`,
    ...rowsOf({
      runs,
      nameOf: (id) => CONTENDERS[CASES[id].of].name + CASES[id].what,
      head: ['server', 'kB each', 'x limit', 'heap kB each', 'heap, x limit', 'CPU ms to come in', 'wrong'],
      cells: (mine) => [
        spread(mine, of, 1),
        ratio(mine, runs.get('ws'), of),
        spread(mine, ({ heap }) => heap, 1),
        ratio(mine, runs.get('ws'), ({ heap }) => heap),
        spread(mine, ({ cpuMs }) => cpuMs, 2),
      ],
      faults: ({ cut }) => faultsOf({ 'cut off': cut }),
    }),
  };
}
